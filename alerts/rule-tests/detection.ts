/** Whether each tier fires when theory says: just before that time it must not, just after it must. */
import type { Preset, Tier } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import type { Check } from '../unit-tests.ts'
import { fires, limitOf } from './checks.ts'
import { detectionTime } from './expected-times.ts'
import { events } from './inputs.ts'
import { onEvaluation, onScrape, type Pace, tolerance } from './pace.ts'

/** For an incident of `length` seconds, in which the share `errors` of all events fails, after `history` healthy seconds. */
export function detectionChecks(
  objective: Objective,
  pace: Pace,
  tier: Tier,
  errors: number,
  history: number,
  length: number,
): Check[] {
  const detection = detectionAfter(objective, pace.preset, tier, errors, history)
  if (detection === undefined) return [fires(objective, tier, history + length, false)]
  const limit = limitOf(objective, pace.preset, tier)
  // A small error in the length of the history shifts the time more, the closer the errors are to the limit.
  const within = (tolerance(pace) * errors) / (errors - limit)
  const before = onEvaluation(pace, history + detection - within, 'down')
  const after = onEvaluation(pace, history + detection + within, 'up')
  return [
    fires(objective, tier, before, false),
    ...(after <= history + length ? [fires(objective, tier, after, true)] : []),
  ]
}

/** Seconds from the start of the incident until the tier fires; undefined when it never does. */
export function detectionAfter(
  objective: Objective,
  preset: Preset,
  tier: Tier,
  errorRatio: number,
  history: number,
): number | undefined {
  return detectionTime(objective, preset, tier, { errorRatio, rate: events / preset.scrapeInterval, history })
}

/** Enough history for every tier to judge, and for the long windows of the pages. */
export function cleanHistory(preset: Preset): number {
  return preset.tiers[1]!.long + 4 * preset.base
}

/** Long enough for all tiers but those that would need more than a long window; their tests would take too long. */
export function longestDetection(objective: Objective, pace: Pace, errors: number, history: number): number {
  const times = pace.tiers.flatMap(
    tier => detectionAfter(objective, pace.preset, tier, errors, history) ?? [],
  )
  const longest = Math.min(Math.max(...times), 1.25 * Math.max(history, pace.preset.tiers[1]!.long))
  return onScrape(pace, longest + 3 * tolerance(pace))
}
