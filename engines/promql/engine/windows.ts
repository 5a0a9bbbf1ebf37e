import type { Grid } from '../../vectors/grid.ts'
import { type Evaluation, reachOf } from './evaluation.ts'
import { between, type PlainSamples, type WindowSource } from './selectors.ts'

/** The windows over one series, one per step: window i holds the samples first[i] <= k < last[i]. */
export interface Windows extends PlainSamples {
  first: Int32Array
  last: Int32Array
  count: number
  /** Milliseconds. */
  range: number
  semantics: Evaluation['semantics']
  /** To be told what a window costs, so that a query can be stopped in the middle of a long series. */
  work(units: number): void
  edges: WindowSource['edges']
  /** The times at which windows end. */
  ends: Grid
  /** The steps themselves, which `@` and offset do not move. */
  grid: Grid
}

/** Writes what a function makes of each window; `present` of windows it gives nothing for stays 0. */
export type WindowFunction = (windows: Windows, values: Float64Array, present: Uint8Array) => void

/** A window function that looks at one window after the other and needs `least` samples. */
export function perWindow(
  least: number,
  of: (windows: Windows, first: number, last: number, step: number) => number,
): WindowFunction {
  return (windows, values, present) => {
    const { first, last, count } = windows
    for (let i = 0; i < count; i++) {
      const size = last[i]! - first[i]!
      if (size < least) continue
      windows.work(size)
      values[i] = of(windows, first[i]!, last[i]!, i)
      present[i] = 1
    }
  }
}

/** Finds the windows of one series after the other, in the same arrays. */
export function windowFinder(
  evaluation: Evaluation,
  { range, ends, edges }: WindowSource,
  grid: Grid,
): (samples: PlainSamples) => Windows {
  const { count } = grid
  const first = new Int32Array(count)
  const last = new Int32Array(count)
  const longest = reachOf(evaluation, range)
  const find = ({ times, length }: PlainSamples) => {
    let from = 0
    let to = 0
    for (let i = 0; i < count; i++) {
      const end = ends.start + i * ends.step
      while (to < length && times[to]! <= end) to++
      while (from < to && times[from]! < end - longest) from++
      first[i] = from
      last[i] = to
    }
  }
  let known: PlainSamples | undefined
  const { semantics, budget, lookback } = evaluation
  const findEdges = (samples: PlainSamples) => {
    for (let i = 0; i < count; i++)
      [first[i], last[i]] = windowWithEdges(samples, ends.start + i * ends.step, range, edges!, lookback)
  }
  return samples => {
    // The windows over the same times are the same.
    if (samples.times !== known?.times || samples.length !== known.length)
      if (edges === undefined) find(samples)
      else findEdges(samples)
    known = samples
    const { times, values, length } = samples
    return {
      times,
      values,
      length,
      first,
      last,
      count,
      range,
      ends,
      edges,
      grid,
      semantics,
      work: budget.work,
    }
  }
}

/** The value a window begins with: that of its first sample, or the one on the line from it to the next. */
export function valueAtStart(
  { times, values }: PlainSamples,
  first: number,
  start: number,
  edges: WindowSource['edges'],
  isCounter: boolean,
): number {
  return edges === 'smoothed' && times[first]! < start
    ? between(times, values, first, start, isCounter)
    : values[first]!
}

export function valueAtEnd(
  { times, values }: PlainSamples,
  last: number,
  end: number,
  edges: WindowSource['edges'],
  isCounter: boolean,
): number {
  return edges === 'smoothed' && last > 0 && times[last]! > end
    ? between(times, values, last - 1, end, isCounter)
    : values[last]!
}

/**
 * With the last sample at or before the window's start, no older than the lookback, and where values are smoothed the
 * first one at or after its end; nothing where no sample lies after the start.
 */
function windowWithEdges(
  { times, length }: PlainSamples,
  end: number,
  range: number,
  edges: 'anchored' | 'smoothed',
  lookback: number,
): [first: number, last: number] {
  const start = end - range
  const oldest = placeAfter(times, length, start - lookback)
  const newest = placeAfter(times, length, edges === 'smoothed' ? end + lookback : end) - 1
  if (newest < oldest || times[newest]! <= start) return [0, 0]
  const first = Math.max(oldest, placeAfter(times, length, start) - 1)
  const last = edges === 'smoothed' ? Math.min(newest, placeAfter(times, length, end - 1)) : newest
  return times[last]! <= start || (edges === 'smoothed' && times[first]! > end) ? [0, 0] : [first, last + 1]
}

/** The place of the first sample after a time. */
function placeAfter(times: Float64Array, length: number, time: number): number {
  let low = 0
  for (let high = length; low < high; ) {
    const middle = (low + high) >>> 1
    if (times[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low
}
