import { goFloat } from '../../go/floats.ts'
import { printf } from '../../go/template/format.ts'

/** Warnings and infos of a query, each once, in the words of Prometheus. */
export interface NoteBook {
  readonly warnings: Set<string>
  readonly infos: Set<string>
  forced: AllForced | undefined
}

/** The buckets whose counts fell and were raised, and by how much at most. */
export interface Forced {
  lowest: number
  highest: number
  difference: number
}

interface AllForced extends Forced {
  from: number
  to: number
  count: number
}

export const newNotes = (): NoteBook => ({ warnings: new Set(), infos: new Set(), forced: undefined })

export function printNotes({ warnings, infos, forced }: NoteBook): { warnings: string[]; infos: string[] } {
  return {
    warnings: [...warnings],
    infos: forced === undefined ? [...infos] : [...infos, forcedInfo(forced)],
  }
}

export function warnOfQuantile(notes: NoteBook, quantile: number): void {
  if (quantile >= 0 && quantile <= 1) return
  notes.warnings.add(`PromQL warning: quantile value should be between 0 and 1, got ${goFloat(quantile)}`)
}

export function warnOfBucketLabel(notes: NoteBook, bound: string): void {
  notes.warnings.add(
    `PromQL warning: bucket label "le" is missing or has a malformed value of ${JSON.stringify(bound)}`,
  )
}

export function informOfCounterName(notes: NoteBook, metric: string): void {
  if (metric === '' || /_(?:total|sum|count|bucket)$/.test(metric)) return
  notes.infos.add(
    `PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metric)}`,
  )
}

/** One info tells of all histograms of the query. */
export function informOfForcedMonotonicity(notes: NoteBook, one: Forced, time: number): void {
  notes.forced ??= { ...one, from: time, to: time, count: 0 }
  const all = notes.forced
  all.lowest = Math.min(all.lowest, one.lowest)
  all.highest = Math.max(all.highest, one.highest)
  all.difference = Math.max(all.difference, one.difference)
  all.from = Math.min(all.from, time)
  all.to = Math.max(all.to, time)
  all.count++
}

function forcedInfo({ lowest, highest, difference, from, to, count }: AllForced): string {
  const date = (time: number) => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
  const bounds = `from buckets ${goFloat(lowest)} to ${goFloat(highest)}`
  const size = printf('with a max diff of %.2g', [difference])
  return `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), ${bounds}, ${size}, over ${count} samples from ${date(from)} to ${date(to)}`
}

export function warnOfRatio(notes: NoteBook, ratio: number, cap: number): void {
  notes.warnings.add(
    `PromQL warning: ratio value should be between -1 and 1, got ${goFloat(ratio)}, capping to ${cap}`,
  )
}

export function warnOfSort(notes: NoteBook): void {
  notes.warnings.add(
    'PromQL warning: sort is ineffective for range queries since results are always ordered by labels',
  )
}
