/** Spans into numbers, step by step, for one series. */

import { lostAfter } from '../../sum.ts'
import type { MetricsAggregate } from '../language/ast.ts'
import { asNumber, type Value } from '../language/value.ts'
import type { Candidate } from './candidate.ts'
import { reader } from './expression.ts'
import { type Buckets, bucketOf } from './quantile.ts'

export interface Aggregator {
  add(step: number, number: number): void
  values(): Float64Array
}

export function createAggregator(
  op: MetricsAggregate['op'],
  steps: number,
  secondsOfStep: number,
): Aggregator {
  if (op === 'rate' || op === 'count_over_time' || op === 'histogram_over_time') {
    const counts = new Float64Array(steps)
    return {
      add: step => {
        counts[step]!++
      },
      values: () => (op === 'rate' ? counts.map(count => count * (1 / secondsOfStep)) : counts),
    }
  }
  if (op === 'avg_over_time') return createAverage(steps)
  if (op === 'sum_over_time') return createSum(steps)
  const values = new Float64Array(steps).fill(Number.NaN)
  return {
    add(step, number) {
      const so = values[step]!
      if (Number.isNaN(so) || (op === 'min_over_time' ? number < so : number > so)) values[step] = number
    },
    values: () => values,
  }
}

function createSum(steps: number): Aggregator {
  const sums = new Float64Array(steps).fill(Number.NaN)
  const lost = new Float64Array(steps)
  return {
    add(step, number) {
      const sum = sums[step]!
      if (Number.isNaN(sum)) {
        sums[step] = number
        return
      }
      const term = number - lost[step]!
      sums[step] = sum + term
      lost[step] = lostAfter(0, sum, term, sum + term)
    },
    values: () => sums,
  }
}

function createAverage(steps: number): Aggregator {
  const means = new Float64Array(steps).fill(Number.NaN)
  const counts = new Float64Array(steps)
  const rest = new Float64Array(steps)
  return {
    add(step, number) {
      const count = ++counts[step]!
      if (count === 1) {
        means[step] = number
        return
      }
      const mean = means[step]!
      // An infinite mean stays, unless it meets the other infinity.
      if (!Number.isFinite(mean) && (Number.isFinite(number) || number === mean)) return
      const change = number / count - mean / count
      const next = mean + change
      rest[step] = lostAfter(rest[step]!, mean, change, next)
      means[step] = next
    },
    values: () => means.map((mean, step) => mean + rest[step]!),
  }
}

/** What a metrics function reads of a span: seconds of its duration, or the number an attribute is; NaN is left out. */
export function compileNumber({ attribute }: MetricsAggregate): (candidate: Candidate) => number {
  if (attribute === undefined) return () => 1
  const read = reader(attribute)
  if (attribute.isIntrinsic && attribute.name === 'duration') {
    // Where a condition did not let the duration through, Tempo takes it as 0.
    const isSeen = ({ ofSpan }: Candidate) => ofSpan.some(({ key }) => key === ':duration')
    return candidate => (isSeen(candidate) ? Number(candidate.span.duration) / 1e9 : 0)
  }
  return candidate => {
    const value = read(candidate)
    return value === undefined ? Number.NaN : asNumber(value)
  }
}

/** The upper end of the bucket a span falls into: of durations in seconds; none for floats, and below 2. */
export function compileBucket({ attribute }: MetricsAggregate): (candidate: Candidate) => number | undefined {
  const read = reader(attribute!)
  const isDuration = attribute!.isIntrinsic && attribute!.name === 'duration'
  return candidate => {
    const value: Value | undefined = read(candidate)
    if (value?.type === 'int' && !isDuration) return bucketOf(value.value)
    if (value?.type !== 'duration') return undefined
    const bucket = bucketOf(value.value)
    return bucket === undefined ? undefined : bucket / 1e9
  }
}

/** Counts of each step, for quantiles. */
export function createHistograms(steps: number): { add(step: number, bucket: number): void; at: Buckets[] } {
  const at: Buckets[] = Array.from({ length: steps }, () => new Map())
  return { at, add: (step, bucket) => at[step]!.set(bucket, (at[step]!.get(bucket) ?? 0) + 1) }
}
