import { groupBy, groupLabels } from '../../labels.ts'
import { countValues } from '../../vectors/count-values.ts'
import { folds } from '../../vectors/folds.ts'
import type { Grid, VectorSeries } from '../../vectors/grid.ts'
import { quantileFold } from '../../vectors/quantile.ts'
import { topOrBottom } from '../../vectors/topk.ts'
import type { Aggregation } from '../language/ast.ts'
import { type Evaluation, scalarAt, stringOf, vectorAt } from './evaluation.ts'
import { larger, smaller } from './functions/math.ts'
import { type NoteBook, warnOfQuantile } from './notes.ts'

export function aggregate(evaluation: Evaluation, expr: Aggregation, grid: Grid): readonly VectorSeries[] {
  const { operator, parameter, grouping, without, inner } = expr
  const { budget, notes, semantics } = evaluation
  if (operator === 'count_values')
    return countValues(budget, expr, stringOf(parameter!), vectorAt(evaluation, inner, grid), grid)
  const numbers = parameter === undefined ? undefined : scalarAt(evaluation, parameter, grid)
  const series = vectorAt(evaluation, inner, grid)
  const groups = [...groupBy(series, labels => groupLabels(labels, !without, grouping)).values()]
  if (operator === 'topk' || operator === 'bottomk')
    return topOrBottom(budget, { operator, isOld: semantics === 'prometheus-2' }, numbers!, groups, grid)
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

/** Of many wrong quantiles only the furthest are told. */
function warnOfQuantiles(notes: NoteBook, quantiles: Float64Array): void {
  if (quantiles.some(Number.isNaN)) warnOfQuantile(notes, Number.NaN)
  warnOfQuantile(notes, Math.max(1, quantiles.reduce(larger, -Infinity)))
  warnOfQuantile(notes, Math.min(0, quantiles.reduce(smaller, Infinity)))
}
