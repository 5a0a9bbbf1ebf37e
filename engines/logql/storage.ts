import type { Labels } from '../labels.ts'
import type { LabelMatcher } from './language/ast.ts'
import type { Metadata } from './pipeline/state.ts'
import type { Wanted } from './pipeline/wanted.ts'

/** All the engine asks of a store. */
export interface LogStorage {
  /**
   * Streams that match all matchers and may have lines in [from, to], milliseconds; in order of their labels. A store
   * may leave out entries that have not all that is wanted; the engine looks again in any case.
   */
  select(
    matchers: readonly LabelMatcher[],
    from: number,
    to: number,
    wanted?: readonly Wanted[],
  ): readonly LogStream[]
}

export interface LogStream {
  readonly labels: Labels
  /** The entries whose millisecond is in [from, to], oldest first, those of one time in the order they came. */
  read(from: number, to: number): Entries
}

/** The entries from `start` up to `end` of these columns, which are the reader's to keep but not to change. */
export interface Entries {
  /** Milliseconds since the epoch. */
  readonly times: ArrayLike<number>
  /** Nanoseconds within the millisecond. */
  readonly nanos: ArrayLike<number>
  readonly lines: ArrayLike<string>
  /** Structured metadata; undefined where an entry has none. */
  readonly metadata: ArrayLike<Metadata | undefined>
  readonly start: number
  readonly end: number
}
