/** An objective's indicator as PromQL over the raw counters: events and failed events per second over a window. */

import { duration } from '../../contract/durations.ts'
import { select, selectBucket } from '../../contract/expr.ts'
import type { Objective, Selection } from '../objectives.ts'

export function requestRateOf(objective: Objective, window: number): string {
  return rateOf(objective, counterOf(objective.sli.total), window)
}

/**
 * 0 while nothing has failed, and no result when there are no events at all. `requests` is the recorded rate of all
 * events; reading it is far cheaper than adding up all counters once more.
 */
export function errorRateOf(objective: Objective, window: number, requests: string): string {
  const { sli } = objective
  if ('failed' in sli) return failedRate(objective, sli.failed, window, requests)
  return `clamp_min(${requestRateOf(objective, window)} - ${inTimeRate(objective, sli, window)}, 0)`
}

/** Share of failed events. Without events there is no result, rather than NaN. */
export function errorRatioOf(objective: Objective, window: number, requests: string): string {
  const { sli } = objective
  const all = `(${requestRateOf(objective, window)} > 0)`
  if ('failed' in sli) return `(${failedRate(objective, sli.failed, window, requests)}) / ${all}`
  return `clamp_min(1 - ${inTimeRate(objective, sli, window)} / ${all}, 0)`
}

/** `sum` drops the labels of the recorded series; with them, `or` would keep both of its sides. */
function failedRate(objective: Objective, failed: Selection, window: number, requests: string): string {
  return `${rateOf(objective, counterOf(failed), window)} or 0 * ${sum(objective)}(${requests})`
}

function inTimeRate(
  objective: Objective,
  { total, threshold }: { total: Selection; threshold: number },
  window: number,
): string {
  return rateOf(objective, selectBucket(total.metric, threshold, total.where), window)
}

function rateOf(objective: Objective, series: string, window: number): string {
  return `${sum(objective)}(rate(${series}[${duration(window)}]))`
}

function sum({ groupBy }: Objective): string {
  return groupBy.length === 0 ? 'sum' : `sum by (${groupBy.join(', ')}) `
}

function counterOf({ metric, where }: Selection): string {
  return select(metric, where, metric.kind === 'histogram' ? 'count' : '')
}
