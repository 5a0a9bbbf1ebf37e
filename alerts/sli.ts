/** An objective's indicator as PromQL over the raw counters: events and failed events per second over a window. */
import { select, selectBucket } from '../promql/expr.ts'
import { duration } from './durations.ts'
import type { Objective, Selection } from './objectives.ts'

export function requestRateOf(objective: Objective, window: number): string {
  return rateOf(objective, counterOf(objective.sli.total), window)
}

/** 0, not absent, while nothing has failed; absent when the events themselves are. */
export function errorRateOf(objective: Objective, window: number): string {
  const { sli } = objective
  const all = requestRateOf(objective, window)
  if ('failed' in sli) return `${rateOf(objective, counterOf(sli.failed), window)} or 0 * ${all}`
  const inTime = selectBucket(sli.total.metric, sli.threshold, sli.total.where)
  return `clamp_min(${all} - ${rateOf(objective, inTime, window)}, 0)`
}

function rateOf({ groupBy }: Objective, series: string, window: number): string {
  const by = groupBy.length === 0 ? '' : ` by (${groupBy.join(', ')})`
  return `sum${by}(rate(${series}[${duration(window)}]))`
}

function counterOf({ metric, where }: Selection): string {
  return select(metric, where, metric.kind === 'histogram' ? 'count' : '')
}
