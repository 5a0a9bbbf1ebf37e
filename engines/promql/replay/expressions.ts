/** What test tools ask of a query's tree: its parts, and the same query asked at another time. */

import type { PromqlFunction } from '../engine/functions/function.ts'
import { functions } from '../engine/functions/table.ts'
import { childrenOf, type Expr, nodesOf, type VectorSelector, withChildren } from '../language/ast.ts'

export function selectorsOf(expression: Expr): VectorSelector[] {
  return [...nodesOf(expression)].filter(node => node.kind === 'selector')
}

/** The same query with every selector held `@ time`, so that it answers alike whenever it is asked. */
export function pinned(expression: Expr, time: number): Expr {
  switch (expression.kind) {
    case 'selector':
    case 'subquery':
      if (expression.shift.at?.kind === 'time') return expression
      return { ...expression, shift: { ...expression.shift, at: { kind: 'time', time } } }
    case 'range':
      return { ...expression, selector: pinned(expression.selector, time) as VectorSelector }
    default:
      return withChildren(
        expression,
        childrenOf(expression).map(child => pinned(child, time)),
      )
  }
}

/** Not what answers by the time it is asked at, also when all that it reads is pinned. */
export function canPin(expression: Expr): boolean {
  return ![...nodesOf(expression)].some(node => node.kind === 'call' && varies(functions.get(node.name)!))
}

const varies = ({ variesWithTime, variesWithQuery }: PromqlFunction) => variesWithTime || variesWithQuery
