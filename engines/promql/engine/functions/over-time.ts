import { QueryError } from '../../../query-error.ts'
import { add, lostAfter, newSum, total } from '../../../sum.ts'
import { newSortedWindow, sampleQuantile } from '../../../vectors/quantile.ts'
import { warnOfQuantile } from '../notes.ts'
import { perWindow, type WindowFunction, type Windows } from '../windows.ts'
import { callOverWindows, define, overWindows } from './function.ts'
import { runningSums } from './running-sum.ts'

const fromRunningSums = { lastDigitVaries: true }

export const overTimeFunctions = {
  count_over_time: overWindows(perWindow(1, (_, first, last) => last - first)),
  present_over_time: overWindows(perWindow(1, () => 1)),
  last_over_time: overWindows(
    perWindow(1, ({ values }, _, last) => values[last - 1]!),
    { keepsName: true },
  ),
  first_over_time: overWindows(
    perWindow(1, ({ values }, first) => values[first]!),
    { keepsName: true },
  ),
  ts_of_first_over_time: experimental(({ times }, first) => times[first]! / 1000),
  ts_of_last_over_time: experimental(({ times }, _, last) => times[last - 1]! / 1000),
  ts_of_max_over_time: timeOf((value, best) => value >= best),
  ts_of_min_over_time: timeOf((value, best) => value <= best),
  mad_over_time: experimental(medianDeviation),
  double_exponential_smoothing: define(['matrix', 'scalar', 'scalar'], {
    isExperimental: true,
    random: ['range', ['0.1', '0.5', '0.9', '0', '2'], ['0.1', '0.5', '0.9', '1']],
    call(args) {
      const [smoothing, trend] = [args.scalar(1), args.scalar(2)]
      const smooth = perWindow(2, ({ values }, first, last, step) =>
        smoothed(values, first, last, smoothing[step]!, trend[step]!),
      )
      const apply: WindowFunction = (windows, values, present) => {
        for (let step = 0; step < windows.count; step++) {
          if (windows.first[step] === windows.last[step]) continue
          refuseFactor(smoothing[step]!, 'smoothing', 'sf')
          refuseFactor(trend[step]!, 'trend', 'tf')
        }
        smooth(windows, values, present)
      }
      return callOverWindows(args, 0, apply)
    },
  }),
  max_over_time: overWindows(extreme((candidate, best) => candidate > best)),
  min_over_time: overWindows(extreme((candidate, best) => candidate < best)),
  sum_over_time: overWindows(
    summing(sum, (sum, rest) => sum + rest),
    fromRunningSums,
  ),
  avg_over_time: overWindows(
    summing(average, (sum, rest, count) => sum / count + rest / count),
    fromRunningSums,
  ),
  stdvar_over_time: overWindows(perWindow(1, variance)),
  stddev_over_time: overWindows(
    perWindow(1, (windows, first, last) => Math.sqrt(variance(windows, first, last))),
  ),
  quantile_over_time: define(['scalar', 'matrix'], {
    random: ['quantile', 'range'],
    call(args) {
      const quantiles = args.scalar(0)
      const apply = quantileOverTime(quantiles)
      return callOverWindows(args, 1, (windows, values, present) => {
        apply(windows, values, present)
        for (let i = 0; i < present.length; i++)
          if (present[i] === 1) warnOfQuantile(args.evaluation.notes, quantiles[i]!)
      })
    },
  }),
}

type OfWindow = (windows: Windows, first: number, last: number) => number

function experimental(of: OfWindow) {
  return overWindows(perWindow(1, of), { isExperimental: true })
}

/** When the best value of a window was taken, the last time if several are; any number is better than NaN. */
function timeOf(isAsGood: (value: number, best: number) => boolean) {
  return experimental(({ times, values }, first, last) => {
    let best = first
    for (let k = first; k < last; k++)
      if (isAsGood(values[k]!, values[best]!) || Number.isNaN(values[best]!)) best = k
    return times[best]! / 1000
  })
}

/** The median of how far the samples are from their median. */
function medianDeviation({ values }: Windows, first: number, last: number): number {
  const window = values.slice(first, last)
  if (window.some(Number.isNaN)) return Number.NaN
  const median = sampleQuantile(0.5, window)
  return sampleQuantile(
    0.5,
    window.map(value => Math.abs(value - median)),
  )
}

function refuseFactor(value: number, kind: string, name: string): void {
  if (value <= 0 || value >= 1)
    throw new QueryError(
      'execution',
      `invalid ${kind} factor. Expected: 0 < ${name} < 1, got: ${value.toFixed(6)}`,
    )
}

