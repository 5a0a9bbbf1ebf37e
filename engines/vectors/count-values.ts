import type { Budget } from '../budget.ts'
import { decimal } from '../go/floats.ts'
import { groupLabels, keyOf, type Labels, setLabels } from '../labels.ts'
import { QueryError } from '../query-error.ts'
import { type Column, eachColumn, type Grid, newColumn, type VectorSeries } from './grid.ts'

/** A series per value that occurs; its steps are kept as a list, as there may be as many values as samples. */
interface Counted {
  labels: Labels
  steps: number[]
}

export function countValues(
  budget: Budget,
  { without, grouping: written }: { without: boolean; grouping: readonly string[] },
  label: string,
  series: readonly VectorSeries[],
  grid: Grid,
): VectorSeries[] {
  if (label === '') throw new QueryError('execution', 'invalid label name ""')
  const grouping = without ? written : [...written, label]
  const found = new Map<string, Counted>()
  for (const { labels, column } of eachColumn(series)) {
    const countedOf = remember((value: string) => {
      const outcome = groupLabels(setLabels(labels, [[label, value]]), !without, grouping)
      const key = keyOf(outcome)
      const known = found.get(key)
      if (known !== undefined) return known
      budget.addSeries(1)
      const counted: Counted = { labels: outcome, steps: [] }
      found.set(key, counted)
      return counted
    })
    budget.spend(grid.count)
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
