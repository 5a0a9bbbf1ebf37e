import type { Grid } from '../../vectors/grid.ts'
import { type Evaluation, reachOf } from './evaluation.ts'
import type { PlainSamples, WindowSource } from './selectors.ts'

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
  { range, ends }: WindowSource,
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
  const { semantics, budget } = evaluation
  return samples => {
    // The windows over the same times are the same.
    if (samples.times !== known?.times || samples.length !== known.length) find(samples)
    known = samples
    const { times, values, length } = samples
    return { times, values, length, first, last, count, range, ends, grid, semantics, work: budget.work }
  }
}
