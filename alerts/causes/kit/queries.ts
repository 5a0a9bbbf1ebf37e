/** PromQL and templates that several alerts share. */
import { not, type Queryable, select } from '../../../contract/expr.ts'
import type { Preset } from '../../../contract/windows.ts'

/** The load generator is a client: its own saturation is no cause of the shop's trouble. */
export const services = { job: not('load') }

export const jobOnInstance = '{{ $labels.job }} on {{ $labels.instance }}'
export const valueAsPercentage = '{{ $value | humanizePercentage }}'
export const valueAsDuration = '{{ $value | humanizeDuration }}'

export function rateBy(labels: string, counter: string, window: string): string {
  return `sum by (${labels}) (rate(${counter}[${window}]))`
}

export function ratePerProcess(counter: string, window: string): string {
  return rateBy('job, instance', counter, window)
}

export function p99By(labels: string, buckets: string, window: string): string {
  return `histogram_quantile(0.99, sum by (${labels}, le) (rate(${buckets}[${window}])))`
}

/** Of fewer events in a window, a single slow one would be the 99th percentile. */
const fewestForP99 = 10

export function p99Above(
  limit: number,
  labels: string,
  histogram: Queryable,
  window: string,
  preset: Preset,
): string {
  const events = rateBy(labels, select(histogram, {}, 'count'), window)
  return (
    `${p99By(labels, select(histogram, {}, 'bucket'), window)} > ${limit}` +
    ` and ${events} * ${preset.cause.window} >= ${fewestForP99}`
  )
}

export function hasGrown(counter: string, window: string): string {
  return `increase(${counter}[${window}]) > 0`
}
