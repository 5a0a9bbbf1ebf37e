/** Incidents of a constant error ratio: each tier fires and ends when theory says, and not for shorter ones. */
import { duration } from '../../contract/durations.ts'
import { holdFor, sourceOf, type Tier } from '../../contract/windows.ts'
import { alertName, type Objective } from '../objectives.ts'
import type { AlertRule } from '../rules.ts'
import type { RuleTest } from '../unit-tests.ts'
import { burnsAt, fires, firing, limitOf, notANumber } from './checks.ts'
import { cleanHistory, detectionAfter, detectionChecks, longestDetection } from './detection.ts'
import { resetTime } from './expected-times.ts'
import { common, exampleGroup, wholeEvents } from './inputs.ts'
import { onEvaluation, onScrape, type Pace, tolerance } from './pace.ts'

/** `history` is how many seconds all was well before the errors. */
export function steadyErrors(
  objective: Objective,
  pace: Pace,
  tier: Tier,
  times: number,
  history = cleanHistory(pace.preset),
): RuleTest {
  const errors = wholeEvents(Math.min(1, times * limitOf(objective, pace.preset, tier)))
  // Exactly at the limit of another tier nobody can say whether it fires.
  if (pace.tiers.some(each => Math.abs(limitOf(objective, pace.preset, each) - errors) < errors / 100))
    return steadyErrors(objective, pace, tier, times + 0.25, history)
  const length = longestDetection(objective, pace, errors, history)
  const name = `errors at ${errors} of all events, ${times} times tier ${tier.name}, after ${duration(history)}`
  return {
    ...common(objective, pace, name, [
      { seconds: history, errors: 0 },
      { seconds: length, errors },
    ]),
    checks: [
      ...pace.tiers.flatMap(each => detectionChecks(objective, pace, each, errors, history, length)),
      notANumber(history + length),
    ],
  }
}

export function totalOutage(objective: Objective, pace: Pace): RuleTest {
  const history = cleanHistory(pace.preset)
  const length = longestDetection(objective, pace, 1, history)
  return {
    ...common(objective, pace, 'total outage', [
      { seconds: history, errors: 0 },
      { seconds: length, errors: 1 },
    ]),
    checks: pace.tiers.flatMap(tier => detectionChecks(objective, pace, tier, 1, history, length)),
  }
}

/** The incident ends a little before the tier would fire, so it must never fire. */
export function tooShort(objective: Objective, pace: Pace, tier: Tier): RuleTest {
  const { preset } = pace
  const errors = wholeEvents(Math.min(1, 2 * limitOf(objective, preset, tier)))
  const history = cleanHistory(preset)
  // Both windows stay above for a while after the incident, so it must end before they are.
  const detection = detectionAfter(objective, preset, tier, errors, history)! - holdFor(preset, tier)
  // Errors of the last base window reach the recorded rates only after the incident.
  const lag = sourceOf(preset, tier.long) === 'raw' ? 0 : preset.base / 2
  const length = onScrape(pace, detection - lag - 2 * tolerance(pace))
  const after = onScrape(pace, tier.long / 2)
  const end = history + length + after
  return {
    ...common(objective, pace, `incident too short for tier ${tier.name}`, [
      { seconds: history, errors: 0 },
      { seconds: length, errors },
      { seconds: after, errors: 0 },
    ]),
    checks: [
      { at: end, expr: `count_over_time(${firing(objective, tier)}[${duration(end)}])`, samples: [] },
      notANumber(end),
    ],
  }
}

export function ending(objective: Objective, pace: Pace, tier: Tier): RuleTest {
  const { preset } = pace
  const errors = wholeEvents(Math.min(1, 5 * limitOf(objective, preset, tier)))
  const history = cleanHistory(preset)
  const detection = detectionAfter(objective, preset, tier, errors, history)!
  const length = onScrape(pace, detection + tier.short + 2 * preset.base)
  const end = history + length
  const reset = resetTime(objective, preset, tier, errors)
  const after = onScrape(pace, reset + 2 * tolerance(pace))
  return {
    ...common(objective, pace, `end of an incident for tier ${tier.name}`, [
      { seconds: history, errors: 0 },
      { seconds: length, errors },
      { seconds: after, errors: 0 },
    ]),
    checks: [
      fires(objective, tier, onEvaluation(pace, end + reset - tolerance(pace), 'down'), true),
      fires(objective, tier, onEvaluation(pace, end + reset + tolerance(pace), 'up'), false),
      notANumber(end + after),
    ],
  }
}

/** Errors from the first event on: every window shows the same ratio, so all labels and texts of the alert are known. */
export function bornBroken(objective: Objective, pace: Pace, rules: readonly AlertRule[]): RuleTest {
  const { preset, tiers } = pace
  const errors = objective.objective > 95 ? 0.5 : 1
  const expected = [...tiers, ...preset.tiers.filter(tier => tier.history === 0)].filter(
    tier => limitOf(objective, preset, tier) < errors,
  )
  const wait = Math.max(...expected.map(tier => tier.history + holdFor(preset, tier)))
  const end = onEvaluation(pace, wait + 2 * preset.base, 'up')
  const isExpected = (name: string) => expected.some(tier => tier.name === name)
  const alerts = rules.filter(
    rule => rule.alert === alertName(objective) && isExpected(rule.labels.burn_tier!),
  )
  return {
    ...common(objective, pace, 'broken from the start', [{ seconds: end, errors }]),
    checks: [
      {
        at: end,
        alert: alertName(objective),
        firing: alerts.map(({ labels, annotations }) => ({
          labels: { ...labels, ...exampleGroup(objective) },
          annotations: Object.fromEntries(
            Object.entries(annotations).map(([name, text]) => [
              name,
              filledIn(text, errors, { ...labels, ...exampleGroup(objective) }),
            ]),
          ),
        })),
      },
      ...tiers
        .filter(tier => tier.history > 0)
        .map(tier => fires(objective, tier, onEvaluation(pace, tier.history / 2, 'down'), false)),
      ...tiers.flatMap(tier =>
        (['long', 'short'] as const).map(window => burnsAt(objective, tier, window, end, errors)),
      ),
    ],
  }
}

/** An annotation as Prometheus shows it; of templates only the value and a label, which are all that ours use. */
function filledIn(text: string, errors: number, labels: Readonly<Record<string, string>>): string {
  return text
    .replace('{{ $value | humanizePercentage }}', `${errors * 100}%`)
    .replace(/\{\{ ?\$labels\.(\w+) ?\}\}/g, (_found, label: string) => labels[label] ?? '')
}
