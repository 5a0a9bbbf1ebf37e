import { decimal } from '../../go/floats.ts'
import { keyOf, type Labels } from '../labels.ts'
import type { Aggregation } from '../language/ast.ts'
import { type Column, type Grid, newColumn, type VectorSeries } from './column.ts'
import { stringOf, vectorAt } from './evaluate.ts'
import { groupLabels, setLabels } from './label-sets.ts'
import { QueryError } from './result.ts'
import type { Run } from './run.ts'

/** A series per value that occurs; its steps are kept as a list, as there may be as many values as samples. */
interface Counted {
  labels: Labels
  steps: number[]
}

export function countValues(run: Run, expr: Aggregation, grid: Grid): VectorSeries[] {
  const label = stringOf(expr.parameter!)
  if (label === '') throw new QueryError('execution', 'invalid label name ""')
  const grouping = expr.without ? expr.grouping : [...expr.grouping, label]
  const found = new Map<string, Counted>()
  for (const { labels, compute } of vectorAt(run, expr.inner, grid)) {
    const column = compute()
    if (column === undefined) continue
    const countedOf = remember((value: string) => {
      const outcome = groupLabels(setLabels(labels, [[label, value]]), !expr.without, grouping)
      const key = keyOf(outcome)
      const known = found.get(key)
      if (known !== undefined) return known
      run.budget.addSeries(1)
      const counted: Counted = { labels: outcome, steps: [] }
      found.set(key, counted)
      return counted
    })
    run.budget.spend(grid.count)
    for (let i = 0; i < grid.count; i++)
      if (column.present[i] === 1) countedOf(decimal(column.values[i]!)).steps.push(i)
  }
  return [...found.values()].map(({ labels, steps }) => ({ labels, compute: () => columnOf(steps, grid) }))
}

function columnOf(steps: readonly number[], grid: Grid): Column {
  const column = newColumn(grid.count)
  for (const step of steps) {
    column.values[step]!++
    column.present[step] = 1
  }
  return column
}

function remember<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return key => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    known.set(key, made)
    return made
  }
}
