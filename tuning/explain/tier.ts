/** How near an alert came to firing over one incident, condition by condition. */
import { rangeQuery } from '../../engines/promql/engine/query.ts'
import type { AlertingRule, RuleGroup } from '../../engines/promql/rules/groups.ts'
import { minute } from '../scenarios/scenario.ts'
import { severityOf } from '../score/judge.ts'
import type { Simulation } from '../simulate/run.ts'
import { alternativesOf, type Condition } from './conditions.ts'
import { nearnessOf, type Past, tierOf } from './past.ts'

export interface TierExplanation {
  alert: string
  severity: string
  tier: string
  /** Seconds after the start of the incident; undefined when it did not fire. */
  firedAfter: number | undefined
  /** At the moment it came closest to firing. */
  conditions: { text: string; value: number | undefined; limit: number | undefined; holds: boolean }[]
  /** Seconds for which everything held at most, and how long it would have had to. */
  held: number
  for: number
}

/** Conditions are looked at until a short window has forgotten the incident. */
export function explainTier(
  past: Past,
  groups: readonly RuleGroup[],
  { store, firings }: Simulation,
  rule: AlertingRule,
  start: number,
  end: number,
): TierExplanation {
  const interval = groups.find(({ rules }) => rules.includes(rule))!.interval ?? past.interval
  const labels = Object.fromEntries(rule.labels)
  const own = firings.find(
    each =>
      each.alert === rule.name &&
      Object.entries(labels).every(([label, value]) => each.labels[label] === value) &&
      each.firedAt !== undefined &&
      each.firedAt / 1000 < end + 15 * minute &&
      (each.resolvedAt ?? Infinity) / 1000 > start,
  )
  const range = {
    start: Math.ceil((start * 1000) / interval) * interval,
    end: Math.min(past.end, end + 30 * minute) * 1000,
    step: interval,
  }
  const columns = alternativesOf(rule.expr).map(conditions =>
    conditions.map(condition => ({
      condition,
      left: valuesOf(store, condition.left, range),
      right: valuesOf(store, condition.right, range),
    })),
  )
  let best = { nearness: -1, conditions: [] as TierExplanation['conditions'] }
  let held = 0
  for (const alternative of columns) {
    let since: number | undefined
    for (let time = range.start; time <= range.end; time += interval) {
      const conditions = alternative.map(({ condition, left, right }) => {
        const [value, limit] = [left.get(time), right.get(time) ?? right.get(Number.NaN)]
        return {
          text: condition.text,
          value,
          limit,
          holds: holds(condition, value, limit),
          nearness: nearnessOf(condition, value, limit),
        }
      })
      const nearness = Math.min(...conditions.map(each => each.nearness))
      if (nearness > best.nearness)
        best = { nearness, conditions: conditions.map(({ nearness: _, ...rest }) => rest) }
      if (conditions.every(each => each.holds)) {
        since ??= time
        held = Math.max(held, (time - since) / 1000)
      } else since = undefined
    }
  }
  return {
    alert: rule.name,
    severity: severityOf({ labels }),
    tier: tierOf(rule),
    firedAfter: own === undefined ? undefined : Math.max(0, own.firedAt! / 1000 - start),
    conditions: best.conditions,
    held,
    for: rule.for / 1000,
  }
}

/** The first series' values by time. */
function valuesOf(
  store: Parameters<typeof rangeQuery>[0],
  expr: Condition['left'],
  range: { start: number; end: number; step: number },
) {
  const [series] = rangeQuery(store, expr, range).series
  return new Map(
    series === undefined ? [] : [...series.times].map((time, index) => [time, series.values[index]!]),
  )
}

function holds({ operator }: Condition, value: number | undefined, limit: number | undefined): boolean {
  if (value === undefined || limit === undefined) return false
  if (operator === '>') return value > limit
  if (operator === '>=') return value >= limit
  return operator === '<' ? value < limit : value <= limit
}
