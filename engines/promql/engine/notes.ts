import { goFloat } from '../../go/floats.ts'

/** Warnings and infos of a query, each once, in the words of Prometheus. */
export interface NoteBook {
  readonly warnings: Set<string>
  readonly infos: Set<string>
}

export const newNotes = (): NoteBook => ({ warnings: new Set(), infos: new Set() })

export function warnOfQuantile(notes: NoteBook, quantile: number): void {
  if (quantile >= 0 && quantile <= 1) return
  notes.warnings.add(`PromQL warning: quantile value should be between 0 and 1, got ${goFloat(quantile)}`)
}

export function warnOfBucketLabel(notes: NoteBook, metric: string, bound: string): void {
  notes.warnings.add(
    `PromQL warning: bucket label "le" is missing or has a malformed value of ${JSON.stringify(bound)} for metric name ${JSON.stringify(metric)}`,
  )
}

export function informOfCounterName(notes: NoteBook, metric: string): void {
  if (metric === '' || /_(?:total|sum|count|bucket)$/.test(metric)) return
  notes.infos.add(
    `PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metric)}`,
  )
}

export function informOfForcedMonotonicity(notes: NoteBook, metric: string): void {
  notes.infos.add(
    `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name ${JSON.stringify(metric)}`,
  )
}
