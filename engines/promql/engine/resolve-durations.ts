import { longestDuration } from '../../durations.ts'
import { QueryError } from '../../query-error.ts'
import { childrenOf, type DurationExpr, type Expr, nodesOf, withChildren } from '../language/ast.ts'

/** Whether the query has arithmetic on durations. */
export function hasDurationExpr(expr: Expr): boolean {
  return [...nodesOf(expr)].some(
    node =>
      'rangeExpr' in node || 'stepExpr' in node || ('shift' in node && node.shift.offsetExpr !== undefined),
  )
}

/** The tree with each duration computed; `step` and `range` are those of the query, in milliseconds. */
export function resolveDurations(expr: Expr, step: number, range: number): Expr {
  const resolved = (inner: Expr): Expr => {
    const node = withChildren(inner, childrenOf(inner).map(resolved))
    const computed = (written: number, duration: DurationExpr | undefined, isSigned = false) =>
      duration === undefined ? written : millisecondsOf(duration, isSigned)
    if (node.kind === 'range') return { ...node, range: computed(node.range, node.rangeExpr) }
    if (node.kind !== 'selector' && node.kind !== 'subquery') return node
    const shift = { ...node.shift, offset: computed(node.shift.offset, node.shift.offsetExpr, true) }
    if (node.kind === 'selector') return { ...node, shift }
    const every = node.stepExpr === undefined ? node.step : millisecondsOf(node.stepExpr, false)
    return { ...node, shift, range: computed(node.range, node.rangeExpr), step: every }
  }

  function millisecondsOf(duration: DurationExpr, isSigned: boolean): number {
    const seconds = secondsOf(duration)
    if (!Number.isFinite(seconds)) throw wrong('duration is NaN or infinite')
    if (seconds <= 0 && !isSigned) throw wrong('duration must be greater than 0')
    if (Math.abs(seconds * 1000) > longestDuration) throw wrong('duration is out of range')
    return Math.trunc(seconds * 1000)
  }

  function secondsOf(duration: DurationExpr): number {
    if (duration.kind === 'number') return duration.value
    const [left = 0, right] = duration.operands.map(secondsOf)
    switch (duration.operator) {
      case 'step':
        return step / 1000
      case 'range':
        return range / 1000
      case 'min_of':
        return Math.min(left, right!)
      case 'max_of':
        return Math.max(left, right!)
      case '+':
        return left + right!
      case '-':
        return right === undefined ? -left : left - right
      case '*':
        return left * right!
      case '/':
        if (right === 0) throw wrong('division by zero')
        return left / right!
      case '%':
        if (right === 0) throw wrong('modulo by zero')
        return left % right!
      case '^':
        return left ** right!
    }
  }

  return resolved(expr)
}

function wrong(what: string): QueryError {
  return new QueryError('execution', `Cannot compute a duration of the query: ${what}`)
}
