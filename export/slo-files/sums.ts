/** `sum(rate(metric{…}[window]))`, and which events of a total such a sum picks. */

import type { CountedSli, Selection } from '../../alerts/objectives.ts'
import type { Matcher } from '../../contract/expr.ts'
import { allMetrics } from '../../contract/shop-signals.ts'
import type { Expr } from '../../engines/promql/language/ast.ts'
import type { Metric } from '../../otel/signals.ts'

export interface Sum {
  name: string
  matchers: readonly { name: string; operator: Matcher['operator']; value: string }[]
  grouping: readonly string[]
}

/** Counters of OpenSLO stand without a rate. */
export function sumOf(expr: Expr): Sum | undefined {
  if (expr.kind !== 'aggregation' || expr.operator !== 'sum' || expr.without) return undefined
  const inner = expr.inner.kind === 'paren' ? expr.inner.inner : expr.inner
  const ranged =
    inner.kind === 'call' && ['rate', 'increase'].includes(inner.name) ? inner.args[0]! : undefined
  const selector = ranged?.kind === 'range' ? ranged.selector : inner
  if (selector.kind !== 'selector') return undefined
  return sumOfSelector(selector, expr.grouping)
}

export function sumOfSelector(expr: Expr, grouping: readonly string[]): Sum | undefined {
  if (expr.kind !== 'selector' || expr.name === undefined) return undefined
  if (expr.shift.offset !== 0 || expr.shift.at !== undefined) return undefined
  const matchers = expr.matchers.filter(({ name }) => name !== '__name__')
  // A label with two conditions has no place in a selection.
  if (new Set(matchers.map(({ name }) => name)).size < matchers.length) return undefined
  return { name: expr.name, matchers, grouping: grouping.toSorted() }
}

export function countedOf(all: Sum, part: Sum, kind: 'good' | 'bad'): CountedSli | undefined {
  const bound = kind === 'good' ? boundOf(part) : undefined
  if (bound !== undefined) return latency(all, part, bound)
  const total = selectionOf(all, [part])
  if (kind === 'good') {
    const failed = part.name === all.name ? othersThan(total, conditionsOf(part.matchers)) : undefined
    return failed && { kind: 'availability', total, failed }
  }
  return { kind: part.name === all.name ? 'availability' : 'ratio', total, failed: selectionOf(part, [all]) }
}

/** One bucket of the total and no more or less than that. */
function latency(all: Sum, part: Sum, threshold: number): CountedSli | undefined {
  const name = all.name.replace(/_count$/, '')
  const others = part.matchers.filter(matcher => matcher.name !== 'le')
  const [mine, theirs] = [conditionsOf(all.matchers), conditionsOf(others)]
  const isOfTotal =
    part.name === `${name}_bucket` &&
    all.name === `${name}_count` &&
    beyond(mine, theirs).length === 0 &&
    beyond(theirs, mine).length === 0
  if (!isOfTotal) return undefined
  const total = selectionOf(all, [], threshold)
  return { kind: 'latency', total, threshold }
}

function boundOf({ matchers }: Sum): number | undefined {
  const bound = matchers.find(({ name }) => name === 'le')
  if (bound === undefined) return undefined
  const value = Number(bound.value.replace(/\(\\+\.0\)\?$/, ''))
  return Number.isFinite(value) ? value : undefined
}

const opposite = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const

/** Where good events are those of the total that match one thing more, the others have failed. */
function othersThan(total: Selection, good: Conditions): Selection | undefined {
  const [extra, ...others] = beyond(total.where, good)
  if (beyond(good, total.where).length > 0 || extra === undefined || others.length > 0) return undefined
  const [label, condition] = extra
  if (label in total.where) return undefined
  const { operator, value } =
    typeof condition === 'string' ? { operator: '=' as const, value: condition } : condition
  return { metric: total.metric, where: { ...total.where, [label]: { operator: opposite[operator], value } } }
}

/** Of our own metrics what is known of them, of others what the queries say. */
function selectionOf(sum: Sum, others: readonly Sum[], threshold?: number): Selection {
  const where = conditionsOf(sum.matchers)
  const labels = [sum, ...others].flatMap(({ matchers, grouping }) => [
    ...matchers.map(({ name }) => name),
    ...grouping,
  ])
  const ours = allMetrics.find(
    each => sum.name === (each.kind === 'histogram' ? `${each.name}_count` : each.name),
  )
  const isKnown = (label: string) => ['job', 'instance', ...Object.keys(ours?.labels ?? {})].includes(label)
  const hasBucket = threshold === undefined || ours?.buckets?.includes(threshold)
  if (ours !== undefined && hasBucket && labels.every(isKnown)) return { metric: ours, where }
  return { metric: foreignMetric(sum.name, labels, threshold), where }
}

function foreignMetric(name: string, labels: readonly string[], threshold: number | undefined): Metric {
  const shared = {
    unit: 'count',
    purpose: 'red',
    help: 'as another tool’s file names it',
    labels: Object.fromEntries(
      labels.filter(label => label !== 'le').map(label => [label, 'as the file names it']),
    ),
  } as const
  if (threshold === undefined) return { ...shared, kind: 'counter', name }
  return { ...shared, kind: 'histogram', name: name.replace(/_count$/, ''), buckets: [threshold] }
}

type Conditions = Selection['where']

/** The conditions that are not among the known ones. */
function beyond(known: Conditions, conditions: Conditions): [string, string | Matcher][] {
  const there = new Set(Object.entries(known).map(entry => JSON.stringify(entry)))
  return Object.entries(conditions).filter(entry => !there.has(JSON.stringify(entry)))
}

function conditionsOf(matchers: Sum['matchers']): Conditions {
  return Object.fromEntries(
    matchers.map(({ name, operator, value }): [string, string | Matcher] => [
      name,
      operator === '=' ? value : { operator, value },
    ]),
  )
}
