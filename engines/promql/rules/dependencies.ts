import { metricName } from '../../labels.ts'
import type { LabelMatcher } from '../../matchers.ts'
import { predicateOf } from '../../matchers.ts'
import { functions } from '../engine/functions/table.ts'
import { hasDurationExpr } from '../engine/resolve-durations.ts'
import { childrenOf, type Expr, nodesOf, type TimeShift } from '../language/ast.ts'
import type { RuleState } from './evaluate-rule.ts'
import type { Rule } from './groups.ts'

/**
 * Parts the rules into stretches that can be evaluated one after the other over a whole range. A stretch of several
 * rules has to be ticked through together: one of them reads what it or a later one writes, or what an earlier one has
 * not yet written then, or two may write the same series.
 */
export function stretches<T extends Pick<RuleState, 'rule' | 'group'>>(ruleStates: readonly T[]): T[][] {
  const outputs = ruleStates.map(({ rule }) => outputsOf(rule))
  const reads = ruleStates.map(({ rule }) => readsOf(rule))
  /** For each rule the last one it has to be ticked with. */
  const reach = ruleStates.map((_, index) => index)
  const tie = (a: number, b: number) => {
    const low = Math.min(a, b)
    reach[low] = Math.max(reach[low]!, a, b)
  }
  for (const [reader, { group }] of ruleStates.entries())
    for (const [writer, { group: other }] of ruleStates.entries()) {
      const isBehind = (read: Read) => group.queryOffset + read.shift >= other.queryOffset
      const ties = reads[reader]!.some(
        read =>
          outputs[writer]!.some(output => mayRead(read, output)) && (writer >= reader || !isBehind(read)),
      )
      if (ties && writer !== reader) tie(reader, writer)
      else if (writer > reader && outputs[reader]!.some(a => outputs[writer]!.some(b => mayCollide(a, b))))
        tie(reader, writer)
    }
  const parts: T[][] = []
  for (let from = 0; from < ruleStates.length; ) {
    let to = from
    for (let index = from; index <= to; index++) to = Math.max(to, reach[index]!)
    parts.push(ruleStates.slice(from, to + 1))
    from = to + 1
  }
  return parts
}

/** Whether a rule reads what it wrote itself, so that each step needs the one before. */
export function readsItself(rule: Rule): boolean {
  const outputs = outputsOf(rule)
  return readsOf(rule).some(read => outputs.some(output => mayRead(read, output)))
}

/** Whether a query answers otherwise as a step of a range, as with `@ end()`, `step()` and `[range() / 2]`. */
export function readsRange(expr: Expr): boolean {
  const isRange = (node: Expr) =>
    ('shift' in node && node.shift.at !== undefined && node.shift.at.kind !== 'time') ||
    (node.kind === 'call' && functions.get(node.name)!.variesWithQuery)
  return hasDurationExpr(expr) || [...nodesOf(expr)].some(isRange)
}

/** A selector and how far behind the evaluation it looks at least. */
interface Read {
  matchers: readonly LabelMatcher[]
  shift: number
}

/** Series a rule may write: its name, and the labels that are the same in all of them. */
interface Output {
  labels: ReadonlyMap<string, string>
}

function readsOf(rule: Rule): Read[] {
  if (rule.kind === 'alerting') {
    const templates = [...rule.labelTemplates, ...rule.annotationTemplates]
    if (templates.some(({ template }) => template.usesQuery))
      return [{ matchers: [], shift: Number.NEGATIVE_INFINITY }]
  }
  return selectorReads(rule.expr, 0)
}

function selectorReads(expr: Expr, shift: number): Read[] {
  if (expr.kind === 'selector') return [{ matchers: expr.matchers, shift: shift + shiftOf(expr.shift) }]
  const inner = expr.kind === 'subquery' ? shift + shiftOf(expr.shift) : shift
  return childrenOf(expr).flatMap(child => selectorReads(child, inner))
}

/** A fixed time may lie in the future of a step, and so may an offset that is computed when the query is asked. */
function shiftOf({ at, offset, offsetExpr }: TimeShift): number {
  return at === undefined && offsetExpr === undefined ? offset : Number.NEGATIVE_INFINITY
}

function outputsOf(rule: Rule): Output[] {
  if (rule.kind === 'recording') return [{ labels: new Map([...rule.labels, [metricName, rule.name]]) }]
  const fixed = rule.labelTemplates
    .filter(({ template }) => template.isPlain && template.text !== '')
    .map(({ name, template }) => [name, template.text] as const)
  return ['ALERTS', 'ALERTS_FOR_STATE'].map(name => ({
    labels: new Map([...fixed, ['alertname', rule.name], [metricName, name]]),
  }))
}

function mayRead({ matchers }: Read, { labels }: Output): boolean {
  return matchers.every(matcher => {
    const value = labels.get(matcher.name)
    return value === undefined || predicateOf(matcher)(value)
  })
}

function mayCollide(a: Output, b: Output): boolean {
  return [...a.labels].every(([name, value]) => !b.labels.has(name) || b.labels.get(name) === value)
}
