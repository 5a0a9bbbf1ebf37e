/** How much each store keeps: by time everywhere, by size where the server knows it. */

export const retention = {
  /** Beside the preset's own time. */
  metricsSize: '2GB',
  logs: '168h',
  traces: '48h',
  alerts: '120h',
} as const
