import { keyOf, type Labels } from '../../labels.ts'
import type { Storage } from '../storage.ts'

/** Where rules read from and write to; `Store` of store/memory.ts is one. */
export interface RuleStore extends Storage {
  /** Milliseconds a sample is kept, where not for good: then ranges are stepped through, lest they outrun it. */
  retention?: number
  append(labels: Labels, time: number, value: number): Appended
  markStale(labels: Labels, time: number): Appended
  /** Looks a series up once for many samples, where the store can. */
  series?(labels: Labels): SeriesWriter
}

interface SeriesWriter {
  append(time: number, value: number): Appended
  /** Stores the samples from <= k < to as `append` would, and says how many it took before one to be asked for alone. */
  extend(times: Float64Array, values: Float64Array, from: number, to: number): number
  markStale(time: number): Appended
}

type Appended = 'stored' | 'repeated' | 'duplicate' | 'out of order'

/** A series that a rule writes, found in the store once. */
export interface Output {
  labels: Labels
  key: string
  writer: SeriesWriter
}

export interface Sample {
  output: Output
  value: number
}

export function outputOf(store: RuleStore, labels: Labels, key = keyOf(labels)): Output {
  const writer = store.series?.(labels) ?? {
    append: (time, value) => store.append(labels, time, value),
    extend: () => 0,
    markStale: time => store.markStale(labels, time),
  }
  return { labels, key, writer }
}
