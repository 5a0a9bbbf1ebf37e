/** Months under several policies: the piece of work that everything else is made of. */
import type { Objective } from '../alerts/objectives.ts'
import { loadRules } from '../engines/promql/rules/load.ts'
import { clocks } from './clock.ts'
import { eventsOf, type Month, objectiveMonth, type PolicyRules, type Setting } from './month.ts'
import { readingOf, shownEvents } from './policies/user-file.ts'
import type { Scenario } from './scenarios/scenario.ts'

/** A month to play, and the policies to judge over it. */
export interface Task {
  scenario: Scenario
  setting: Setting
  seed: number
  policies: readonly PolicyRules[]
  /** Whether a report will draw it. */
  isDrawn?: boolean
}

export function playMonth(scenario: Scenario, setting: Setting, seed: number): Month {
  const { ruleFile, resolution } = setting
  if (ruleFile === undefined) return objectiveMonth(scenario, setting, seed)
  const reading = readingOf(loadRules(ruleFile, 'rules'))
  const events = eventsOf(scenario, setting, seed)
  const inputs = shownEvents(reading, events, clocks[resolution].scrapeInterval)
  return { scenario, setting, seed, events, inputs, recorded: new Map(), reading }
}

/** Ten times what the objective calls its quietest time. */
export function usualTraffic({ traffic }: Objective): number {
  return traffic.minimum * 10
}
