/** What a replay needs to know of the past: which series the rules read, and how far they look back. */

import { parse } from '../../engines/promql/engine/parse.ts'
import { type Expr, nodesOf, type VectorSelector } from '../../engines/promql/language/ast.ts'
import type { RuleGroup } from '../../engines/promql/rules/groups.ts'

export interface Needs {
  /** As queries, such as `http_requests_total{job="shop"}`. */
  selectors: string[]
  /** Milliseconds before its first evaluation that a rule reads, through all that it reads. */
  reach: number
}

const lookback = 300_000

/** `queries` are asked beside the rules. */
export function needsOf(groups: readonly RuleGroup[], queries: readonly string[]): Needs {
  const rules = groups.flatMap(group => group.rules)
  const recorded = new Map<string, Expr[]>()
  for (const rule of rules)
    if (rule.kind === 'recording') recorded.set(rule.name, [...(recorded.get(rule.name) ?? []), rule.expr])
  const asked = [...rules.map(({ expr }) => expr), ...queries.map(query => parse(query))]
  const selectors = asked.flatMap(expr =>
    [...nodesOf(expr)].filter(
      (node): node is VectorSelector => node.kind === 'selector' && !isOwn(nameOf(node), recorded),
    ),
  )
  const known = new Map<string, number>()
  return {
    selectors: widest(selectors.map(conditionsOf)),
    reach: Math.max(0, ...asked.map(expr => reachOf(expr, recorded, known))),
  }
}

function isOwn(name: string | undefined, recorded: ReadonlyMap<string, unknown>): boolean {
  return name !== undefined && (recorded.has(name) || name === 'ALERTS' || name === 'ALERTS_FOR_STATE')
}

function nameOf({ matchers }: VectorSelector): string | undefined {
  return matchers.find(({ name, operator }) => name === '__name__' && operator === '=')?.value
}

function conditionsOf({ matchers }: VectorSelector): string[] {
  return matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`).toSorted()
}

/** What asks for the same and more is among what is fetched anyway. */
function widest(all: readonly (readonly string[])[]): string[] {
  const wide = all.filter(
    own => !all.some(other => other.length < own.length && other.every(each => own.includes(each))),
  )
  return [...new Set(wide.map(conditions => `{${conditions.join(',')}}`))].toSorted()
}

function reachOf(expr: Expr, recorded: ReadonlyMap<string, Expr[]>, known: Map<string, number>): number {
  switch (expr.kind) {
    case 'range':
      return expr.range + reachOf(expr.selector, recorded, known)
    case 'subquery':
      return expr.range + Math.max(0, expr.shift.offset) + reachOf(expr.inner, recorded, known)
    case 'selector': {
      const name = nameOf(expr)
      const own = lookback + Math.max(0, expr.shift.offset)
      if (name === undefined || !recorded.has(name)) return own
      if (!known.has(name)) {
        // What reads itself reaches as far as it is let; once through it is enough to begin with.
        known.set(name, 0)
        known.set(name, Math.max(...recorded.get(name)!.map(each => reachOf(each, recorded, known))))
      }
      return own + known.get(name)!
    }
    default:
      return Math.max(0, ...childrenIn(expr).map(child => reachOf(child, recorded, known)))
  }
}

function childrenIn(expr: Expr): Expr[] {
  const [, ...rest] = nodesOf(expr)
  return rest.filter(node => node.kind === 'range' || node.kind === 'subquery' || node.kind === 'selector')
}
