import type { Expr } from '../language/ast.ts'

/** Their results vary with the time of evaluation even if their arguments don't. */
const timely = new Set([
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'days_in_month',
  'hour',
  'minute',
  'month',
  'predict_linear',
  'time',
  'timestamp',
  'year',
])

/** The subtrees that have one value at all steps, because `@` pins every selector in them: evaluated once each. */
export function invariantParts(expr: Expr): ReadonlySet<Expr> {
  const found = new Set<Expr>()
  visit(expr, found)
  return found
}

function visit(expr: Expr, found: Set<Expr>): boolean {
  const isInvariant = isInvariantGiven(expr, inner => visit(inner, found))
  if (isInvariant) found.add(expr)
  return isInvariant
}

function isInvariantGiven(expr: Expr, below: (inner: Expr) => boolean): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true
    case 'selector':
      return expr.shift.at !== undefined
    case 'range':
      return below(expr.selector)
    case 'subquery':
      below(expr.inner)
      return expr.shift.at !== undefined
    case 'paren':
      return below(expr.inner)
    case 'unary':
      return below(expr.operand)
    case 'binary': {
      const left = below(expr.left)
      return below(expr.right) && left
    }
    case 'call': {
      const args = expr.args.map(below)
      return !timely.has(expr.name) && args.every(Boolean)
    }
    case 'aggregation':
      if (expr.parameter !== undefined) below(expr.parameter)
      return below(expr.inner)
  }
}