/** Holt's double exponential smoothing. */
function smoothed(values: Float64Array, first: number, last: number, smoothing: number, trend: number) {
  let before = 0
  let level = values[first]!
  let slope = values[first + 1]! - level
  for (let k = first + 1; k < last; k++) {
    if (k > first + 1) slope = trend * (level - before) + (1 - trend) * slope
    before = level
    level = smoothing * values[k]! + (1 - smoothing) * (level + slope)
  }
  return level
}

function sum(values: Float64Array, first: number, last: number): number {
  let sum = 0
  let lost = 0
  for (let k = first; k < last; k++) {
    const next = sum + values[k]!
    lost = lostAfter(lost, sum, values[k]!, next)
    sum = next
  }
  return Math.abs(sum) === Infinity ? sum : sum + lost
}

function average(values: Float64Array, first: number, last: number): number {
  const count = last - first
  let sum = values[first]!
  let lost = 0
  for (let k = first + 1; k < last; k++) {
    const next = sum + values[k]!
    // The sum would overflow where the mean need not: go on with the mean of what came so far.
    if (Math.abs(next) === Infinity) return meanFrom(values, k, last, k - first, sum, lost)
    lost = lostAfter(lost, sum, values[k]!, next)
    sum = next
  }
  return sum / count + lost / count
}

/**
 * Sample by sample, as Prometheus does; but where windows overlap much, and it comes to the same to twelve digits, from
 * running sums.
 */
function summing(
  each: (values: Float64Array, first: number, last: number) => number,
  finish: (sum: number, rest: number, count: number) => number,
): WindowFunction {
  return (windows, out, present) => {
    const { values, length, first, last, count } = windows
    let size = 0
    for (let i = 0; i < count; i++) size += last[i]! - first[i]!
    const sums = size > 3 * length ? runningSums(values, length) : undefined
    for (let i = 0; i < count; i++) {
      const [a, b] = [first[i]!, last[i]!]
      if (a === b) continue
      present[i] = 1
      if (sums?.between(a, b) === true) out[i] = finish(sums.found.sum, sums.found.rest, b - a)
      else {
        windows.work(b - a)
        out[i] = each(values, a, b)
      }
    }
  }
}

/** With a quantile for each step; samples enter and leave one sorted window. */
function quantileOverTime(quantiles: Float64Array): WindowFunction {
  return (windows, out, present) => {
    const { values, first, last, count } = windows
    const sorted = newSortedWindow()
    let from = 0
    let to = 0
    for (let i = 0; i < count; i++) {
      if (first[i]! >= to) {
        sorted.clear()
        from = to = first[i]!
      }
      windows.work(last[i]! - to)
      while (from < first[i]!) sorted.remove(values[from++]!)
      while (to < last[i]!) sorted.insert(values[to++]!)
      if (from === to) continue
      out[i] = sorted.quantile(quantiles[i]!)
      present[i] = 1
    }
  }
}

/** The mean, updated sample by sample from k on, after `summed` samples of the given sum. */
function meanFrom(
  values: Float64Array,
  from: number,
  last: number,
  summed: number,
  sum: number,
  lost: number,
): number {
  let count = summed
  const running = { value: sum / count, lost: lost / count }
  for (let k = from; k < last; k++) {
    count++
    const share = (count - 1) / count
    running.value *= share
    running.lost *= share
    add(running, values[k]! / count)
  }
  return total(running)
}

const mean = newSum()
const squares = newSum()

function variance({ values }: { values: Float64Array }, first: number, last: number): number {
  mean.value = mean.lost = squares.value = squares.lost = 0
  let count = 0
  for (let k = first; k < last; k++) {
    const value = values[k]!
    count++
    const delta = value - total(mean)
    add(mean, delta / count)
    add(squares, delta * (value - total(mean)))
  }
  return total(squares) / count
}

/**
 * The largest or smallest number of each window, NaN if it holds none. Candidates wait in a queue, best first; a sample
 * that beats those at its end makes them irrelevant, so each sample enters and leaves once whatever the window's length.
 */
function extreme(beats: (candidate: number, best: number) => boolean): WindowFunction {
  return ({ values, length, first, last, count }, out, present) => {
    const queue = new Int32Array(length)
    let head = 0
    let tail = 0
    let next = 0
    for (let i = 0; i < count; i++) {
      const [a, b] = [first[i]!, last[i]!]
      for (; next < b; next++) {
        const value = values[next]!
        if (Number.isNaN(value)) continue
        while (tail > head && beats(value, values[queue[tail - 1]!]!)) tail--
        queue[tail++] = next
      }
      while (head < tail && queue[head]! < a) head++
      if (a === b) continue
      out[i] = head < tail ? values[queue[head]!]! : Number.NaN
      present[i] = 1
    }
  }
}
