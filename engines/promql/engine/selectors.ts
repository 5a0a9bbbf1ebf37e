import type { Labels } from '../../labels.ts'
import { type Column, type Grid, newColumn, unlessEmpty, type VectorSeries } from '../../vectors/grid.ts'
import type { Expr, Subquery, VectorSelector } from '../language/ast.ts'
import type { Samples } from '../storage.ts'
import { type Evaluation, reachOf, shiftedGrid, vectorAt } from './evaluation.ts'

/** At each step the latest sample within the lookback, unless it says that the series ended. */
export function instantVector(evaluation: Evaluation, selector: VectorSelector, grid: Grid): VectorSeries[] {
  const reading = shiftedGrid(evaluation, selector.shift, grid)
  if (selector.edges === 'smoothed') return smoothed(evaluation, selector, reading)
  return latest(evaluation, selector, reading, reading, samples => samples.values)
}

/**
 * As `instantVector`, with the samples' own times, in seconds, in place of their values. Beside an `@` Prometheus reads
 * the samples the offset asks for, but then looks back from the `@` alone.
 */
export function instantTimes(evaluation: Evaluation, selector: VectorSelector, grid: Grid): VectorSeries[] {
  const { shift } = selector
  const reading = shiftedGrid(evaluation, shift, grid)
  const looking = shift.at === undefined ? reading : shiftedGrid(evaluation, { ...shift, offset: 0 }, grid)
  return latest(evaluation, selector, reading, looking, ({ times }) => times.map(time => time / 1000))
}

/** Where a function over windows gets its samples from, and which windows. */
export interface WindowSource {
  range: number
  /** The times at which the windows end. */
  ends: Grid
  series: readonly WindowSeries[]
  edges: VectorSelector['edges']
}

interface WindowSeries {
  labels: Labels
  /** All samples of all the windows, none of them stale. */
  read(): PlainSamples
}

export type PlainSamples = Omit<Samples, 'stale'>

export function windowSource(evaluation: Evaluation, expr: Expr, grid: Grid): WindowSource {
  if (expr.kind === 'paren') return windowSource(evaluation, expr.inner, grid)
  if (expr.kind !== 'subquery' && expr.kind !== 'range')
    throw new Error(`Cannot read windows: expected a range, got a ${expr.kind}`)
  const { range } = expr
  const { budget, lookback, storage } = evaluation
  const ends = shiftedGrid(evaluation, expr.kind === 'range' ? expr.selector.shift : expr.shift, grid)
  const { edges, matchers } = expr.kind === 'range' ? expr.selector : { edges: undefined, matchers: [] }
  const [from, end] = reach(evaluation, ends, edges === undefined ? range : range + lookback)
  if (expr.kind === 'subquery')
    return { range, ends, edges, series: subquerySeries(evaluation, expr, from, end) }
  const to = edges === 'smoothed' ? end + lookback : end
  const found = storage.select(matchers, from, to)
  budget.addSeries(found.length)
  const series = found.map(({ labels, read }) => ({
    labels,
    read() {
      const samples = read(from, to)
      budget.spend(samples.length)
      return withoutStale(samples)
    },
  }))
  return { range, ends, edges, series }
}

/**
 * Evaluates the inner expression at the multiples of the step within [from, to]. They do not depend on the grid of the
 * query, so a window has the same points in every query.
 */
function subquerySeries(
  evaluation: Evaluation,
  subquery: Subquery,
  from: number,
  to: number,
): WindowSeries[] {
  const step = subquery.step ?? evaluation.subqueryStep
  const start = Math.ceil(from / step) * step
  const count = Math.floor((to - start) / step) + 1
  if (count < 1) return []
  evaluation.budget.checkSteps(count)
  const grid = { start, step, count }
  return vectorAt(evaluation, subquery.inner, grid).map(({ labels, compute }) => ({
    labels,
    read: () => samplesOf(compute(), grid),
  }))
}

function samplesOf(column: Column | undefined, { start, step, count }: Grid): PlainSamples {
  const times = new Float64Array(column === undefined ? 0 : count)
  const values = column?.values ?? times
  let length = 0
  for (let i = 0; i < times.length; i++) {
    if (column!.present[i] === 0) continue
    times[length] = start + i * step
    values[length++] = values[i]!
  }
  return { times, values, length }
}

/** First and last millisecond that windows of this length look at over a grid. */
function reach(evaluation: Evaluation, { start, step, count }: Grid, length: number): [number, number] {
  return [start - reachOf(evaluation, length), start + (count - 1) * step]
}

function latest(
  evaluation: Evaluation,
  selector: VectorSelector,
  reading: Grid,
  looking: Grid,
  pick: (samples: Samples) => Float64Array,
): VectorSeries[] {
  const { budget, lookback } = evaluation
  const [from, to] = reach(evaluation, reading, lookback)
  const oldest = reachOf(evaluation, lookback)
  const found = evaluation.storage.select(selector.matchers, from, to)
  budget.addSeries(found.length)
  return found.map(({ labels, read }) => ({
    labels,
    compute() {
      const samples = read(from, to)
      budget.spend(samples.length + reading.count)
      return samples.length === 0 ? undefined : latestColumn(samples, pick(samples), looking, oldest)
    },
  }))
}

/** At each step the value on the line between the samples before and after it, each within the lookback. */
function smoothed(evaluation: Evaluation, selector: VectorSelector, reading: Grid): VectorSeries[] {
  const { budget, lookback, storage } = evaluation
  const [from, end] = reach(evaluation, reading, lookback)
  const found = storage.select(selector.matchers, from, end + lookback)
  budget.addSeries(found.length)
  return found.map(({ labels, read }) => ({
    labels,
    compute() {
      const { times, values, length } = withoutStale(read(from, end + lookback))
      budget.spend(length + reading.count)
      const column = newColumn(reading.count)
      const { start, step, count } = reading
      for (let i = 0, next = 0; i < count; i++) {
        const time = start + i * step
        while (next < length && times[next]! < time) next++
        const isNear = next < length && times[next]! <= time + lookback
        const hasLast = next > 0 && times[next - 1]! > time - lookback
        if (!(isNear && times[next] === time) && !hasLast) continue
        column.present[i] = 1
        column.values[i] =
          isNear && times[next] === time
            ? values[next]!
            : isNear
              ? between(times, values, next - 1, time, false)
              : values[next - 1]!
      }
      return unlessEmpty(column)
    },
  }))
}

/** The value at a time on the line from sample k to the next; a counter that was reset between them starts at 0. */
export function between(
  times: Float64Array,
  values: Float64Array,
  k: number,
  time: number,
  isCounter: boolean,
): number {
  const next = values[k + 1]!
  const before = isCounter && next < values[k]! ? 0 : values[k]!
  return before + ((next - before) * (time - times[k]!)) / (times[k + 1]! - times[k]!)
}

function latestColumn(
  { times, stale, length }: Samples,
  values: Float64Array,
  { start, step, count }: Grid,
  oldest: number,
): Column | undefined {
  const column = newColumn(count)
  let next = 0
  for (let i = 0; i < count; i++) {
    const time = start + i * step
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
  const keptTimes = new Float64Array(length)
  const keptValues = new Float64Array(length)
  let kept = 0
  for (let i = 0; i < length; i++) {
    if (stale[i] === 1) continue
    keptTimes[kept] = times[i]!
    keptValues[kept++] = values[i]!
  }
  return { times: keptTimes, values: keptValues, length: kept }
}
