/** Series in memory: bounded by time, samples and series, found by their labels. */

import { keyOf, type Labels, labelsOf, printLabels } from '../../labels.ts'
import type { LabelMatcher } from '../../matchers.ts'
import type { Series, Storage } from '../storage.ts'
import { bytesOf, type LastTimes, readChunks } from './chunk.ts'
import { type Appended, append, type Column, countBefore, dropBefore, extend, newColumn } from './column.ts'
import { addPosting, matching, newPostings, removePosting } from './postings.ts'

export interface StoreOptions {
  /** Milliseconds; samples older than the newest of the store by more are dropped. All are kept by default. */
  retention?: number
  /** When there are more samples, the oldest are dropped; 100 million by default. */
  maxSamples?: number
  /** A new series beyond this many is refused; 1 million by default. */
  maxSeries?: number
  /** Milliseconds a sample may be older than the newest of the store and still be inserted; 0 as in Prometheus. */
  outOfOrderWindow?: number
}

export interface Store extends Storage {
  /** As it was asked for; undefined when nothing is dropped for its age. */
  readonly retention?: number
  append(labels: Labels, time: number, value: number): Appended
  /** The series ended here: instant queries after this time do not look back past it. */
  markStale(labels: Labels, time: number): Appended
  /** Looks the labels up once, for many appends. It stays valid when retention has emptied the series. */
  series(labels: Labels): Appender
  /** Names of labels of the series that match; of all when there are no matchers. */
  labelNames(matchers: readonly LabelMatcher[], from: number, to: number): string[]
  labelValues(name: string, matchers: readonly LabelMatcher[], from: number, to: number): string[]
  stats(): StoreStats
}

export interface Appender {
  append(time: number, value: number): Appended
  /**
   * Stores the samples from <= k < to as `append` would, and says how many it took: those that need no decision, and
   * none after one that does.
   */
  extend(times: Float64Array, values: Float64Array, from: number, to: number): number
  markStale(time: number): Appended
}

interface StoreStats {
  series: number
  samples: number
  /** Of samples alone; labels and their index come on top. */
  bytes: number
  /** Undefined while there are no samples. */
  oldest: number | undefined
  newest: number | undefined
  refused: { duplicate: number; outOfOrder: number }
  dropped: number
}

/** The store's limit or a sample that no store could hold. */
export class StoreError extends Error {
  override name = 'StoreError'
}

interface StoredSeries extends Column {
  readonly labels: Labels
  readonly key: string
  /** False before its first sample and after retention took its last. */
  isListed: boolean
}

