import type { Expr } from './ast.ts'

/** The parts of an expression, in the order they are written. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'paren':
    case 'subquery':
      return [expr.inner]
    case 'unary':
      return [expr.operand]
    case 'binary':
      return [expr.left, expr.right]
    case 'range':
      return [expr.selector]
    case 'call':
      return expr.args
    case 'aggregation':
      return expr.parameter === undefined ? [expr.inner] : [expr.parameter, expr.inner]
    default:
      return []
  }
}
