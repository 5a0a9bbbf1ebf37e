import type { Labels } from '../../labels.ts'
import type { Semantics } from '../language/ast.ts'
import type { Instant } from '../text/instant.ts'

interface Entry extends Instant {
  line: string
}

/** The lines of one label set, in the direction that was asked for. */
export interface Stream {
  labels: Labels
  entries: Entry[]
}

interface InstantSample {
  labels: Labels
  value: number
}

/** Only the points that exist. */
export interface Series {
  labels: Labels
  times: number[]
  values: number[]
}

export type LogResult = { type: 'streams'; streams: Stream[] }

export type InstantResult =
  | { type: 'vector'; time: number; samples: InstantSample[] }
  | { type: 'scalar'; time: number; value: number }

export type RangeResult = { type: 'matrix'; series: Series[] }

export type QueryResult = LogResult | InstantResult | RangeResult

/** What a query may use before it is stopped with an error that names the limit. */
export interface Limits {
  /** Lines read. */
  lines: number
  /** Characters of lines read. */
  characters: number
  /** Numbers taken from lines, and points produced. */
  samples: number
  /** Series of a result, as Loki's 500. */
  series: number
  /** Steps of a range query. */
  steps: number
  milliseconds: number
}

export interface QueryOptions {
  /** 3.7 by default. */
  semantics?: Semantics
  limits?: Partial<Limits>
  /** Stops the query with an error when it is aborted; looked at every few thousand lines. */
  signal?: AbortSignal
  /** The same, for a caller in another thread. */
  isCancelled?: () => boolean
}
