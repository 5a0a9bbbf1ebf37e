/** An objective's indicator as PromQL over the raw counters: events and failed events per second over a window. */

import { duration } from '../../contract/durations.ts'
import { havingLabelsOf, select, selectBucket } from '../../contract/expr.ts'
import type { AnyObjective, Selection } from '../objectives.ts'

export function requestRateOf(objective: AnyObjective, window: number): string {
  const { sli } = objective
  if (sli.kind === 'queries') return over(sli.events, window)
  return rateOf(objective, counterOf(sli.total), window)
}

/**
 * 0 while nothing has failed. No result when there are no events at all, or when nothing says which of them failed: no
 * event has the label that tells errors apart, or the threshold is no bucket. `requests` is the recorded rate of all
 * events; reading it is far cheaper than adding up all counters once more.
 */
export function errorRateOf(objective: AnyObjective, window: number, requests: string): string {
  const { sli } = objective
  if (sli.kind === 'queries')
    return `clamp_min(${over(sli.failures, window)}, 0)${sli.noneIsZero ? zeroWhere(objective, requests) : ''}`
  if (!('failed' in sli))
    return `clamp_min(${requestRateOf(objective, window)} - ${inTimeRate(objective, sli, window)}, 0)`
  const told = toldApart(objective)
  const isTold = told === undefined ? '' : ` and count${by(objective)}(${told})`
  return `${failedRate(objective, sli.failed, window, requests)}${isTold}`
}

/** Share of failed events. Without events there is no result, rather than NaN. `errors` is their recorded rate. */
export function errorRatioOf(objective: AnyObjective, window: number, errors: string): string {
  const { sli } = objective
  const all = `(${requestRateOf(objective, window)} > 0)`
  if (sli.kind === 'queries') return `(${errorRateOf(objective, window, errors)}) / ${all}`
  if ('failed' in sli) return `(${failedRate(objective, sli.failed, window, errors)}) / ${all}`
  return `clamp_min(1 - ${inTimeRate(objective, sli, window)} / ${all}, 0)`
}

/**
 * The series that tell failed events from others: those with a label such as http_response_status_code, or with the bucket
 * of the threshold. Undefined where errors are counted by a metric of their own: it may well begin with the first error, so
 * that its absence means nothing.
 */
export function toldApart({ sli }: AnyObjective): string | undefined {
  if (sli.kind === 'queries') return undefined
  const { total } = sli
  if (!('failed' in sli)) return selectBucket(total.metric, sli.threshold, total.where)
  const { metric, where } = sli.failed
  const labels = Object.entries(where).filter(([label]) => total.where[label] === undefined)
  const having = havingLabelsOf(metric, Object.fromEntries(labels))
  if (metric.name !== total.metric.name || having === undefined) return undefined
  return counterOf({ metric, where: { ...total.where, ...having } as Selection['where'] })
}

/**
 * 0 where `recorded` has a value and nothing failed. `sum` drops the labels of the recorded series; with them, `or` would
 * keep both of its sides.
 */
function failedRate(objective: AnyObjective, failed: Selection, window: number, recorded: string): string {
  return `${rateOf(objective, counterOf(failed), window)}${zeroWhere(objective, recorded)}`
}

function zeroWhere(objective: AnyObjective, recorded: string): string {
  return ` or 0 * sum${by(objective)}(${recorded})`
}

/** In parentheses, as nothing is known of the query. */
function over(query: string, window: number): string {
  return `(${query.replaceAll('$window', duration(window))})`
}

/** Whether rules can know that errors are not told from successes. */
export function canBreak(objective: AnyObjective): boolean {
  const { sli } = objective
  return sli.kind === 'queries' ? !sli.noneIsZero : toldApart(objective) !== undefined
}

function inTimeRate(
  objective: AnyObjective,
  { total, threshold }: { total: Selection; threshold: number },
  window: number,
): string {
  return rateOf(objective, selectBucket(total.metric, threshold, total.where), window)
}

function rateOf(objective: AnyObjective, series: string, window: number): string {
  return `sum${by(objective)}(rate(${series}[${duration(window)}]))`
}

function by({ groupBy }: AnyObjective): string {
  return groupBy.length === 0 ? '' : ` by (${groupBy.join(', ')}) `
}

function counterOf({ metric, where }: Selection): string {
  return select(metric, where, metric.kind === 'histogram' ? 'count' : '')
}
