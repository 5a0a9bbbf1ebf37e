/**
 * The series of one simulation as plain columns: made when they are first read, and never copied. It serves the rule
 * evaluator as its store, and hands over what one policy has recorded to the next that records the same.
 */
import { byLabels, keyOf, type Labels, labelsOf } from '../../engines/labels.ts'
import { type LabelMatcher, predicateOf } from '../../engines/matchers.ts'
import type { RuleStore } from '../../engines/promql/rules/output.ts'
import type { Samples } from '../../engines/promql/storage.ts'

/** Times are milliseconds and rise. */
export interface ColumnData {
  times: Float64Array
  values: Float64Array
  length: number
  /** Positions of the marks that the series ended, rising. */
  stale: number[]
}

export interface InputSeries {
  labels: Labels
  data: () => ColumnData
}

interface StoredSeries {
  labels: Labels
  key: string
  data: ColumnData | undefined
  make: () => ColumnData
}

export interface ColumnStore extends RuleStore {
  /** Takes over columns that another simulation of the same input has recorded. */
  adopt(labels: Labels, data: ColumnData): void
  /** The series that have been written since the last call. */
  written(): { labels: Labels; data: ColumnData }[]
}

export function createColumnStore(inputs: readonly InputSeries[]): ColumnStore {
  const all = new Map<string, StoredSeries>()
  const touched = new Set<StoredSeries>()
  const view = newTimesView()
  for (const { labels, data } of inputs) {
    const key = keyOf(labels)
    all.set(key, { labels, key, data: undefined, make: data })
  }

  function find(labels: Labels): StoredSeries {
    const sorted = labelsOf(labels)
    const key = keyOf(sorted)
    let known = all.get(key)
    if (known === undefined) {
      known = { labels: sorted, key, data: undefined, make: emptyColumn }
      all.set(key, known)
    }
    return known
  }

  function append(series: StoredSeries, time: number, value: number, isStale: boolean) {
    const data = dataOf(series)
    const last = data.length === 0 ? Number.NEGATIVE_INFINITY : data.times[data.length - 1]!
    if (time <= last) return time === last ? ('duplicate' as const) : ('out of order' as const)
    grow(data, data.length + 1)
    if (isStale) data.stale.push(data.length)
    data.times[data.length] = time
    data.values[data.length++] = value
    touched.add(series)
    return 'stored' as const
  }

  function extend(series: StoredSeries, times: Float64Array, values: Float64Array, from: number, to: number) {
    const data = dataOf(series)
    if (data.length > 0 && times[from]! <= data.times[data.length - 1]!) return 0
    grow(data, data.length + to - from)
    data.times.set(times.subarray(from, to), data.length)
    data.values.set(values.subarray(from, to), data.length)
    data.length += to - from
    touched.add(series)
    return to - from
  }

  return {
    append: (labels, time, value) => append(find(labels), time, value, false),
    markStale: (labels, time) => append(find(labels), time, Number.NaN, true),
    series(labels) {
      const series = find(labels)
      return {
        append: (time, value) => append(series, time, value, false),
        extend: (times, values, from, to) => extend(series, times, values, from, to),
        markStale: time => append(series, time, Number.NaN, true),
      }
    },
    select: (matchers, from, to) =>
      matching(all.values(), matchers)
        .filter(series => reaches(dataOf(series), from, to))
        .sort(byLabels)
        .map(series => ({
          labels: series.labels,
          read: (from, to) => readColumn(dataOf(series), from, to, view),
        })),
    adopt(labels, data) {
      find(labels).data = data
    },
    written() {
      const found = [...touched].map(series => ({ labels: series.labels, data: dataOf(series) }))
      touched.clear()
      return found
    },
  }
}

function dataOf(series: StoredSeries): ColumnData {
  series.data ??= series.make()
  return series.data
}

function emptyColumn(): ColumnData {
  return { times: new Float64Array(0), values: new Float64Array(0), length: 0, stale: [] }
}

function matching(all: Iterable<StoredSeries>, matchers: readonly LabelMatcher[]): StoredSeries[] {
  const tests = matchers.map(matcher => ({ name: matcher.name, fits: predicateOf(matcher) }))
  return [...all].filter(({ labels }) => tests.every(({ name, fits }) => fits(labels.get(name) ?? '')))
}

function reaches({ times, length }: ColumnData, from: number, to: number): boolean {
  return length > 0 && times[0]! <= to && times[length - 1]! >= from
}

/** Copies, because a reader may still look at the old columns. */
function grow(data: ColumnData, needed: number): void {
  if (needed <= data.times.length) return
  const capacity = Math.max(needed, data.times.length * 2, 64)
  for (const column of ['times', 'values'] as const) {
    const larger = new Float64Array(capacity)
    larger.set(data[column].subarray(0, data.length))
    data[column] = larger
  }
}

type TimesView = (times: Float64Array, first: number, last: number) => Float64Array

/** Series that share their times get one and the same view of them, by which the engine knows that windows are alike. */
function newTimesView(): TimesView {
  const nothing: Float64Array = new Float64Array(0)
  let known = { times: nothing, first: 0, last: 0, view: nothing }
  return (times, first, last) => {
    if (known.times !== times || known.first !== first || known.last !== last)
      known = { times, first, last, view: times.subarray(first, last) }
    return known.view
  }
}

function readColumn(
  { times, values, length, stale }: ColumnData,
  from: number,
  to: number,
  view: TimesView,
): Samples {
  const first = placeOf(times, length, from)
  const last = placeOf(times, length, to + 1)
  const marks = stale.filter(position => position >= first && position < last)
  let flags: Uint8Array | undefined
  if (marks.length > 0) {
    flags = new Uint8Array(last - first)
    for (const position of marks) flags[position - first] = 1
  }
  return {
    times: view(times, first, last),
    values: values.subarray(first, last),
    stale: flags,
    length: last - first,
  }
}

/** The position of the first sample at or after a time. */
function placeOf(times: Float64Array, length: number, time: number): number {
  let low = 0
  for (let high = length; low < high; ) {
    const middle = (low + high) >>> 1
    if (times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}
