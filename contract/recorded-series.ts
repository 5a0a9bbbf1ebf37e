/** Every recorded series and its labels. No name depends on a preset, so what reads them serves every preset. */
import type { Queryable } from './expr.ts'

const sloLabels = { slo: 'names of the objectives', service: 'services with an objective' } as const
const tierLabels = {
  ...sloLabels,
  burn_tier: 'names of the tiers: fast, medium, slow, trickle',
  severity: ['page', 'ticket'],
} as const
const serviceLabels = { service: 'services that answer requests' } as const

/** Events per second over the base window: 5m in production, 20s in practice. */
export const requests = recorded('slo:requests:rate', sloLabels)
export const errors = recorded('slo:errors:rate', sloLabels)
/** Their means over one slow interval: few enough to sum up a month, without losing an event between two of them. */
export const requestsMean = recorded('slo:requests:rate_mean', sloLabels)
export const errorsMean = recorded('slo:errors:rate_mean', sloLabels)

/** Share of events that are to be good, 0 to 1. */
export const objective = recorded('slo:objective:ratio', sloLabels)
export const period = recorded('slo:period:seconds', sloLabels)
/** Always 1; its labels are what the definition says of the objective beside its numbers. */
export const info = recorded('slo:objective:info', sloLabels)

/** Error ratio in multiples of even spending: 1 uses up the budget exactly at the end of the period. */
export const burnRate = recorded('slo:burn_rate:ratio', { ...tierLabels, window: ['long', 'short'] })
/** The multiple above which a tier fires. */
export const burnThreshold = recorded('slo:burn_threshold:ratio', tierLabels)

/** Errors among all events of the period, weighted by traffic. */
export const periodErrorRatio = recorded('slo:period_error_ratio:ratio', sloLabels)
/** 1 is untouched, 0 is spent, below 0 the objective is missed. */
export const budgetRemaining = recorded('slo:error_budget_remaining:ratio', sloLabels)
/** Share of the period that has data; a budget over less than all of it is provisional. */
export const periodCoverage = recorded('slo:period_coverage:ratio', sloLabels)

/** Of each service over an hour of the preset's clock, and the median of the same hour on the days before. */
export const serviceRequests = recorded('service:requests:rate', serviceLabels)
export const serviceRequestsUsual = recorded('service:requests_usual:median', serviceLabels)
export const serviceLatency = recorded('service:request_duration_seconds:p95', serviceLabels)
export const serviceLatencyUsual = recorded('service:request_duration_seconds_usual:median', serviceLabels)

/** Those with a name of their own, for lists and tests. */
export const namedSeries = {
  requests,
  errors,
  requestsMean,
  errorsMean,
  objective,
  period,
  info,
  burnRate,
  burnThreshold,
  periodErrorRatio,
  budgetRemaining,
  periodCoverage,
  serviceRequests,
  serviceRequestsUsual,
  serviceLatency,
  serviceLatencyUsual,
} as const

function recorded<const N extends string, const L extends Queryable['labels']>(name: N, labels: L) {
  return { kind: 'gauge', name, labels } as const
}
