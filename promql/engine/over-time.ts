import { sampleQuantile } from './quantile.ts'
import { add, newSum } from './sum.ts'
import { perWindow, type WindowFunction } from './windows.ts'

export const countOverTime = perWindow(1, (_, first, last) => last - first)
export const presentOverTime = perWindow(1, () => 1)
export const lastOverTime = perWindow(1, ({ values }, _, last) => values[last - 1]!)
export const maxOverTime = extreme((candidate, best) => candidate > best)
export const minOverTime = extreme((candidate, best) => candidate < best)

const sum = newSum()

export const sumOverTime = perWindow(1, ({ values }, first, last) => {
  sum.value = sum.lost = 0
  for (let k = first; k < last; k++) add(sum, values[k]!)
  return Math.abs(sum.value) === Infinity ? sum.value : sum.value + sum.lost
})

export const avgOverTime = perWindow(1, ({ values }, first, last) => {
  const count = last - first
  sum.value = values[first]!
  sum.lost = 0
  for (let k = first + 1; k < last; k++) {
    const { value, lost } = sum
    add(sum, values[k]!)
    if (Math.abs(sum.value) !== Infinity) continue
    // The sum would overflow where the mean need not: go on with the mean of what came so far.
    const summed = k - first
    return meanFrom(values, k, last, summed, value / summed, lost / summed)
  }
  return sum.value / count + sum.lost / count
})

export const stdvarOverTime = perWindow(1, variance)
export const stddevOverTime = perWindow(1, (windows, first, last) =>
  Math.sqrt(variance(windows, first, last)),
)

/** Of the quantile given for the step. */
export function quantileOverTime(quantiles: Float64Array): WindowFunction {
  let window = new Float64Array(64)
  return perWindow(1, ({ values }, first, last, step) => {
    const length = last - first
    if (length > window.length) window = new Float64Array(length * 2)
    window.set(values.subarray(first, last))
    return sampleQuantile(quantiles[step]!, window.subarray(0, length))
  })
}

/** The mean, updated sample by sample from k on, after `summed` samples of the given mean. */
function meanFrom(
  values: Float64Array,
  from: number,
  last: number,
  summed: number,
  mean: number,
  lost: number,
): number {
  let count = summed
  const running = { value: mean, lost }
  for (let k = from; k < last; k++) {
    count++
    const share = (count - 1) / count
    running.value *= share
    running.lost *= share
    add(running, values[k]! / count)
  }
  return running.value + running.lost
}

const mean = newSum()
const squares = newSum()

function variance({ values }: { values: Float64Array }, first: number, last: number): number {
  mean.value = mean.lost = squares.value = squares.lost = 0
  let count = 0
  for (let k = first; k < last; k++) {
    const value = values[k]!
    count++
    const delta = value - (mean.value + mean.lost)
    add(mean, delta / count)
    add(squares, delta * (value - (mean.value + mean.lost)))
  }
  return (squares.value + squares.lost) / count
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