export function createStore(options: StoreOptions = {}): Store {
  const { retention = Infinity, maxSamples = 100e6, maxSeries = 1e6, outOfOrderWindow = 0 } = options
  const byKey = new Map<string, StoredSeries>()
  const postings = newPostings<StoredSeries>()
  const interned = new Map<string, string>()
  const refused = { duplicate: 0, outOfOrder: 0 }
  const lastTimes: LastTimes = { times: new Float64Array(0) }
  let samples = 0
  let dropped = 0
  let newest = -Infinity
  let nextSweep = -Infinity
  let sweepAbove = maxSamples

  function find(labels: Labels): StoredSeries {
    const known = byKey.get(keyOf(labels))
    if (known !== undefined) return known
    const sorted = labelsOf(labels)
    const key = keyOf(sorted)
    return byKey.get(key) ?? { ...newColumn(), labels: intern(sorted), key, isListed: false }
  }

  function add(series: StoredSeries, time: number, value: number, isStale: boolean): Appended {
    if (!Number.isSafeInteger(time))
      throw new StoreError(
        `Cannot append to ${printLabels(series.labels)}: expected a time in whole milliseconds, got ${time}`,
      )
    if (time < newest - retention) {
      refused.outOfOrder++
      return 'out of order'
    }
    if (!series.isListed) list(series)
    const outcome = append(series, time, value, isStale, newest - outOfOrderWindow)
    if (outcome === 'stored') {
      samples++
      if (time > newest) newest = time
      if (newest >= nextSweep || samples > sweepAbove) sweep()
    } else if (outcome === 'duplicate') refused.duplicate++
    else if (outcome === 'out of order') refused.outOfOrder++
    return outcome
  }

  /** Whatever may be refused or drop others is left to `add`. */
  function addAll(
    series: StoredSeries,
    times: Float64Array,
    values: Float64Array,
    from: number,
    to: number,
  ): number {
    if (samples + to - from > sweepAbove || times[from]! < newest - retention) return 0
    let last = series.chunks.at(-1)?.last ?? -Infinity
    let end = from
    const isPlain = (time: number) =>
      Number.isSafeInteger(time) && time > last && (retention === Infinity || time < nextSweep)
    while (end < to && isPlain(times[end]!)) last = times[end++]!
    if (end === from) return 0
    if (!series.isListed) list(series)
    extend(series, times, values, from, end)
    samples += end - from
    if (last > newest) newest = last
    return end - from
  }

  function list(series: StoredSeries): void {
    if (byKey.size >= maxSeries)
      throw new StoreError(
        `Cannot add series ${printLabels(series.labels)}: the store is limited to ${maxSeries} series`,
      )
    byKey.set(series.key, series)
    addPosting(postings, series)
    series.isListed = true
  }

  /** Now and then rather than at each sample, so that dropping costs little per sample. */
  function sweep(): void {
    let cutoff = newest - retention
    if (samples > sweepAbove) cutoff = Math.max(cutoff, cutoffFor(samples - maxSamples * 0.9))
    if (cutoff > -Infinity) dropOlder(cutoff)
    nextSweep = newest + retention / 16
    sweepAbove = Math.max(maxSamples, samples + maxSamples / 16)
  }

  function dropOlder(cutoff: number): void {
    const before = byKey.size
    for (const series of byKey.values()) {
      const count = dropBefore(series, cutoff)
      samples -= count
      dropped += count
      if (series.samples === 0) unlist(series)
    }
    if (byKey.size === before) return
    interned.clear()
    for (const { labels } of byKey.values())
      for (const pair of labels) for (const text of pair) interned.set(text, text)
  }

  function unlist(series: StoredSeries): void {
    byKey.delete(series.key)
    removePosting(postings, series)
    series.isListed = false
  }

  /** The time before which about `count` samples lie; never past the newest. */
  function cutoffFor(count: number): number {
    let low = oldestOf(byKey.values())
    let high = newest
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      let before = 0
      for (const series of byKey.values()) before += countBefore(series, middle)
      if (before < count) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Many series share few strings. */
  function intern(labels: Labels): Labels {
    const shared = (text: string) => {
      const known = interned.get(text)
      if (known !== undefined) return known
      interned.set(text, text)
      return text
    }
    return new Map([...labels].map(([name, value]) => [shared(name), shared(value)]))
  }

  function select(matchers: readonly LabelMatcher[], from: number, to: number): StoredSeries[] {
    const found: StoredSeries[] = []
    for (const series of matching(postings, matchers))
      if (series.chunks[0]!.first <= to && series.chunks.at(-1)!.last >= from) found.push(series)
    return found.sort(byLabels)
  }

  function appender(series: StoredSeries): Appender {
    const current = () => {
      if (!series.isListed) series = byKey.get(series.key) ?? series
      return series
    }
    return {
      append: (time, value) => add(current(), time, value, false),
      extend: (times, values, from, to) => addAll(current(), times, values, from, to),
      markStale: time => add(current(), time, Number.NaN, true),
    }
  }

  return {
    ...(retention < Infinity && { retention }),
    append: (labels, time, value) => add(find(labels), time, value, false),
    markStale: (labels, time) => add(find(labels), time, Number.NaN, true),
    series: labels => appender(find(labels)),
    select: (matchers, from, to) => select(matchers, from, to).map(series => readable(series, lastTimes)),
    labelNames(matchers, from, to) {
      const names = new Set<string>()
      for (const { labels } of select(matchers, from, to)) for (const name of labels.keys()) names.add(name)
      return [...names].sort()
    },
    labelValues(name, matchers, from, to) {
      const values = new Set(select(matchers, from, to).map(({ labels }) => labels.get(name) ?? ''))
      values.delete('')
      return [...values].sort()
    },
    stats: () => ({
      series: byKey.size,
      samples,
      bytes: [...byKey.values()]
        .flatMap(({ chunks }) => chunks)
        .reduce((sum, chunk) => sum + bytesOf(chunk), 0),
      oldest: samples === 0 ? undefined : oldestOf(byKey.values()),
      newest: samples === 0 ? undefined : newest,
      refused: { ...refused },
      dropped,
    }),
  }
}

function readable(series: StoredSeries, last: LastTimes): Series {
  return { labels: series.labels, read: (from, to) => readChunks(series.chunks, from, to, last) }
}

function oldestOf(all: Iterable<StoredSeries>): number {
  let oldest = Infinity
  for (const { chunks } of all) oldest = Math.min(oldest, chunks[0]?.first ?? Infinity)
  return oldest
}

/** As Prometheus orders series: label by label, name before value, the shorter set first. */
function byLabels(a: StoredSeries, b: StoredSeries): number {
  const others = b.labels.entries()
  for (const [name, value] of a.labels) {
    const other = others.next().value
    if (other === undefined) return 1
    if (name !== other[0]) return name < other[0] ? -1 : 1
    if (value !== other[1]) return value < other[1] ? -1 : 1
  }
  return a.labels.size - b.labels.size
}
