import { goFloat } from '../../go/floats.ts'
import { groupBy, groupLabels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { countValues } from '../../vectors/count-values.ts'
import { folds } from '../../vectors/folds.ts'
import type { Grid, VectorSeries } from '../../vectors/grid.ts'
import { limitCount, limitRatio } from '../../vectors/limit.ts'
import { quantileFold } from '../../vectors/quantile.ts'
import { topOrBottom } from '../../vectors/topk.ts'
import type { Aggregation } from '../language/ast.ts'
import { type Evaluation, scalarAt, stringOf, vectorAt } from './evaluation.ts'
import { larger, smaller } from './functions/math.ts'
import { type NoteBook, warnOfQuantile, warnOfRatio } from './notes.ts'

export function aggregate(evaluation: Evaluation, expr: Aggregation, grid: Grid): readonly VectorSeries[] {
  const { operator, parameter, grouping, without, inner } = expr
  const { budget, notes, semantics } = evaluation
  if (operator === 'count_values')
    return countValues(budget, expr, stringOf(parameter!), vectorAt(evaluation, inner, grid), grid)
  const numbers = parameter === undefined ? undefined : scalarAt(evaluation, parameter, grid)
  const series = vectorAt(evaluation, inner, grid)
  const groups = [...groupBy(series, labels => groupLabels(labels, !without, grouping)).values()]
  if (operator === 'topk' || operator === 'bottomk') {
    if (semantics === 'prometheus-3' && numbers!.some(size => !(size < 1))) refuseSizes(numbers!)
    return topOrBottom(budget, { operator, isOld: semantics === 'prometheus-2' }, numbers!, groups, grid)
  }
  if (operator === 'limitk') {
    if (numbers!.some(size => !(size < 1))) refuseSizes(numbers!)
    return limitCount(numbers!, groups, grid)
  }
  if (operator === 'limit_ratio') {
    checkRatios(notes, numbers!)
    return limitRatio(numbers!, series)
  }
  if (operator === 'quantile') warnOfQuantiles(notes, numbers!)
  const columnOf = operator === 'quantile' ? quantileFold(numbers!) : folds[operator]
  return groups.map(({ labels, members }) => ({
    labels,
    compute() {
      budget.spend(grid.count)
      return columnOf(members, grid)
    },
  }))
}

function refuseSizes(sizes: Float64Array): void {
  if (sizes.some(Number.isNaN)) throw new QueryError('execution', 'Parameter value is NaN')
  const [least, most] = [sizes.reduce(smaller, Infinity), sizes.reduce(larger, -Infinity)]
  if (least <= -(2 ** 63))
    throw new QueryError('execution', `Scalar value ${goFloat(least)} underflows int64`)
  if (most >= 2 ** 63) throw new QueryError('execution', `Scalar value ${goFloat(most)} overflows int64`)
}

function checkRatios(notes: NoteBook, ratios: Float64Array): void {
  if (ratios.some(Number.isNaN)) throw new QueryError('execution', 'Ratio value is NaN')
  const [least, most] = [ratios.reduce(smaller, 0), ratios.reduce(larger, 0)]
  if (most > 1) warnOfRatio(notes, most, 1)
  if (least < -1) warnOfRatio(notes, least, -1)
}

/** Of many wrong quantiles only the furthest are told. */
function warnOfQuantiles(notes: NoteBook, quantiles: Float64Array): void {
  if (quantiles.some(Number.isNaN)) warnOfQuantile(notes, Number.NaN)
  warnOfQuantile(notes, Math.max(1, quantiles.reduce(larger, -Infinity)))
  warnOfQuantile(notes, Math.min(0, quantiles.reduce(smaller, Infinity)))
}
