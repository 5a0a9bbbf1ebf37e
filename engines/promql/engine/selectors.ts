import type { Labels } from '../labels.ts'
import type { Expr, Subquery, VectorSelector } from '../language/ast.ts'
import type { Samples } from '../storage.ts'
import { type Column, type Grid, newColumn, unlessEmpty, type VectorSeries } from './column.ts'
import { type Gaze, gazeOf, type Run, reachOf } from './run.ts'
import { evaluateSubquery } from './subquery.ts'

/** At each step the latest sample within the lookback, unless it says that the series ended. */
export function instantVector(run: Run, selector: VectorSelector, grid: Grid): VectorSeries[] {
  const gaze = gazeOf(run, selector.shift, grid)
  return latest(run, selector, { gaze, looking: gaze }, grid, samples => samples.values)
}

/**
 * As `instantVector`, with the samples' own times, in seconds, in place of their values. Beside an `@` Prometheus reads
 * the samples the offset asks for, but then looks back from the `@` alone.
 */
export function instantTimes(run: Run, selector: VectorSelector, grid: Grid): VectorSeries[] {
  const gaze = gazeOf(run, selector.shift, grid)
  const looking = selector.shift.at === undefined ? gaze : gazeOf(run, { ...selector.shift, offset: 0 }, grid)
  const secondsOf = ({ times }: Samples) => times.map(time => time / 1000)
  return latest(run, selector, { gaze, looking }, grid, secondsOf)
}

/** Where a function over windows gets its samples from, and which windows. */
export interface WindowSource {
  range: number
  /** Where the windows end. */
  gaze: Gaze
  series: readonly WindowSeries[]
}

export interface WindowSeries {
  labels: Labels
  /** All samples of all the windows, none of them stale. */
  read(): PlainSamples
}

export interface PlainSamples {
  times: Float64Array
  values: Float64Array
  length: number
}

export function windowSource(run: Run, expr: Expr, grid: Grid): WindowSource {
  if (expr.kind === 'paren') return windowSource(run, expr.inner, grid)
  if (expr.kind === 'subquery') return subquerySource(run, expr, grid)
  if (expr.kind !== 'range') throw new Error(`Cannot read windows: expected a range, got a ${expr.kind}`)
  const gaze = gazeOf(run, expr.selector.shift, grid)
  const [from, to] = reach(run, gaze, grid, expr.range)
  const found = run.storage.select(expr.selector.matchers, from, to)
  run.budget.addSeries(found.length)
  const series = found.map(one => ({
    labels: one.labels,
    read() {
      const samples = one.read(from, to)
      run.budget.spend(samples.length)
      return withoutStale(samples)
    },
  }))
  return { range: expr.range, gaze, series }
}

function subquerySource(run: Run, subquery: Subquery, grid: Grid): WindowSource {
  const gaze = gazeOf(run, subquery.shift, grid)
  const [from, to] = reach(run, gaze, grid, subquery.range)
  return { range: subquery.range, gaze, series: evaluateSubquery(run, subquery, from, to) }
}

/** First and last millisecond that windows of this length look at over a grid. */
function reach(run: Run, gaze: Gaze, grid: Grid, length: number): [number, number] {
  const to = gaze.first + (grid.count - 1) * gaze.advance
  return [gaze.first - reachOf(run, length), to]
}

function latest(
  run: Run,
  selector: VectorSelector,
  { gaze, looking }: { gaze: Gaze; looking: Gaze },
  grid: Grid,
  pick: (samples: Samples) => Float64Array,
): VectorSeries[] {
  const [from, to] = reach(run, gaze, grid, run.lookback)
  const found = run.storage.select(selector.matchers, from, to)
  run.budget.addSeries(found.length)
  return found.map(series => ({
    labels: series.labels,
    compute() {
      const samples = series.read(from, to)
      run.budget.spend(samples.length + grid.count)
      return samples.length === 0 ? undefined : latestColumn(run, samples, pick(samples), looking, grid)
    },
  }))
}

function latestColumn(
  run: Run,
  samples: Samples,
  values: Float64Array,
  gaze: Gaze,
  grid: Grid,
): Column | undefined {
  const { times, stale, length } = samples
  const column = newColumn(grid.count)
  const oldest = reachOf(run, run.lookback)
  let next = 0
  for (let i = 0; i < grid.count; i++) {
    const time = gaze.first + i * gaze.advance
    while (next < length && times[next]! <= time) next++
    const last = next - 1
    if (last < 0 || times[last]! < time - oldest || stale?.[last] === 1) continue
    column.values[i] = values[last]!
    column.present[i] = 1
  }
  return unlessEmpty(column)
}

function withoutStale({ times, values, stale, length }: Samples): PlainSamples {
  if (stale === undefined || !stale.subarray(0, length).includes(1)) return { times, values, length }
  const kept: PlainSamples = { times: new Float64Array(length), values: new Float64Array(length), length: 0 }
  for (let i = 0; i < length; i++) {
    if (stale[i] === 1) continue
    kept.times[kept.length] = times[i]!
    kept.values[kept.length] = values[i]!
    kept.length++
  }
  return kept
}
