/** What test tools ask of a query's tree: its parts, and the same query asked at another time. */

import {
  type Aggregation,
  type Binary,
  type Call,
  childrenOf,
  type Expr,
  nodesOf,
  type VectorSelector,
} from '../language/ast.ts'

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

/** These answer by the time they are asked at, also when all that they read is pinned. */
const unpinnable = new Set(
  'days_in_month day_of_month day_of_week day_of_year hour minute month year predict_linear time timestamp'.split(
    ' ',
  ),
)

export function canPin(expression: Expr): boolean {
  return ![...nodesOf(expression)].some(node => node.kind === 'call' && unpinnable.has(node.name))
}

/** The node with other children, in the order of `childrenOf`. */
export function withChildren(expression: Expr, children: readonly Expr[]): Expr {
  const [first, second] = children
  switch (expression.kind) {
    case 'paren':
    case 'subquery':
      return { ...expression, inner: first! }
    case 'unary':
      return { ...expression, operand: first! }
    case 'binary':
      return { ...expression, left: first!, right: second! } satisfies Binary
    case 'call':
      return { ...expression, args: children } satisfies Call
    case 'aggregation':
      return (
        expression.parameter === undefined
          ? { ...expression, inner: first! }
          : { ...expression, parameter: first, inner: second! }
      ) satisfies Aggregation
    case 'range':
      return { ...expression, selector: first as VectorSelector }
    default:
      return expression
  }
}
