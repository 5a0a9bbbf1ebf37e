import type { Subquery } from '../language/ast.ts'
import type { Column, Grid } from './column.ts'
import { vectorAt } from './evaluate.ts'
import type { Run } from './run.ts'
import type { PlainSamples, WindowSeries } from './selectors.ts'

/**
 * Evaluates the inner expression at the multiples of the step within [from, to], whatever the outer grid: so that a
 * window has the same points in every query.
 */
export function evaluateSubquery(run: Run, subquery: Subquery, from: number, to: number): WindowSeries[] {
  const step = subquery.step ?? run.subqueryStep
  const start = Math.ceil(from / step) * step
  const count = Math.floor((to - start) / step) + 1
  if (count < 1) return []
  run.budget.layOut(count)
  const grid = { start, step, count }
  return vectorAt(run, subquery.inner, grid).map(({ labels, compute }) => ({
    labels,
    read: () => samplesOf(compute(), grid),
  }))
}

function samplesOf(column: Column | undefined, grid: Grid): PlainSamples {
  const times = new Float64Array(column === undefined ? 0 : grid.count)
  const samples = { times, values: column?.values ?? times, length: 0 }
  if (column === undefined) return samples
  for (let i = 0; i < grid.count; i++) {
    if (column.present[i] === 0) continue
    times[samples.length] = grid.start + i * grid.step
    samples.values[samples.length] = samples.values[i]!
    samples.length++
  }
  return samples
}
