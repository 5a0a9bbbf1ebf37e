import type { Limits } from '../../budget.ts'
import type { Labels } from '../../labels.ts'
import type { Feature } from '../language/features.ts'

interface InstantSample {
  labels: Labels
  time: number
  value: number
}

/** A series of a range result: only the points that exist. */
export interface RangeSeries {
  labels: Labels
  times: Float64Array
  values: Float64Array
}

interface Notes {
  /** As Prometheus words them, without the position it appends. */
  warnings: readonly string[]
  infos: readonly string[]
}

export type InstantResult = Notes &
  (
    | { type: 'scalar'; time: number; value: number }
    | { type: 'string'; time: number; value: string }
    | { type: 'vector'; samples: readonly InstantSample[] }
    | { type: 'matrix'; series: readonly RangeSeries[] }
  )

export type RangeResult = Notes & { type: 'matrix'; series: readonly RangeSeries[] }

export interface QueryOptions {
  /** How far back an instant selector looks for a sample; 5m as in Prometheus. */
  lookback?: number
  /** Prometheus 2 includes a window's left edge, 3 leaves it out (the default). */
  semantics?: 'prometheus-3' | 'prometheus-2'
  /** Experiments of Prometheus that the query may use; none by default. */
  features?: readonly Feature[]
  /** The step of a subquery without one; 1m as in Prometheus. */
  defaultSubqueryStep?: number
  limits?: Partial<Limits>
  /** Asked now and then while evaluating; true stops the query with an error. */
  isCancelled?: () => boolean
}
