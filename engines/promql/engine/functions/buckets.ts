import type { Forced } from '../notes.ts'

/** One histogram at one time: cumulative counts by their upper bounds, which rise and are all different. */
export interface Buckets {
  bounds: Float64Array
  counts: Float64Array
  length: number
}

const answer: { value: number; forced: Forced | undefined } = { value: 0, forced: undefined }

/** May change the counts, to make them rise. */
export function quantileOfBuckets(quantile: number, buckets: Buckets): typeof answer {
  answer.forced = undefined
  answer.value = Number.NaN
  if (quantile < 0) answer.value = -Infinity
  else if (quantile > 1) answer.value = Infinity
  else if (!Number.isNaN(quantile) && hasLastBucket(buckets)) {
    answer.forced = makeMonotonic(buckets)
    const observations = buckets.counts[buckets.length - 1]!
    if (buckets.length < 2 || observations === 0) return answer
    answer.value = interpolated(quantile * observations, buckets)
  }
  return answer
}

/** The share of observations within (lower, upper]. */
export function fractionBetween(lower: number, upper: number, buckets: Buckets): number {
  if (!hasLastBucket(buckets)) return Number.NaN
  const observations = buckets.counts[buckets.length - 1]!
  if (observations === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  if (lower >= upper) return 0
  return (rankOf(upper, buckets, observations) - rankOf(lower, buckets, observations)) / observations
}

const hasLastBucket = ({ bounds, length }: Buckets) => bounds[length - 1] === Infinity

function interpolated(rank: number, { bounds, counts, length }: Buckets): number {
  let at = 0
  for (let end = length - 1; at < end; ) {
    const middle = (at + end) >>> 1
    if (counts[middle]! >= rank) end = middle
    else at = middle + 1
  }
  if (at === length - 1) return bounds[length - 2]!
  if (at === 0 && bounds[0]! <= 0) return bounds[0]!
  const start = at === 0 ? 0 : bounds[at - 1]!
  const below = at === 0 ? 0 : counts[at - 1]!
  return start + (bounds[at]! - start) * ((rank - below) / (counts[at]! - below))
}

/**
 * How many observations are at or below a value, in proportion within its bucket. The first bucket starts at 0 if it ends
 * above, else it has no start to be in proportion to.
 */
function rankOf(value: number, { bounds, counts, length }: Buckets, observations: number): number {
  let below = 0
  let start = bounds[0]! <= 0 ? -Infinity : 0
  for (let b = 0; b < length; b++) {
    if (start >= value) return Math.min(below, observations)
    const [end, count] = [bounds[b]!, counts[b]!]
    if (end > value) {
      const rank = start === -Infinity ? count : below + ((count - below) * (value - start)) / (end - start)
      return rank > observations ? observations : rank
    }
    below = count
    start = end
  }
  return observations
}

/**
 * Counts that fall from one bucket to the next are raised to the one before. Differences so small that they come from
 * rounding are levelled silently.
 */
function makeMonotonic({ bounds, counts, length }: Buckets): Forced | undefined {
  let forced: Forced | undefined
  let before = counts[0]!
  for (let b = 1; b < length; b++) {
    const count = counts[b]!
    if (count === before) continue
    if (isAlmostEqual(before, count)) counts[b] = before
    else if (count < before) {
      counts[b] = before
      forced ??= { lowest: bounds[b]!, highest: bounds[b]!, difference: 0 }
      forced.highest = bounds[b]!
      forced.difference = Math.max(forced.difference, before - count)
    } else before = count
  }
  return forced
}

const tolerance = 1e-12
const smallestNormal = 2 ** -1022

function isAlmostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const sum = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < smallestNormal) return difference < tolerance * smallestNormal
  return difference / Math.min(sum, Number.MAX_VALUE) < tolerance
}
