import type { ArithmeticOperator, Binary } from '../language/ast.ts'
import { calculate, compare, isComparison } from './arithmetic.ts'
import {
  type Column,
  dropName,
  type Grid,
  mapSeries,
  mergeEqual,
  type Value,
  type VectorSeries,
} from './column.ts'
import { evaluate } from './evaluate.ts'
import { matchVectors } from './matching.ts'
import type { Run } from './run.ts'
import { setOperation } from './set-operators.ts'

export function evaluateBinary(run: Run, expr: Binary, grid: Grid): Value {
  const left = evaluate(run, expr.left, grid)
  const right = evaluate(run, expr.right, grid)
  if (left.type === 'scalar' && right.type === 'scalar')
    return { type: 'scalar', values: ofScalars(expr, left.values, right.values) }
  if (left.type === 'scalar' && right.type === 'vector')
    return { type: 'vector', series: withScalar(expr, right.series, left.values, 'left') }
  if (left.type === 'vector' && right.type === 'scalar')
    return { type: 'vector', series: withScalar(expr, left.series, right.values, 'right') }
  if (left.type !== 'vector' || right.type !== 'vector')
    throw new Error('Cannot be: four cases are all there are')
  const series =
    expr.operator === 'and' || expr.operator === 'or' || expr.operator === 'unless'
      ? setOperation(expr.operator, expr.matching!, left.series, right.series, grid)
      : matchVectors(run, expr, left.series, right.series, grid)
  return { type: 'vector', series }
}

/** What the operator makes of a pair of columns, in place of `into`, one of the two or a new one. */
export function combine(
  expr: Binary,
  left: Float64Array,
  right: Float64Array,
  into: Column,
  kept: Float64Array,
) {
  const { operator, returnBool } = expr
  if (!isComparison(operator)) return calculate(operator as ArithmeticOperator, left, right, into.values)
  const holds = compare(operator, left, right)
  if (returnBool) into.values.set(holds)
  else {
    if (into.values !== kept) into.values.set(kept)
    for (let i = 0; i < holds.length; i++) into.present[i]! &= holds[i]!
  }
}

/** Whether the result is no longer the metric the series is named after. */
export function changesMetric({ operator, returnBool }: Binary): boolean {
  return returnBool || !isComparison(operator)
}

function ofScalars(expr: Binary, left: Float64Array, right: Float64Array): Float64Array {
  const { operator } = expr
  if (isComparison(operator)) return Float64Array.from(compare(operator, left, right))
  const values = new Float64Array(left.length)
  calculate(operator as ArithmeticOperator, left, right, values)
  return values
}

/** A comparison keeps the vector's value, whichever side it stands on. */
function withScalar(
  expr: Binary,
  series: readonly VectorSeries[],
  scalar: Float64Array,
  side: 'left' | 'right',
): readonly VectorSeries[] {
  const rename = changesMetric(expr) ? dropName : <T>(labels: T) => labels
  const combined = mapSeries(series, rename, column => {
    const { values } = column
    if (side === 'left') combine(expr, scalar, values, column, values)
    else combine(expr, values, scalar, column, values)
    return column.present.includes(1) ? column : undefined
  })
  return mergeEqual(combined, 'step')
}
