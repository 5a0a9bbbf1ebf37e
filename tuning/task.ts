/** Plays one task: a month under several policies, with what a report draws of it where one is wanted. */
import { loadRules } from '../engines/promql/rules/load.ts'
import { clocks } from './clock.ts'
import { drawnOf } from './explain/nearness.ts'
import { judgePolicy, resultOf, runRules } from './month.ts'
import { playMonth, type Task } from './months.ts'
import { day } from './scenarios/scenario.ts'
import type { Result } from './score/result.ts'

export function playTask({ scenario, setting, seed, policies, isDrawn = false }: Task): Result[] {
  const month = playMonth(scenario, setting, seed)
  if (!isDrawn) return policies.map(policy => judgePolicy(month, policy))
  const { resolution, days } = setting
  const how = {
    whole: { start: 0, end: days * day },
    interval: clocks[resolution].evaluationInterval * 1000,
    closely: 1,
  }
  return policies.map(({ name, rules }) => {
    const groups = loadRules(rules, name)
    const run = runRules(month, groups)
    const result = resultOf(month, name, run)
    return { ...result, drawn: drawnOf(groups, run, result.verdict, how) }
  })
}
