/**
 * Runs rules over the series of one scenario, with the evaluator that the lab itself uses, column by column. What
 * several policies record alike is recorded once, and what no alert reads is not recorded at all.
 */
import { keyOf, type Labels } from '../../engines/labels.ts'
import type { QueryOptions } from '../../engines/promql/engine/results.ts'
import { nodesOf } from '../../engines/promql/language/ast.ts'
import type { AlertState } from '../../engines/promql/rules/alerts.ts'
import { readsItself, stretches } from '../../engines/promql/rules/dependencies.ts'
import { createEvaluator } from '../../engines/promql/rules/evaluate.ts'
import type { AlertingRule, Rule, RuleGroup } from '../../engines/promql/rules/groups.ts'
import { type ColumnData, type ColumnStore, createColumnStore, type InputSeries } from './column-store.ts'

/** One alert from the time its condition began to hold; times are milliseconds, and undefined where it did not come. */
export interface Firing {
  alert: string
  labels: Record<string, string>
  activeAt: number
  firedAt: number | undefined
  /** Of a pending alert, when it was dropped. */
  resolvedAt: number | undefined
}

export interface Simulation {
  firings: Firing[]
  store: ColumnStore
  /** Rules that failed somewhere, with the first failure. */
  errors: string[]
}

interface Run {
  /** Milliseconds; 0 unless said otherwise. */
  start?: number
  end: number
  /** Of groups that name no interval. */
  interval: number
  query?: QueryOptions
}

/** What has been recorded over one scenario's series, by what was asked; kept from policy to policy. */
export type Recorded = Map<string, { labels: Labels; data: ColumnData }[]>

export function simulate(
  groups: readonly RuleGroup[],
  inputs: readonly InputSeries[],
  { start = 0, end, interval, query = {} }: Run,
  recorded: Recorded = new Map(),
): Simulation {
  const store = createColumnStore(inputs)
  const firings: Firing[] = []
  const errors: string[] = []
  const open = new Map<string, Firing>()
  const rules = groups.flatMap(group => group.rules.map(rule => ({ group, rule })))
  const needed = neededRules(rules.map(({ rule }) => rule))
  const keys = new Map<string, string[]>()
  for (const stretch of stretches(rules.filter(({ rule }) => needed.has(rule)))) {
    const [first] = stretch
    const key = stretch.length === 1 ? keyOfRule(first!.group, first!.rule, interval, keys) : undefined
    const known = key === undefined ? undefined : recorded.get(key)
    if (known !== undefined) {
      for (const { labels, data } of known) store.adopt(labels, data)
      continue
    }
    const evaluator = createEvaluator(partsOf(stretch), store, {
      interval,
      query: { ...query, limits: { samples: 1e12, milliseconds: 600_000, ...query.limits } },
      onTransition: ({ time, from, alert }) => note(open, firings, alert, from, time),
    })
    evaluator.runRange(start, end)
    for (const { rule, firstError } of evaluator.status())
      if (firstError !== undefined) errors.push(`${rule.name}: ${firstError.message}`)
    const written = store.written()
    if (key !== undefined) recorded.set(key, written)
  }
  for (const rest of open.values()) firings.push(rest)
  return { firings: firings.toSorted((a, b) => a.activeAt - b.activeAt), store, errors }
}

/** Rules of one stretch, in groups as they were. */
function partsOf(stretch: readonly { group: RuleGroup; rule: Rule }[]): RuleGroup[] {
  return [...new Set(stretch.map(({ group }) => group))].map(group => ({
    ...group,
    rules: stretch.filter(each => each.group === group).map(({ rule }) => rule),
  }))
}

function note(
  open: Map<string, Firing>,
  firings: Firing[],
  alert: Readonly<{
    rule: AlertingRule
    labels: Labels
    state: AlertState
    activeAt: number
    firedAt: number | undefined
  }>,
  from: AlertState,
  time: number,
): void {
  const key = `${alert.rule.line} ${alert.rule.query} ${keyOf(alert.labels)}`
  if (from === 'inactive') {
    open.set(key, {
      alert: alert.rule.name,
      labels: Object.fromEntries(alert.labels),
      activeAt: alert.activeAt,
      firedAt: alert.state === 'firing' ? time : undefined,
      resolvedAt: undefined,
    })
    return
  }
  const firing = open.get(key)
  if (firing === undefined) return
  if (alert.state === 'firing') firing.firedAt = time
  else {
    firings.push({ ...firing, resolvedAt: time })
    open.delete(key)
  }
}

/** Alerts, and the recordings they read, those that these read, and so on. */
function neededRules(rules: readonly Rule[]): Set<Rule> {
  const needed = new Set<Rule>()
  const visit = (rule: Rule) => {
    if (needed.has(rule)) return
    needed.add(rule)
    const names = namesReadBy(rule)
    for (const other of rules)
      if (other.kind === 'recording' && (names === undefined || names.has(other.name))) visit(other)
  }
  for (const rule of rules) if (rule.kind === 'alerting') visit(rule)
  return needed
}

/** Undefined where it may read anything. */
function namesReadBy(rule: Rule): Set<string> | undefined {
  if (
    rule.kind === 'alerting' &&
    [...rule.labelTemplates, ...rule.annotationTemplates].some(({ template }) => template.usesQuery)
  )
    return undefined
  const names = new Set<string>()
  for (const node of nodesOf(rule.expr)) {
    if (node.kind !== 'selector') continue
    const name = node.matchers.find(matcher => matcher.name === '__name__' && matcher.operator === '=')
    if (name === undefined) return undefined
    names.add(name.value)
  }
  return names
}

/** The rule as asked, with the keys of the rules it reads; undefined for what must not be handed on. */
function keyOfRule(
  group: RuleGroup,
  rule: Rule,
  interval: number,
  keys: Map<string, string[]>,
): string | undefined {
  const names = namesReadBy(rule)
  if (rule.kind === 'alerting' || names === undefined || readsItself(rule) || group.limit > 0) {
    if (rule.kind === 'recording') keys.set(rule.name, [...(keys.get(rule.name) ?? []), `alone ${alone++}`])
    return undefined
  }
  const read = [...names].toSorted().flatMap(name => keys.get(name) ?? [])
  const labels = [...rule.labels].flat().join('\xff')
  const key = [rule.name, rule.query, labels, group.interval ?? interval, group.queryOffset, ...read].join(
    '\xfe',
  )
  keys.set(rule.name, [...(keys.get(rule.name) ?? []), shortKey(key)])
  return key
}

/** Keys contain keys, so each is replaced by a number that stands for it. */
function shortKey(key: string): string {
  const known = numbers.get(key)
  if (known !== undefined) return known
  const number = `#${numbers.size}`
  numbers.set(key, number)
  return number
}

const numbers = new Map<string, string>()
let alone = 0
