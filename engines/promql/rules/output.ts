import { keyOf, type Labels } from '../../labels.ts'
import type { RuleStore, SeriesWriter } from './evaluate.ts'

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
