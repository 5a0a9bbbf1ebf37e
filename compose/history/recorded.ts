/** What the recording rules would have written over the past, and which alerts would have fired. */
import { alertName, type Objective } from '../../alerts/objectives.ts'
import { errorBudget } from '../../alerts/slo/budget.ts'
import * as series from '../../contract/recorded-series.ts'
import { prometheusOwn } from '../../contract/stack-signals.ts'
import { burnFactorNumber, type Preset } from '../../contract/windows.ts'
import type { Past } from './past.ts'

export interface Series {
  name: string
  labels: Readonly<Record<string, string>>
  /** Seconds between two samples. */
  step: number
  /** Undefined: there is no sample at this time. */
  at: (time: number) => number | undefined
}

/**
 * Sums over the period count samples, so what they read is as dense as the rules will write it; the rest is drawn only.
 * Anomaly series are left out: the real traffic of this machine is no anomaly because it differs from an invented one.
 */
export function recordedSeries(objective: Objective, preset: Preset, past: Past, drawn: number): Series[] {
  const budget = Number(errorBudget(objective))
  const sums = cumulate(objective, preset, past)
  const labels = { slo: objective.name, service: objective.service }
  const every = (
    name: string,
    at: Series['at'],
    more: Record<string, string> = {},
    step = drawn,
  ): Series => ({
    name,
    labels: { ...labels, ...more },
    step,
    at,
  })
  const dense = preset.evaluationInterval
  const mean = (time: number) => sums.over(time, preset.slowInterval)
  return [
    every(series.requests.name, time => past.requests(objective, time), {}, dense),
    every(series.errors.name, time => past.errors(objective, time), {}, dense),
    every(
      series.requestsMean.name,
      time => mean(time).requests / preset.slowInterval,
      {},
      preset.slowInterval,
    ),
    every(series.errorsMean.name, time => mean(time).errors / preset.slowInterval, {}, preset.slowInterval),
    ...preset.tiers.flatMap(tier => {
      const ofTier = { burn_tier: tier.name, severity: tier.severity }
      const factor = burnFactorNumber(preset, tier)
      const isFiring = (time: number) =>
        sums.ratio(time, tier.long) > factor * budget && sums.ratio(time, tier.short) > factor * budget
      return [
        ...(['long', 'short'] as const).map(window =>
          every(series.burnRate.name, time => sums.ratio(time, tier[window]) / budget, { ...ofTier, window }),
        ),
        every(series.burnThreshold.name, () => factor, ofTier),
        every(prometheusOwn.alerts.name, time => (isFiring(time) ? 1 : undefined), {
          ...ofTier,
          alertname: alertName(objective),
          alertstate: 'firing',
          owner: objective.owner,
        }),
      ]
    }),
    every(series.objective.name, () => objective.objective / 100),
    every(series.period.name, () => preset.period),
    every(series.periodErrorRatio.name, time => sums.ratio(time, preset.period)),
    every(series.budgetRemaining.name, time => 1 - sums.ratio(time, preset.period) / budget),
    every(series.periodCoverage.name, time => (time - past.start) / preset.period),
  ]
}

/** Sums from the start of the past, so that a window of any length is one subtraction. */
function cumulate(objective: Objective, { evaluationInterval: step }: Preset, past: Past) {
  const points = Math.round((past.end - past.start) / step) + 1
  const requests = new Float64Array(points)
  const errors = new Float64Array(points)
  for (let point = 1; point < points; point++) {
    const time = past.start + point * step
    requests[point] = requests[point - 1]! + past.requests(objective, time) * step
    errors[point] = errors[point - 1]! + past.errors(objective, time) * step
  }
  const pointAt = (time: number) => Math.max(0, Math.floor((time - past.start) / step))
  const over = (time: number, window: number) => {
    const [to, from] = [pointAt(time), pointAt(time - window)]
    return { requests: requests[to]! - requests[from]!, errors: errors[to]! - errors[from]! }
  }
  const ratio = (time: number, window: number) => {
    const sum = over(time, window)
    return sum.requests > 0 ? sum.errors / sum.requests : 0
  }
  return { over, ratio }
}
