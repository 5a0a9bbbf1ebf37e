/** Plays what is chosen: the month is kept while only the policy changes, and so is what its rules record. */
import type { Objective } from '../../alerts/objectives.ts'
import { checkObjectives, checkPresets, describe } from '../../alerts/slo/check.ts'
import { production } from '../../contract/windows.ts'
import { groupsFromData } from '../../engines/promql/rules/from-data.ts'
import { clocks, type Resolution } from '../clock.ts'
import { type Month, objectiveMonth, resultOf, runRules } from '../month.ts'
import { ownGroups, ownPolicy, shippedDefinition } from '../policies/own.ts'
import type { Definition } from '../policies/policy.ts'
import { definitionSource } from '../policies/source.ts'
import { monthChart } from '../report/month-chart.ts'
import { scenarios } from '../scenarios/catalogue.ts'
import { day } from '../scenarios/scenario.ts'
import { around } from '../scenarios/span.ts'
import type { Verdict } from '../score/judge.ts'
import type { Result } from '../score/result.ts'
import { type Score, scoreOf } from '../score/score.ts'
import { chosenObjective, chosenTiers, type State, usualState } from './state.ts'

export interface Played {
  resolution: Resolution
  score: Score
  /** Of the tiers that ship, in the same month. */
  shipped: Score
  verdict: Verdict
  /** SVG. */
  chart: string
  /** As Prometheus in production evaluates them. */
  rules: string
  definition: string
  /** What `npm run generate` would refuse, and rules that failed. */
  warnings: string[]
}

type Player = (state: State, resolution: Resolution) => Played

export function newPlayer(): Player {
  let key = ''
  let month: Month | undefined
  let shipped: Result | undefined
  return (state, resolution) => {
    const objective = chosenObjective(state)
    const { slo, promise, traffic, scenario, seed, days, instances } = state
    const asked = JSON.stringify({ slo, promise, traffic, scenario, seed, days, instances, resolution })
    if (month === undefined || shipped === undefined || key !== asked) {
      const found = scenarios.find(({ name }) => name === scenario)!
      month = objectiveMonth(found, { objective, resolution, days, traffic, instances }, seed)
      month.recorded = new RecentMap()
      const guard = { ...objective, traffic: { ...objective.traffic, minimumErrors: usualErrors(state) } }
      shipped = judged(month, 'what ships', guard, shippedDefinition)
      key = asked
    }
    const tiers = chosenTiers(state)
    const definition = { tiers, minimumErrors: state.minimumErrors }
    const policy = ownPolicy('yours', '', '', definition)
    const result = judged(month, 'yours', objective, definition)
    const preset = { ...production, tiers }
    return {
      resolution,
      score: scoreOf([result.verdict]),
      shipped: scoreOf([shipped.verdict]),
      verdict: result.verdict,
      chart: monthChart(scenario, objective, month.events, spanOf(month, state), days * day, [
        result,
        shipped,
      ]),
      rules: policy.rules(objective, production),
      definition: definitionSource(objective, tiers),
      warnings: [
        ...[...checkPresets([preset]), ...checkObjectives([objective], [preset])].map(describe),
        ...result.errors,
      ],
    }
  }
}

/** Straight from the data, as a parser of YAML would make the page larger. */
function judged(month: Month, name: string, objective: Objective, definition: Definition): Result {
  const groups = ownGroups(objective, clocks[month.setting.resolution], definition)
  return resultOf(month, name, runRules(month, groupsFromData(groups, name)))
}

function usualErrors({ slo }: State): number {
  return usualState(slo).minimumErrors
}

/** Around the incident as this seed has moved it, with as much again before it and after. */
function spanOf({ events }: Month, { incident, days }: State) {
  const whole = { start: 0, end: days * day }
  const found = events.incidents.find(({ id }) => id === incident)
  return found === undefined ? whole : around(found, whole)
}

/** While windows are dragged they are recorded at every stop; the columns that were not read for longest are let go. */
class RecentMap<Key, Value> extends Map<Key, Value> {
  override get(key: Key): Value | undefined {
    const value = super.get(key)
    if (value !== undefined) {
      super.delete(key)
      super.set(key, value)
    }
    return value
  }

  override set(key: Key, value: Value): this {
    if (this.size >= mostColumns) super.delete(super.keys().next().value as Key)
    return super.set(key, value)
  }
}

const mostColumns = 80
