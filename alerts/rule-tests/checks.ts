/** What the tests of an objective can expect of its series and alerts. */
import { select } from '../../contract/expr.ts'
import * as recorded from '../../contract/recorded-series.ts'
import type { Preset, Tier } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import { threshold } from '../slo/budget.ts'
import type { Check } from '../unit-tests.ts'

/** When a window has seen one error ratio throughout, its burn rate is that ratio divided by the budget. */
export function burnsAt(
  objective: Objective,
  tier: Tier,
  window: 'long' | 'short',
  at: number,
  errors: number,
): Check {
  const expected = errors / (1 - objective.objective / 100)
  const { name: burn_tier, severity } = tier
  const burnRate = select(recorded.burnRate, { slo: objective.name, burn_tier, severity, window })
  return near(at, burnRate, expected, expected / 1_000)
}

export function fires(objective: Objective, tier: Tier, at: number, expected: boolean): Check {
  return { at, expr: `count(${firing(objective, tier)})`, samples: expected ? one(1) : [] }
}

export function firing(objective: Objective, tier: Tier): string {
  return `ALERTS{alertstate="firing", slo="${objective.name}", burn_tier="${tier.name}"}`
}

export function near(at: number, expr: string, value: number, within: number): Check {
  return { at, expr: `count(abs(${expr} - ${value}) < ${within})`, samples: one(1) }
}

export function notANumber(at: number): Check {
  const all = '{__name__=~"slo:.+"}'
  return { at, expr: `count(${all}) - count(${all} > -Inf < +Inf)`, samples: one(0) }
}

export function one(value: number) {
  return [{ labels: '{}', value }]
}

export function limitOf(objective: Objective, preset: Preset, tier: Tier): number {
  return Number(threshold(objective, preset, tier))
}
