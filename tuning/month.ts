/** One month of one scenario, as somebody's rules see it, and the verdict on a policy that runs over it. */
import type { Objective } from '../alerts/objectives.ts'
import type { RuleGroup } from '../engines/promql/rules/groups.ts'
import { loadRules } from '../engines/promql/rules/load.ts'
import { clocks, type Resolution } from './clock.ts'
import type { Reading } from './policies/user-file.ts'
import { type Events, playEvents } from './scenarios/events.ts'
import { day, type Scenario } from './scenarios/scenario.ts'
import { judge, type Verdict } from './score/judge.ts'
import type { Result } from './score/result.ts'
import type { InputSeries } from './simulate/column-store.ts'
import { exposition } from './simulate/exposition.ts'
import { type Firing, type Recorded, type Simulation, simulate } from './simulate/run.ts'

export interface Setting {
  objective: Objective
  resolution: Resolution
  days: number
  /** Events per second, on average. */
  traffic: number
  instances: number
  /** A rule file of a user, whose metrics are shown in place of the objective's. */
  ruleFile?: string
}

export interface Month {
  scenario: Scenario
  setting: Setting
  seed: number
  events: Events
  inputs: InputSeries[]
  recorded: Recorded
  reading: Reading | undefined
}

/** A policy's rule file, as text so that it can be handed to a worker. */
export interface PolicyRules {
  name: string
  rules: string
}

/** Shows the metrics of the objective; what a rule file reads is shown by `playMonth`. */
export function objectiveMonth(scenario: Scenario, setting: Setting, seed: number): Month {
  const { objective, resolution } = setting
  const events = eventsOf(scenario, setting, seed)
  const inputs = exposition(objective, events, clocks[resolution].scrapeInterval)
  return { scenario, setting, seed, events, inputs, recorded: new Map(), reading: undefined }
}

export function eventsOf(
  scenario: Scenario,
  { objective, resolution, days, traffic, instances }: Setting,
  seed: number,
): Events {
  const { scrapeInterval } = clocks[resolution]
  const budget = 1 - objective.objective / 100
  return playEvents(scenario, { length: days * day, scrapeInterval, rate: traffic, instances, budget, seed })
}

export function runRules({ setting, inputs, recorded }: Month, groups: readonly RuleGroup[]): Simulation {
  const interval = clocks[setting.resolution].evaluationInterval * 1000
  return simulate(groups, inputs, { end: setting.days * day * 1000, interval }, recorded)
}

export function judgeFirings({ setting, events, reading }: Month, firings: readonly Firing[]): Verdict {
  const { objective, resolution, days } = setting
  return judge(objective, events, firings, days * day, clocks[resolution].scrapeInterval, reading?.reads)
}

export function judgePolicy(month: Month, { name, rules }: PolicyRules): Result {
  return resultOf(month, name, runRules(month, loadRules(rules, name)))
}

export function resultOf(month: Month, name: string, { firings, errors }: Simulation): Result {
  const { scenario, setting, seed } = month
  return {
    scenario: scenario.name,
    objective: setting.objective.name,
    seed,
    policy: name,
    verdict: judgeFirings(month, firings),
    firings,
    errors,
  }
}
