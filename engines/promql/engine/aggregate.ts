import type { Aggregation } from '../language/ast.ts'
import type { Column, Grid, VectorSeries } from './column.ts'
import { newColumn, unlessEmpty } from './column.ts'
import { countValues } from './count-values.ts'
import { scalarAt, vectorAt } from './evaluate.ts'
import { folds } from './folds.ts'
import { groupBy, groupLabels } from './label-sets.ts'
import { larger, smaller } from './math.ts'
import { type NoteBook, warnOfQuantile } from './notes.ts'
import { sampleQuantile } from './quantile.ts'
import type { Run } from './run.ts'
import { topOrBottom } from './topk.ts'

export function aggregate(run: Run, expr: Aggregation, grid: Grid): readonly VectorSeries[] {
  const { operator, parameter, grouping, without } = expr
  if (operator === 'count_values') return countValues(run, expr, grid)
  const numbers = parameter === undefined ? undefined : scalarAt(run, parameter, grid)
  const series = vectorAt(run, expr.inner, grid)
  const groups = groupBy(series, labels => groupLabels(labels, !without, grouping))
  if (operator === 'topk' || operator === 'bottomk')
    return topOrBottom(run, operator, numbers!, series.length, [...groups.values()], grid)
  const columnOf = operator === 'quantile' ? quantileColumn(run.notes, numbers!) : folds[operator]
  return [...groups.values()].map(({ labels, members }) => ({
    labels,
    compute() {
      run.budget.spend(grid.count)
      return columnOf(members, grid)
    },
  }))
}

function quantileColumn(
  notes: NoteBook,
  quantiles: Float64Array,
): (members: readonly VectorSeries[], grid: Grid) => Column | undefined {
  if (quantiles.some(Number.isNaN)) warnOfQuantile(notes, Number.NaN)
  const [most, least] = [quantiles.reduce(larger, -Infinity), quantiles.reduce(smaller, Infinity)]
  if (most > 1) warnOfQuantile(notes, most)
  if (least < 0) warnOfQuantile(notes, least)
  return (members, grid) => {
    const columns = members.flatMap(({ compute }) => compute() ?? [])
    const result = newColumn(grid.count)
    const values = new Float64Array(columns.length)
    for (let i = 0; i < grid.count; i++) {
      let count = 0
      for (const column of columns) if (column.present[i] === 1) values[count++] = column.values[i]!
      if (count === 0) continue
      result.values[i] = sampleQuantile(quantiles[i]!, values.subarray(0, count))
      result.present[i] = 1
    }
    return unlessEmpty(result)
  }
}
