/**
 * The units Grafana knows that a service's numbers need, by their meaning.
 * https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts
 */
export const units = {
  none: 'none',
  count: 'short',
  ratio: 'percentunit',
  seconds: 's',
  duration: 'dtdurations',
  /** Hours, minutes and seconds, to compare times to the second. */
  clock: 'dthms',
  milliseconds: 'ms',
  bytes: 'bytes',
  bytesPerSecond: 'Bps',
  requestsPerSecond: 'reqps',
  perSecond: 'cps',
  operationsPerSecond: 'ops',
  perMinute: 'cpm',
  multiple: 'none',
  boolean: 'bool_yes_no',
  time: 'dateTimeFromNow',
  text: 'string',
} as const

export type Unit = keyof typeof units
