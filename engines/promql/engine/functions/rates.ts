import type { Evaluation } from '../evaluation.ts'
import { informOfCounterName } from '../notes.ts'
import { perWindow, valueAtEnd, valueAtStart, type WindowFunction, type Windows } from '../windows.ts'
import { overWindows, type RandomArgument } from './function.ts'

const ofCounter = { random: ['range of a counter'] as RandomArgument[] }
const onResult = ({ notes }: Evaluation, metric: string) => informOfCounterName(notes, metric)

export const rateFunctions = {
  rate: overWindows(extrapolated({ isCounter: true, perSecond: true }), { ...ofCounter, onResult }),
  increase: overWindows(extrapolated({ isCounter: true, perSecond: false }), { ...ofCounter, onResult }),
  delta: overWindows(extrapolated({ isCounter: false, perSecond: false })),
  irate: overWindows(perWindow(2, instantRate), ofCounter),
  idelta: overWindows(perWindow(2, ({ values }, _, last) => values[last - 1]! - values[last - 2]!)),
  resets: overWindows(
    countWhere((now, before) => now < before),
    ofCounter,
  ),
  changes: overWindows(
    countWhere((now, before) => now !== before && !(Number.isNaN(now) && Number.isNaN(before))),
    ofCounter,
  ),
}

/** From the last two samples alone. */
function instantRate({ times, values }: Windows, _: number, last: number): number {
  const [before, now] = [values[last - 2]!, values[last - 1]!]
  const change = now < before ? now : now - before
  return change / ((times[last - 1]! - times[last - 2]!) / 1000)
}

/** Where a sample is less than the one before it, oldest first. */
function resetsIn({ values, length }: Windows): Int32Array {
  const found: number[] = []
  let before = values[0]!
  for (let k = 1; k < length; k++) {
    const value = values[k]!
    if (value < before) found.push(k)
    before = value
  }
  return Int32Array.from(found)
}

const none = new Int32Array(0)

/**
 * The change from a window's first to its last sample, stretched to the window's edges when the samples come near them.
 * Only the places of resets are kept aside, so that a window costs its resets and not its samples, and the sum is the
 * one Prometheus gets, in its order.
 */
function extrapolated({ isCounter, perSecond }: { isCounter: boolean; perSecond: boolean }): WindowFunction {
  const withEdges = betweenEdges(isCounter, perSecond)
  return (windows, out, present) => {
    if (windows.edges !== undefined) {
      withEdges(windows, out, present)
      return
    }
    const { times, values, first, last, count, range, ends } = windows
    const resetAt = isCounter ? resetsIn(windows) : none
    // Go divides a duration in two parts; the same here gives the same last bit.
    const seconds = Math.trunc(range / 1000) + (range % 1000) / 1000
    // Prometheus 2 asks how near the zero point is before it asks how near the samples are, 3 after.
    const isOld = windows.semantics === 'prometheus-2'
    let reset = 0
    let nextReset = resetAt[0] ?? Infinity
    // Over regular samples windows are alike but for their values: what only their times decide is kept for the next.
    let [before, after, gaps] = [Number.NaN, Number.NaN, 0]
    let [sampled, threshold, half, toEnd, limit, usual] = [0, 0, 0, 0, 0, 0]
    for (let i = 0; i < count; i++) {
      const a = first[i]!
      const b = last[i]! - 1
      if (b <= a) continue
      let change = values[b]! - values[a]!
      if (b >= nextReset) {
        while (reset < resetAt.length && resetAt[reset]! <= a) reset++
        for (let r = reset; r < resetAt.length && resetAt[r]! <= b; r++) change += values[resetAt[r]! - 1]!
        nextReset = resetAt[reset] ?? Infinity
      }
      const end = ends.start + i * ends.step
      if (times[a]! - (end - range) !== before || end - times[b]! !== after || b - a !== gaps) {
        before = times[a]! - (end - range)
        after = end - times[b]!
        gaps = b - a
        sampled = (times[b]! - times[a]!) / 1000
        const between = sampled / gaps
        threshold = between * 1.1
        half = between / 2
        const toStart = before / 1000 >= threshold ? half : before / 1000
        toEnd = after / 1000 >= threshold ? half : after / 1000
        limit = isOld ? before / 1000 : toStart
        usual = (sampled + toStart + toEnd) / sampled
        if (perSecond) usual /= seconds
      }
      let factor = usual
      if (isCounter && change > 0 && values[a]! >= 0) {
        const toZero = sampled * (values[a]! / change)
        if (toZero < limit) {
          factor = (sampled + (isOld && toZero >= threshold ? half : toZero) + toEnd) / sampled
          if (perSecond) factor /= seconds
        }
      }
      out[i] = change * factor
      present[i] = 1
    }
  }
}

/** How many pairs of neighbouring samples in a window are counted: a difference of running counts. */
function countWhere(isCounted: (now: number, before: number) => boolean): WindowFunction {
  return ({ values, length, first, last, count }, out, present) => {
    const until = new Int32Array(length)
    for (let k = 1; k < length; k++)
      until[k] = until[k - 1]! + (isCounted(values[k]!, values[k - 1]!) ? 1 : 0)
    for (let i = 0; i < count; i++) {
      if (first[i] === last[i]) continue
      out[i] = until[last[i]! - 1]! - until[first[i]!]!
      present[i] = 1
    }
  }
}

/** The change between the values at both edges of a window, resets of a counter added up, without extrapolation. */
function betweenEdges(isCounter: boolean, perSecond: boolean): WindowFunction {
  return perWindow(1, (windows, first, last, step) => {
    const { times, values, range, ends, edges } = windows
    const end = ends.start + step * ends.step
    const start = end - range
    const left = valueAtStart(windows, first, start, edges, isCounter)
    const right = valueAtEnd(windows, last - 1, end, edges, isCounter)
    // Added up on its own first, as Prometheus does: the order shows in the last bits, and in whole values past 1e16.
    let correction = 0
    if (isCounter) {
      let before = left
      for (let k = times[first]! <= start ? first + 1 : first; k < last; k++) {
        if (k === last - 1 && times[k]! >= end) break
        if (values[k]! < before) correction += before
        before = values[k]!
      }
      if (right < before) correction += before
    }
    const change = right - left + correction
    return perSecond ? change / (range / 1000) : change
  })
}
