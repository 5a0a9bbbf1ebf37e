/**
 * What good looks like, as data: the load generator judges by these numbers, dashboards draw them as thresholds
 * and cause alerts fire on them. Times are seconds, ratios 0 to 1.
 */

export interface JourneyBudget {
  p95: number
  p99: number
  errorRatio: number
}

/** Per request of a journey, as its user sees it; each time is a bucket of the latency histograms. */
export const journeyBudgets = {
  browse: { p95: 0.1, p99: 0.3, errorRatio: 0.001 },
  search: { p95: 0.15, p99: 0.3, errorRatio: 0.001 },
  recommend: { p95: 0.2, p99: 0.5, errorRatio: 0.001 },
  checkout: { p95: 0.5, p99: 1, errorRatio: 0.005 },
  export: { p95: 1, p99: 2, errorRatio: 0.001 },
} as const satisfies Record<string, JourneyBudget>

export type JourneyName = keyof typeof journeyBudgets

/** Per process: past these, users are about to notice. */
export const resourceBudgets = {
  /** Share of the cores in use; the rest is the headroom that absorbs a spike. */
  cpuUtilization: 0.7,
  /** Threads that are ready to run and have no core, on average; busy neighbours alone are no harm. */
  cpuWaiting: 0.5,
  eventLoopUtilization: 0.7,
  eventLoopDelayP99: 0.1,
  /** Heap in use over the heap's limit. */
  heapUtilization: 0.85,
  openFilesUtilization: 0.8,
  /** Share of the time spent in garbage collection. */
  gcTimeRatio: 0.1,
} as const

/** Per dependency: past these, it is the likely cause. */
export const dependencyBudgets = {
  poolUtilization: 0.9,
  /** 99th percentile of the wait for a connection. */
  poolWaitP99: 0.1,
  queryP99: 0.25,
  cacheHitRatio: 0.6,
  paymentsP99: 0.5,
  /** Retries per call; beyond it retries feed the overload they react to. */
  retryRatio: 0.1,
  queueOldestAge: 30,
  queueDepth: 500,
  threadPoolQueued: 16,
  /** Database operations per HTTP request, averaged over a process; rows read one by one raise it. */
  queriesPerRequest: 5,
} as const

/** Of the telemetry itself. */
export const telemetryBudgets = {
  /** Log lines per request or job. */
  logLinesPerEvent: 5,
  /** Log lines per second of a process without any traffic. */
  idleLogLines: 50,
} as const

/** Against the same hour of previous days. */
export const anomalyBudgets = {
  /** Days the usual value is the median of. */
  days: 7,
  /** Days that must have data before anything is called unusual. */
  minimumDays: 3,
  trafficFactor: 3,
  latencyFactor: 3,
  /** Requests per second below which traffic is too thin to judge. */
  minimumTraffic: 0.1,
  /** 95th percentile below which nobody notices, whatever the factor. */
  minimumLatency: 0.05,
} as const
