/** Aggregations that take one series after the other, so that a group of any size needs a few columns. */

import { lostAfter } from '../sum.ts'
import { type Column, eachColumn, type Grid, newColumn, unlessEmpty, type VectorSeries } from './grid.ts'

export type Fold = (members: readonly VectorSeries[], grid: Grid) => Column | undefined

export const folds = {
  sum,
  avg,
  count,
  group: foldOf(
    () => 1,
    () => 1,
  ),
  min: foldOf(
    first => first,
    (least, value) => (least > value || Number.isNaN(least) ? value : least),
  ),
  max: foldOf(
    first => first,
    (most, value) => (most < value || Number.isNaN(most) ? value : most),
  ),
  stdvar: (members, grid) => variance(members, grid),
  stddev: (members, grid) => variance(members, grid, Math.sqrt),
} satisfies { [operator: string]: Fold }

function foldOf(start: (value: number) => number, step: (result: number, value: number) => number): Fold {
  return (members, grid) => {
    const { values: result, present: seen } = newColumn(grid.count)
    for (const {
      column: { values, present },
    } of eachColumn(members))
      for (let i = 0; i < grid.count; i++) {
        if (present[i] === 0) continue
        result[i] = seen[i] === 0 ? start(values[i]!) : step(result[i]!, values[i]!)
        seen[i] = 1
      }
    return unlessEmpty({ values: result, present: seen })
  }
}

/** Neumaier's sum, written over the first column. */
function sum(members: readonly VectorSeries[], grid: Grid): Column | undefined {
  let total: Column | undefined
  let lost: Float64Array | undefined
  for (const { column } of eachColumn(members))
    if (total === undefined) total = column
    else {
      lost ??= new Float64Array(grid.count)
      addColumn(total, column, lost)
    }
  if (total === undefined) return undefined
  const { values } = total
  // Adding nothing makes 0 of -0, as it does in Prometheus.
  for (let i = 0; i < grid.count; i++) values[i]! += lost === undefined ? 0 : lost[i]!
  return unlessEmpty(total)
}

function addColumn(
  { values: sums, present: seen }: Column,
  { values, present }: Column,
  lost: Float64Array,
): void {
  for (let i = 0; i < values.length; i++) {
    if (present[i] === 0) continue
    const value = values[i]!
    if (seen[i] === 0) {
      seen[i] = 1
      sums[i] = value
      continue
    }
    const next = sums[i]! + value
    lost[i] = lostAfter(lost[i]!, sums[i]!, value, next)
    sums[i] = next
  }
}

/** As a sum until it would overflow, from then on as a mean updated value by value. */
function avg(members: readonly VectorSeries[], grid: Grid): Column | undefined {
  const { values: sums, present: seen } = newColumn(grid.count)
  const lost = new Float64Array(grid.count)
  const counts = new Float64Array(grid.count)
  const isMean = new Uint8Array(grid.count)
  for (const {
    column: { values, present },
  } of eachColumn(members))
    for (let i = 0; i < grid.count; i++) {
      if (present[i] === 0) continue
      const count = ++counts[i]!
      let value = values[i]!
      if (count === 1) {
        seen[i] = 1
        sums[i] = value
        continue
      }
      if (isMean[i] === 0 && Math.abs(sums[i]! + value) === Infinity) {
        isMean[i] = 1
        sums[i]! /= count - 1
        lost[i]! /= count - 1
      }
      if (isMean[i] === 1) {
        const share = (count - 1) / count
        sums[i]! *= share
        lost[i]! *= share
        value /= count
      }
      const next = sums[i]! + value
      lost[i] = lostAfter(lost[i]!, sums[i]!, value, next)
      sums[i] = next
    }
  for (let i = 0; i < grid.count; i++)
    sums[i] = isMean[i] === 1 ? sums[i]! + lost[i]! : sums[i]! / counts[i]! + lost[i]! / counts[i]!
  return unlessEmpty({ values: sums, present: seen })
}

function count(members: readonly VectorSeries[], grid: Grid): Column | undefined {
  const { values: counts, present: seen } = newColumn(grid.count)
  for (const {
    column: { present },
  } of eachColumn(members))
    for (let i = 0; i < grid.count; i++) {
      counts[i]! += present[i]!
      seen[i]! |= present[i]!
    }
  return unlessEmpty({ values: counts, present: seen })
}

/** Welford's algorithm, without compensation, as Prometheus does across series. */
function variance(
  members: readonly VectorSeries[],
  grid: Grid,
  finish: (variance: number) => number = value => value,
): Column | undefined {
  const { values: squares, present: seen } = newColumn(grid.count)
  const means = new Float64Array(grid.count)
  const counts = new Float64Array(grid.count)
  for (const {
    column: { values, present },
  } of eachColumn(members))
    for (let i = 0; i < grid.count; i++) {
      if (present[i] === 0) continue
      const value = values[i]!
      const count = ++counts[i]!
      if (count === 1) {
        seen[i] = 1
        means[i] = value
        squares[i] = Number.isFinite(value) ? 0 : Number.NaN
        continue
      }
      const delta = value - means[i]!
      means[i]! += delta / count
      squares[i]! += delta * (value - means[i]!)
    }
  for (let i = 0; i < grid.count; i++) squares[i] = finish(squares[i]! / counts[i]!)
  return unlessEmpty({ values: squares, present: seen })
}
