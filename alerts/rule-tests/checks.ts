/** What the tests of an objective expect, and how exactly. */
import { select } from '../../contract/expr.ts'
import * as recorded from '../../contract/recorded-series.ts'
import { intervalOf, type Preset, type Severity, type Tier } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import { threshold } from '../slo/rules.ts'
import type { Check } from './promtool.ts'

/** The tiers that are judged at one interval: promtool knows but one for all groups of a test. */
export interface Pace {
  preset: Preset
  interval: number
  tiers: readonly Tier[]
}

export function paceOf(preset: Preset, severity: Severity): Pace {
  return {
    preset,
    interval: intervalOf(preset, severity),
    tiers: preset.tiers.filter(tier => tier.severity === severity),
  }
}

/** A window full of one error ratio burns that ratio over the budget times too fast. */
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

/** One scrape and one evaluation, as an event is seen at the next of each. */
export function tolerance({ preset, interval }: Pace): number {
  return preset.scrapeInterval + interval
}

export function onScrape({ preset }: Pace, seconds: number): number {
  return Math.ceil(seconds / preset.scrapeInterval) * preset.scrapeInterval
}

export function onGrid({ interval }: Pace, seconds: number, to: 'up' | 'down'): number {
  const steps = seconds / interval
  return (to === 'up' ? Math.ceil(steps) : Math.floor(steps)) * interval
}
