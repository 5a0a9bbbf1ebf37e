/** What range aggregations make of the samples in a window. */

import type { RangeAggregation, Semantics } from '../language/ast.ts'

/** The samples of one series, in order of time. */
export interface Samples {
  /** The whole millisecond at or after each sample: what decides in which window it is. */
  ends: number[]
  values: number[]
  /** Nanoseconds since `origin`; kept for rate_counter only. */
  offsets: number[] | undefined
  /** Milliseconds. */
  origin: number
}

/** A value for samples[from, to), of which there is at least one, in a window of so many seconds up to `end`. */
export type Fold = (samples: Samples, from: number, to: number, seconds: number, end: number) => number

export function foldOf({ operator, parameter, unwrap }: RangeAggregation, semantics: Semantics): Fold {
  switch (operator) {
    case 'count_over_time':
      return (_, from, to) => to - from
    case 'rate':
      return unwrap !== undefined
        ? (samples, from, to, seconds) => sum(samples, from, to) / seconds
        : (_, from, to, seconds) => (to - from) / seconds
    case 'bytes_rate':
      return (samples, from, to, seconds) => sum(samples, from, to) / seconds
    case 'bytes_over_time':
    case 'sum_over_time':
      return sum
    case 'rate_counter':
      return semantics === '3.7' ? oldCounterRate : counterRate
    case 'avg_over_time':
      return average
    case 'min_over_time':
      return (samples, from, to) => extreme(samples, from, to, (value, best) => value < best)
    case 'max_over_time':
      return (samples, from, to) => extreme(samples, from, to, (value, best) => value > best)
    case 'stdvar_over_time':
      return variance
    case 'stddev_over_time':
      return (samples, from, to) => Math.sqrt(variance(samples, from, to))
    case 'quantile_over_time':
      return (samples, from, to) => quantile(parameter!, samples, from, to)
    case 'first_over_time':
      return ({ values }, from) => values[from]!
    case 'last_over_time':
      return ({ values }, _, to) => values[to - 1]!
    case 'absent_over_time':
      return () => 1
  }
}

function sum({ values }: Samples, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i++) total += values[i]!
  return total
}

/** Step by step, so that it holds where the sum would overflow. */
function average({ values }: Samples, from: number, to: number): number {
  let mean = 0
  for (let i = from, count = 1; i < to; i++, count++) {
    const value = values[i]!
    if (Math.abs(mean) === Infinity) {
      if (Math.abs(value) === Infinity && mean > 0 === value > 0) continue
      if (Number.isFinite(value)) continue
    }
    mean += value / count - mean / count
  }
  return mean
}

function extreme(
  { values }: Samples,
  from: number,
  to: number,
  isBetter: (value: number, best: number) => boolean,
): number {
  let best = values[from]!
  for (let i = from; i < to; i++) if (isBetter(values[i]!, best) || Number.isNaN(best)) best = values[i]!
  return best
}

function variance({ values }: Samples, from: number, to: number): number {
  let [squares, mean] = [0, 0]
  for (let i = from, count = 1; i < to; i++, count++) {
    const delta = values[i]! - mean
    mean += delta / count
    squares += delta * (values[i]! - mean)
  }
  return squares / (to - from)
}

function quantile(q: number, { values }: Samples, from: number, to: number): number {
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  const sorted = sortedWindow(values, from, to)
  const rank = q * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return sorted[lower]! * (1 - weight) + sorted[upper]! * weight
}

let scratch = new Float64Array(1024)

/** What is no number comes first. */
function sortedWindow(values: readonly number[], from: number, to: number): Float64Array {
  const length = to - from
  if (scratch.length < length) scratch = new Float64Array(2 * length)
  let missing = 0
  for (let i = from; i < to; i++) {
    if (Number.isNaN(values[i]!)) scratch[missing++] = Number.NaN
  }
  for (let i = from, at = missing; i < to; i++) {
    if (!Number.isNaN(values[i]!)) scratch[at++] = values[i]!
  }
  scratch.subarray(missing, length).sort()
  return scratch.subarray(0, length)
}

/**
 * The slope of a counter, as Loki 3.7 computes it from Prometheus' formula: times come in nanoseconds where the formula has
 * milliseconds, so that the space before the first sample next to nothing and that behind the last one nothing.
 */
function oldCounterRate({ values, offsets }: Samples, from: number, to: number, seconds: number): number {
  const last = to - 1
  if (last === from) return 0
  const rise = riseOf(values, from, to)
  const sampled = (offsets![last]! - offsets![from]!) / 1000
  const average = sampled / (last - from)
  let toStart = seconds
  if (rise > 0 && values[from]! >= 0) toStart = Math.min(toStart, sampled * (values[from]! / rise))
  const threshold = average * 1.1
  let covered = sampled + (toStart < threshold ? toStart : average / 2)
  if (0 >= threshold) covered += average / 2
  return (rise * (covered / sampled)) / seconds
}

/** The slope of a counter, stretched to the edges of the window as far as its samples come near them. */
function counterRate(
  { values, offsets, origin }: Samples,
  from: number,
  to: number,
  seconds: number,
  end: number,
): number {
  const last = to - 1
  if (last === from) return 0
  const rise = riseOf(values, from, to)
  const endOffset = (end - origin) * 1e6
  const sampled = (offsets![last]! - offsets![from]!) / 1e9
  const average = sampled / (last - from)
  let toStart = (offsets![from]! - endOffset) / 1e9 + seconds
  let toEnd = (endOffset - offsets![last]!) / 1e9
  if (toStart >= average * 1.1) toStart = average / 2
  if (rise > 0 && values[from]! >= 0) toStart = Math.min(toStart, sampled * (values[from]! / rise))
  if (toEnd >= average * 1.1) toEnd = average / 2
  return (rise * ((sampled + toStart + toEnd) / sampled)) / seconds
}

/** A value below the one before means that the counter began anew. */
function riseOf(values: readonly number[], from: number, to: number): number {
  let rise = values[to - 1]! - values[from]!
  let before = 0
  for (let i = from; i < to; i++) {
    if (values[i]! < before) rise += before
    before = values[i]!
  }
  return rise
}
