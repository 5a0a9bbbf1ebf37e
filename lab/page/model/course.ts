/** Where the points of a small course without axes lie. */
import type { Value } from './frames.ts'
import type { TimeRange } from './time.ts'

export interface Timed {
  /** Milliseconds; none where the values are not of a time. */
  times: readonly number[] | undefined
  values: readonly Value[]
}

/** Shares of the width with their values. What is shorter than the span ends before the right edge. */
export function coursePoints(
  { times, values }: Timed,
  { from, to }: TimeRange,
): [x: number, value: number][] {
  return values.flatMap((value, at): [number, number][] => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return []
    const x = times === undefined ? at / (values.length - 1) : (times[at]! - from) / (to - from)
    return Number.isFinite(x) && x >= 0 && x <= 1 ? [[x, value]] : []
  })
}
