import type { Labels } from '../labels.ts'
import type { LabelMatcher } from '../matchers.ts'

/**
 * All the engine asks of a store. Samples come per series as plain columns, so that evaluation runs over arrays and a
 * store is free in how it keeps them.
 */
export interface Storage {
  /** Series that match all matchers and may have samples in [from, to]; in order of their labels. */
  select(matchers: readonly LabelMatcher[], from: number, to: number): readonly Series[]
}

export interface Series {
  readonly labels: Labels
  /** The samples with from <= time <= to, oldest first. The columns are the reader's to keep but not to change. */
  read(from: number, to: number): Samples
}

export interface Samples {
  /** Milliseconds since the epoch, strictly rising; may be longer than `length`. */
  readonly times: Float64Array
  readonly values: Float64Array
  /**
   * 1 where a sample is the mark that the series ended; undefined when there is none. Out of band because the NaN that
   * marks it in Prometheus does not survive JavaScript, and an ordinary NaN is a legal value.
   */
  readonly stale: Uint8Array | undefined
  readonly length: number
}
