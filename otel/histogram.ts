/** What a histogram keeps of one series: counts by the definition's buckets, exponential ones beside them where asked. */

import { type Span, TraceFlags } from '@opentelemetry/api'
import { createExponential, type Exponential, recordExponential } from './exponential.ts'

export interface Exemplar {
  traceId: string
  spanId: string
  value: number
  timeMs: number
}

export interface Buckets {
  /** One per bound and one for what lies beyond; not cumulative. */
  counts: number[]
  /** The last of each bucket. */
  exemplars: (Exemplar | undefined)[]
  sum: number
  exponential?: Exponential
}

export function createBuckets(bounds: readonly number[], exponential: boolean): Buckets {
  const buckets = { counts: Array.from({ length: bounds.length + 1 }, () => 0), exemplars: [], sum: 0 }
  return exponential ? { ...buckets, exponential: createExponential() } : buckets
}

export function recordValue(
  buckets: Buckets,
  bounds: readonly number[],
  value: number,
  exemplarOf: Span | undefined,
): void {
  let bucket = 0
  while (bucket < bounds.length && value > bounds[bucket]!) bucket++
  buckets.counts[bucket]!++
  buckets.sum += value
  if (buckets.exponential !== undefined) recordExponential(buckets.exponential, value)
  const context = exemplarOf?.spanContext()
  // Of a trace that nobody has there is nothing to show.
  if (context === undefined || (context.traceFlags & TraceFlags.SAMPLED) === 0) return
  const { traceId, spanId } = context
  buckets.exemplars[bucket] = { traceId, spanId, value, timeMs: Date.now() }
}
