/** One month of one scenario under several policies: the piece of work that everything else is made of. */
import type { Objective } from '../alerts/objectives.ts'
import type { QueryOptions } from '../engines/promql/engine/results.ts'
import { loadRules } from '../engines/promql/rules/load.ts'
import { clocks, type Resolution } from './clock.ts'
import { type Reading, readingOf, shownEvents } from './policies/user-file.ts'
import { type Events, playEvents } from './scenarios/events.ts'
import { day, type Scenario } from './scenarios/scenario.ts'
import { judge } from './score/judge.ts'
import type { Result } from './score/result.ts'
import type { InputSeries } from './simulate/column-store.ts'
import { exposition } from './simulate/exposition.ts'
import { type Recorded, type Simulation, simulate } from './simulate/run.ts'

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

/** A month to play, and the policies to judge over it. */
export interface Task {
  scenario: Scenario
  setting: Setting
  seed: number
  policies: readonly PolicyRules[]
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

export function playMonth(scenario: Scenario, setting: Setting, seed: number): Month {
  const { objective, resolution, days, traffic, instances } = setting
  const { scrapeInterval } = clocks[resolution]
  const budget = 1 - objective.objective / 100
  const events = playEvents(scenario, {
    length: days * day,
    scrapeInterval,
    rate: traffic,
    instances,
    budget,
    seed,
  })
  const reading = setting.ruleFile === undefined ? undefined : readingOf(loadRules(setting.ruleFile, 'rules'))
  const inputs =
    reading === undefined
      ? exposition(objective, events, scrapeInterval)
      : shownEvents(reading, events, scrapeInterval)
  return { scenario, setting, seed, events, inputs, recorded: new Map(), reading }
}

function runPolicy(month: Month, { name, rules }: PolicyRules, query: QueryOptions = {}): Simulation {
  const { resolution, days } = month.setting
  const interval = clocks[resolution].evaluationInterval * 1000
  return simulate(
    loadRules(rules, name),
    month.inputs,
    { end: days * day * 1000, interval, query },
    month.recorded,
  )
}

export function judgePolicy(month: Month, policy: PolicyRules): Result {
  const { scenario, setting, seed, events } = month
  const { firings, errors } = runPolicy(month, policy)
  const { scrapeInterval } = clocks[setting.resolution]
  return {
    scenario: scenario.name,
    objective: setting.objective.name,
    seed,
    policy: policy.name,
    verdict: judge(
      setting.objective,
      events,
      firings,
      setting.days * day,
      scrapeInterval,
      month.reading?.reads,
    ),
    firings,
    errors,
  }
}

/** Ten times what the objective calls its quietest time. */
export function usualTraffic({ traffic }: Objective): number {
  return traffic.minimum * 10
}
