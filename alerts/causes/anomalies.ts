/** Traffic and latency against the same hour of previous days, and a composite of symptom and cause. */

import { anomalyBudgets, resourceBudgets } from '../../contract/budgets.ts'
import { duration } from '../../contract/durations.ts'
import { not, type Queryable, select } from '../../contract/expr.ts'
import * as series from '../../contract/recorded-series.ts'
import type { Preset } from '../../contract/windows.ts'
import { httpServer, runtime } from '../../otel/signals.ts'
import type { RecordingRule, RuleGroup } from '../rules.ts'
import { type Cause, causeRule } from './cause.ts'

export function anomalyGroups(preset: Preset): RuleGroup[] {
  return [
    {
      name: 'anomalies',
      interval: preset.slowInterval,
      rules: [...recordings(preset), ...anomalyAlerts(preset).map(causeRule)],
    },
  ]
}

export function compositeGroups(preset: Preset): RuleGroup[] {
  return [{ name: 'composites', interval: preset.evaluationInterval, rules: [causeRule(overloaded(preset))] }]
}

function recordings(preset: Preset): RecordingRule[] {
  const hour = duration(preset.hour)
  const counts = select(httpServer.duration, { job: not('load') }, 'count')
  const buckets = select(httpServer.duration, { job: not('load') }, 'bucket')
  return [
    { record: series.serviceRequests.name, expr: byService(`sum by (job) (rate(${counts}[${hour}]))`) },
    {
      record: series.serviceLatency.name,
      // Without traffic the quantile is NaN, and NaN is not above 0.
      expr: byService(`histogram_quantile(0.95, sum by (job, le) (rate(${buckets}[${hour}]))) > 0`),
    },
    usual(preset, series.serviceRequests, series.serviceRequestsUsual),
    usual(preset, series.serviceLatency, series.serviceLatencyUsual),
  ]
}

function byService(expr: string): string {
  return `label_replace(${expr}, "service", "$1", "job", "(.*)")`
}

/** The median forgives a single odd day, and says nothing before there are days to compare with. */
function usual(preset: Preset, of: Queryable, as: Queryable): RecordingRule {
  const days = Array.from({ length: anomalyBudgets.days }, (_, index) => index + 1)
  const each = days
    .map(day => `label_replace(${of.name} offset ${duration(day * preset.day)}, "day", "${day}", "", "")`)
    .join(' or ')
  return {
    record: as.name,
    expr: `quantile by (job, service) (0.5, ${each}) and count by (job, service) (${each}) >= ${anomalyBudgets.minimumDays}`,
  }
}

function anomalyAlerts(preset: Preset): Cause[] {
  const common = { for: preset.cause.for, category: 'cause', dashboard: 'sightline-red' } as const
  const { trafficFactor, latencyFactor, minimumTraffic, minimumLatency } = anomalyBudgets
  const [now, usually] = [series.serviceRequests.name, series.serviceRequestsUsual.name]
  const [latency, latencyUsually] = [series.serviceLatency.name, series.serviceLatencyUsual.name]
  return [
    {
      ...common,
      alert: 'TrafficAnomalous',
      expr: `(${now} > ${trafficFactor} * ${usually} or ${now} < ${usually} / ${trafficFactor}) and ${usually} > ${minimumTraffic}`,
      summary: 'Traffic of {{ $labels.job }} is unlike that of other days',
      description: `{{ $value | humanize }} requests per second are more than ${trafficFactor} times above or below the median of this hour on previous days`,
    },
    {
      ...common,
      alert: 'LatencyAnomalous',
      expr: `${latency} > ${latencyFactor} * ${latencyUsually} and ${latency} > ${minimumLatency}`,
      summary: 'Latency of {{ $labels.job }} is unlike that of other days',
      description: `Its 95th percentile of {{ $value | humanizeDuration }} is more than ${latencyFactor} times the median of this hour on previous days`,
    },
  ]
}

/** Slow and saturated at once means too much work; slow alone means waiting for something else. */
function overloaded(preset: Preset): Cause {
  const window = duration(preset.cause.window)
  const busy = (state: 'active' | undefined) =>
    `sum by (job) (rate(${select(runtime.eventLoopTime, {
      job: 'shop',
      ...(state === undefined ? {} : { nodejs_eventloop_state: state }),
    })}[${window}]))`
  const burning = select(series.burnRate, { slo: 'shop-latency', burn_tier: 'fast', window: 'short' })
  return {
    alert: 'ShopOverloaded',
    expr: `${busy('active')} / (${busy(undefined)} > 0) > ${resourceBudgets.eventLoopUtilization} and on () ${burning} > 1`,
    for: preset.cause.for,
    category: 'cause',
    dashboard: 'sightline-use',
    summary: 'The shop is slow because it is overloaded',
    description: `Its event loop is busy {{ $value | humanizePercentage }} of the time while its latency objective burns: it lacks capacity, or something on its request path computes`,
  }
}
