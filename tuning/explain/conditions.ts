/** What an alert's expression asks for, part by part, so that each part can be told how far from true it was. */
import { type Expr, withChildren } from '../../engines/promql/language/ast.ts'
import { print } from '../../engines/promql/language/print.ts'

export interface Condition {
  text: string
  left: Expr
  operator: '>' | '>=' | '<' | '<='
  right: Expr
}

/** The alternatives of which one must hold, each with the conditions that must hold together. */
export function alternativesOf(expr: Expr): Condition[][] {
  if (expr.kind === 'paren' || expr.kind === 'aggregation') return alternativesOf(expr.inner)
  if (expr.kind !== 'binary') return []
  const { operator, left, right } = expr
  if (operator === 'or') return [...alternativesOf(left), ...alternativesOf(right)]
  if (operator === 'and') {
    const [a, b] = [alternativesOf(left), alternativesOf(right)]
    if (a.length === 0) return b
    return b.length === 0 ? a : a.flatMap(one => b.map(other => [...one, ...other]))
  }
  if (operator === 'unless') return alternativesOf(left)
  if (operator === '>' || operator === '>=' || operator === '<' || operator === '<=')
    return [[{ text: print(expr), left, operator, right }]]
  // Arithmetic around a condition, as `(…) * 0.001` for a value that people understand.
  return [...alternativesOf(left), ...alternativesOf(right)]
}

/** The expression with the numbers it compares with made larger or smaller. */
export function withThresholds(expr: Expr, times: number): Expr {
  if (expr.kind === 'binary' && ['>', '>=', '<', '<='].includes(expr.operator)) {
    const right = scaled(expr.right, times)
    if (right !== undefined) return { ...expr, right }
  }
  if (expr.kind === 'paren') return { ...expr, inner: withThresholds(expr.inner, times) }
  if (expr.kind === 'aggregation') return { ...expr, inner: withThresholds(expr.inner, times) }
  if (expr.kind !== 'binary') return expr
  return withChildren(expr, [withThresholds(expr.left, times), withThresholds(expr.right, times)])
}

function scaled(expr: Expr, times: number): Expr | undefined {
  if (expr.kind === 'number') return { ...expr, value: expr.value * times }
  if (expr.kind === 'paren') {
    const inner = scaled(expr.inner, times)
    return inner === undefined ? undefined : { ...expr, inner }
  }
  if (expr.kind === 'binary' && expr.operator === '*') {
    const right = scaled(expr.right, times)
    return right === undefined ? undefined : { ...expr, right }
  }
  return undefined
}
