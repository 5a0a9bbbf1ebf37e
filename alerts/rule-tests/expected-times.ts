/**
 * When burn-rate alerts must fire and end, from the windows alone: an incident of a constant error ratio after a
 * clean history with steady traffic. Tests hold the generated rules to these times.
 */
import { decimal, toNumber } from '../../contract/decimal.ts'
import { holdFor, type Preset, sourceOf, type Tier } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import { threshold } from '../slo/budget.ts'

interface Incident {
  /** Share of events that fail. */
  errorRatio: number
  /** Events per second. */
  rate: number
  /** Seconds of clean data before it. */
  history: number
}

/** Seconds from the start of the incident until the tier fires; undefined when it never does. */
export function detectionTime(
  objective: Objective,
  preset: Preset,
  tier: Tier,
  { errorRatio, rate, history }: Incident,
): number | undefined {
  const limit = toNumber(decimal(threshold(objective, preset, tier)))
  if (errorRatio <= limit) return undefined
  const above = (window: number) =>
    firstTime(
      time =>
        errorRatio * errorTime(preset, window, Math.min(time, window)) >
        limit * Math.min(window, history + time),
    )
  const enoughErrors = firstTime(
    time => errorRatio * rate * stagedTime(preset, time) >= objective.traffic.minimumErrors,
  )
  const enoughHistory = Math.max(0, tier.history - history)
  return Math.max(above(tier.long), above(tier.short), enoughErrors, enoughHistory) + holdFor(preset, tier)
}

/** Seconds from the end of an incident that filled the short window until the tier stops firing. */
export function resetTime(objective: Objective, preset: Preset, tier: Tier, errorRatio: number): number {
  const limit = toNumber(decimal(threshold(objective, preset, tier)))
  const full = tier.short * (1 - limit / errorRatio)
  if (sourceOf(preset, tier.short) === 'raw') return full + tier.keepFiringFor
  const afterTail = full + preset.base / 2
  const withinTail = Math.sqrt(2 * preset.base * full)
  return (afterTail >= preset.base ? afterTail : withinTail) + tier.keepFiringFor
}

/** Seconds of errors that a window has seen: at once from raw counters, bit by bit through the recorded rates. */
function errorTime(preset: Preset, window: number, since: number): number {
  return sourceOf(preset, window) === 'raw' ? since : stagedTime(preset, since)
}

function stagedTime(preset: Preset, since: number): number {
  return since < preset.base ? since ** 2 / (2 * preset.base) : since - preset.base / 2
}

/** The condition must stay true once it is, so halving the interval finds the moment it becomes true. */
function firstTime(holds: (time: number) => boolean): number {
  let before = 0
  let after = 1
  while (!holds(after)) {
    before = after
    after *= 2
    if (after > 1e9) return Number.POSITIVE_INFINITY
  }
  while (after - before > 0.01) {
    const middle = (before + after) / 2
    if (holds(middle)) after = middle
    else before = middle
  }
  return after
}
