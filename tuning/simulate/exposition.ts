/** What a service shows of its events at each scrape: the counters and buckets that an objective's rules read. */
import type { Objective, Selection } from '../../alerts/objectives.ts'
import { labelsOf } from '../../engines/labels.ts'
import type { Events, InstanceEvents } from '../scenarios/events.ts'
import type { ColumnData, InputSeries } from './column-store.ts'

type Values = Readonly<Record<string, string>>

/** Every series of the objective's metrics, of all instances; each is computed when something reads it. */
export function exposition(objective: Objective, events: Events, scrapeInterval: number): InputSeries[] {
  const { sli, groupBy } = objective
  const group = Object.fromEntries(groupBy.map(label => [label, 'example']))
  const failure = 'failed' in sli ? labelsFor(sli.failed) : failedRequest(sli.total)
  const failedLabels = failure === undefined ? undefined : { ...labelsFor(sli.total), ...failure }
  const isOtherMetric = 'failed' in sli && sli.failed.metric.name !== sli.total.metric.name
  return events.instances.flatMap((columns, index) => {
    const at = timesOf(columns, scrapeInterval)
    const place = { ...group, instance: instanceName(index) }
    const succeeded = () => columns.succeeded
    const failed = () => columns.failed
    const all = () => columns.succeeded.map((value, scrape) => value + columns.failed[scrape]!)
    if (isOtherMetric)
      return [
        ...family(sli.total, { ...labelsFor(sli.total), ...place }, all, () => columns.slow, undefined, at),
        ...family(sli.failed, { ...labelsFor(sli.failed), ...place }, failed, none, undefined, at),
      ]
    const threshold = 'threshold' in sli ? sli.threshold : undefined
    return [
      ...family(
        sli.total,
        { ...labelsFor(sli.total), ...place },
        succeeded,
        () => columns.slow,
        threshold,
        at,
      ),
      ...(failedLabels === undefined
        ? []
        : family(sli.total, { ...failedLabels, ...place }, failed, none, threshold, at)),
    ]
  })
}

export function instanceName(index: number): string {
  return `shop-${index + 1}:9464`
}

const none = () => undefined

/** The series of one label set: a counter, or all of a histogram. */
export function family(
  { metric }: Selection,
  labels: Values,
  count: () => Float64Array,
  slow: () => Float64Array | undefined,
  threshold: number | undefined,
  at: ScrapeTimes,
): InputSeries[] {
  const series = (suffix: string, more: Values, values: () => Float64Array): InputSeries => ({
    labels: labelsOf(Object.entries({ __name__: `${metric.name}${suffix}`, ...labels, ...more })),
    data: () => at.column(values()),
  })
  if (metric.kind !== 'histogram') return [series('', {}, count)]
  const bounds = metric.buckets ?? []
  const limit = threshold ?? bounds[Math.floor(bounds.length / 2)] ?? Number.POSITIVE_INFINITY
  return [
    series('_count', {}, count),
    ...bounds.map(bound =>
      series('_bucket', { le: bound.toString() }, () =>
        bucket(count(), slow(), bound, limit, bounds.at(-1)!),
      ),
    ),
    series('_bucket', { le: '+Inf' }, count),
    series('_sum', {}, () => sumOf(count(), slow(), limit)),
  ]
}

/** Events within a bound: the fast ones spread below the threshold, the slow ones above it, all within the last bound. */
function bucket(
  count: Float64Array,
  slow: Float64Array | undefined,
  bound: number,
  threshold: number,
  largest: number,
): Float64Array {
  const isBelow = bound <= threshold
  const part = isBelow
    ? Math.min(1, bound / threshold)
    : Math.min(1, (bound - threshold) / (largest - threshold))
  return count.map((all, scrape) => {
    const late = slow?.[scrape] ?? 0
    return isBelow ? Math.floor((all - late) * part) : all - late + Math.floor(late * part)
  })
}

/** Half of the threshold for a fast event, twice as much for a slow one. */
function sumOf(count: Float64Array, slow: Float64Array | undefined, threshold: number): Float64Array {
  return count.map((all, scrape) => {
    const late = slow?.[scrape] ?? 0
    return (all - late) * threshold * 0.5 + late * threshold * 2
  })
}

interface ScrapeTimes {
  column(values: Float64Array): ColumnData
}

/** The scrapes that reached an instance; where they stop reaching it, its series end, as Prometheus has it. */
export function timesOf({ seen }: InstanceEvents, scrapeInterval: number): ScrapeTimes {
  const kept: number[] = []
  const stale: number[] = []
  let isOpen = false
  for (let scrape = 0; scrape < seen.length; scrape++) {
    if (seen[scrape] === 0 && !isOpen) continue
    if (seen[scrape] === 0) stale.push(kept.length)
    kept.push(scrape)
    isOpen = seen[scrape] === 1
  }
  const times = Float64Array.from(kept, scrape => scrape * scrapeInterval * 1000)
  const isWhole = kept.length === seen.length && stale.length === 0
  const column = (values: Float64Array) =>
    isWhole ? values : Float64Array.from(kept, scrape => values[scrape]!)
  return { column: values => ({ times, values: column(values), length: times.length, stale }) }
}

/** Labels that satisfy the conditions of a selection, and something usual for those it leaves open. */
function labelsFor({ metric, where }: Selection): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const [label, values] of Object.entries(metric.labels)) {
    if (label === 'http_response_status_code') labels[label] = '200'
    else if (label === 'http_request_method') labels[label] = 'GET'
    else labels[label] = typeof values === 'string' ? `any-${label.replaceAll('_', '-')}` : values[0]!
  }
  for (const [label, condition] of Object.entries(where)) {
    const { operator, value } =
      typeof condition === 'string' ? { operator: '=', value: condition } : condition
    if (operator === '=') labels[label] = value
    else if (operator === '=~') labels[label] = value.split('|')[0]!.replaceAll('.', '0')
  }
  return labels
}

/** Failed requests stand beside the others even where the objective leaves them out. */
function failedRequest({ metric }: Selection): Record<string, string> | undefined {
  return 'http_response_status_code' in metric.labels ? { http_response_status_code: '500' } : undefined
}
