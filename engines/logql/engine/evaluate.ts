/** Evaluates metric queries, node by node, over all steps at once. */

import { compileRegex, expandTemplate } from '../../regex/regex.ts'
import { newColumn } from '../../vectors/grid.ts'
import type { LabelReplace, MetricExpr } from '../language/ast.ts'
import { betweenRows, withNumber } from './binary.ts'
import { rangeAggregation } from './range-aggregation.ts'
import { labelSet, type Row, type Run, withoutEmpty } from './rows.ts'
import { vectorAggregation } from './vector-aggregation.ts'

const groupedAtSource: ReadonlySet<string> = new Set([
  'bytes_over_time',
  'bytes_rate',
  'sum_over_time',
  'rate',
  'count_over_time',
])

export function evaluate(run: Run, expr: MetricExpr): Row[] {
  switch (expr.kind) {
    case 'number':
    case 'vector': {
      const column = newColumn(run.grid.count)
      const isRounded = expr.kind === 'vector' && run.semantics === '3.7'
      column.values.fill(isRounded ? Number(expr.value.toFixed(6)) : expr.value)
      column.present.fill(1)
      return [{ ...labelSet([]), column }]
    }
    case 'range':
      return rangeAggregation(run, expr, undefined)
    case 'aggregation': {
      const { inner, operator, grouping } = expr
      // These add up, so lines go into the groups of the sum right away, without a series for each set of labels.
      const isMerged = operator === 'sum' && inner.kind === 'range' && groupedAtSource.has(inner.operator)
      const rows = isMerged ? rangeAggregation(run, inner, grouping) : evaluate(run, inner)
      return vectorAggregation(run, expr, rows)
    }
    case 'label_replace':
      return labelReplace(expr, evaluate(run, expr.inner))
    case 'binary': {
      const { left, right } = expr
      if (left.kind === 'number') return withNumber(expr, evaluate(run, right), left.value, 'left')
      if (right.kind === 'number') return withNumber(expr, evaluate(run, left), right.value, 'right')
      return betweenRows(run, expr, evaluate(run, left), evaluate(run, right))
    }
  }
}

function labelReplace({ target, replacement, source, pattern }: LabelReplace, rows: readonly Row[]): Row[] {
  const regex = compileRegex(pattern)
  return rows.map(row => {
    const match = regex.exec(row.labels.get(source) ?? '')
    if (match === undefined) return row
    const value = expandTemplate(replacement, match)
    const pairs = new Map(withoutEmpty(row.labels))
    pairs.delete(target)
    if (value !== '') pairs.set(target, value)
    return { ...labelSet(pairs), column: row.column }
  })
}
