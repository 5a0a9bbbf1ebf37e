import {
  dropName,
  type Grid,
  isScalar,
  mapSeries,
  mergeEqual,
  type Value,
  type VectorSeries,
} from './grid.ts'
import { type MatchContext, matchVectors } from './matching.ts'
import {
  type ArithmeticOperator,
  calculate,
  changesMetric,
  combine,
  compare,
  isComparison,
  isSetOperator,
  type Operation,
} from './operators.ts'
import { setOperation } from './set-operators.ts'

/** `left + on (job) right`, between scalars, vectors or one of each. */
export function binary(
  context: MatchContext,
  operation: Operation,
  left: Value,
  right: Value,
  grid: Grid,
): Value {
  const { operator, matching } = operation
  if (isScalar(left))
    return isScalar(right) ? ofScalars(operation, left, right) : withScalar(operation, right, left, 'left')
  if (isScalar(right)) return withScalar(operation, left, right, 'right')
  return isSetOperator(operator)
    ? setOperation(operator, matching!, left, right, grid)
    : matchVectors(context, operation, left, right, grid)
}

function ofScalars(operation: Operation, left: Float64Array, right: Float64Array): Float64Array {
  const { operator } = operation
  if (isComparison(operator)) return Float64Array.from(compare(operator, left, right))
  const values = new Float64Array(left.length)
  calculate(operator as ArithmeticOperator, left, right, values)
  return values
}

/** A comparison keeps the vector's value, whichever side it stands on. */
function withScalar(
  operation: Operation,
  series: readonly VectorSeries[],
  scalar: Float64Array,
  side: 'left' | 'right',
): readonly VectorSeries[] {
  const rename = changesMetric(operation) ? dropName : <T>(labels: T) => labels
  const combined = mapSeries(series, rename, column => {
    const { values } = column
    if (side === 'left') combine(operation, scalar, values, column, values)
    else combine(operation, values, scalar, column, values)
    return column.present.includes(1) ? column : undefined
  })
  return mergeEqual(combined, 'step')
}
