import type { Labels } from '../labels.ts'

export interface Point {
  time: number
  value: number
}

export interface InstantSample {
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

export interface Notes {
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

/** What a query may use before it is stopped with an error that names the limit. */
export interface Limits {
  /** Samples read and produced. */
  samples: number
  /** Steps of a range query, as Prometheus' 11,000. */
  steps: number
  series: number
  milliseconds: number
}

export interface QueryOptions {
  /** How far back an instant selector looks for a sample; 5m as in Prometheus. */
  lookback?: number
  /** Prometheus 2 includes a window's left edge, 3 leaves it out (the default). */
  semantics?: 'prometheus-3' | 'prometheus-2'
  /** The step of a subquery without one; 1m as in Prometheus. */
  defaultSubqueryStep?: number
  limits?: Partial<Limits>
  /** Asked now and then while evaluating; true stops the query with an error. */
  isCancelled?: () => boolean
}

/** The query is at fault, or its data: what Prometheus answers with bad_data or execution errors. */
export class QueryError extends Error {
  readonly reason: 'parse' | 'execution' | 'limit' | 'cancelled'

  constructor(reason: QueryError['reason'], message: string) {
    super(message)
    this.name = 'QueryError'
    this.reason = reason
  }
}
