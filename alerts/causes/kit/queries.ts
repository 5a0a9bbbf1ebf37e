/** PromQL and templates that several alerts share. */
import { not } from '../../../contract/expr.ts'

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

export function hasGrown(counter: string, window: string): string {
  return `increase(${counter}[${window}]) > 0`
}
