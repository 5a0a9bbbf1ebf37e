import type { Grid } from './column.ts'
import { type Gaze, type Run, reachOf } from './run.ts'
import type { PlainSamples, WindowSource } from './selectors.ts'

/** The windows over one series, one per step: window i holds the samples first[i] <= k < last[i]. */
export interface Windows {
  times: Float64Array
  values: Float64Array
  length: number
  first: Int32Array
  last: Int32Array
  count: number
  /** Milliseconds, as `end`. */
  range: number
  semantics: Run['semantics']
  /** To be told what a window costs, so that a query can be stopped amid a long series. */
  work(units: number): void
  /** Where windows end. */
  gaze: Gaze
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
export function windowFinder(run: Run, source: WindowSource, grid: Grid): (samples: PlainSamples) => Windows {
  const { range, gaze } = source
  const first = new Int32Array(grid.count)
  const last = new Int32Array(grid.count)
  const longest = reachOf(run, range)
  const { work } = run.budget
  const find = (times: Float64Array, length: number) => {
    let from = 0
    let to = 0
    for (let i = 0; i < grid.count; i++) {
      const edge = gaze.first + i * gaze.advance
      while (to < length && times[to]! <= edge) to++
      while (from < to && times[from]! < edge - longest) from++
      first[i] = from
      last[i] = to
    }
  }
  let known = { times: first as Int32Array | Float64Array, length: -1 }
  return ({ times, values, length }) => {
    // The windows over the same times are the same.
    if (times !== known.times || length !== known.length) {
      find(times, length)
      known = { times, length }
    }
    return {
      times,
      values,
      length,
      first,
      last,
      count: grid.count,
      range,
      gaze,
      grid,
      semantics: run.semantics,
      work,
    }
  }
}
