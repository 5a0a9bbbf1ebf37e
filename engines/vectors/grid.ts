import { keyOf, type Labels, metricName } from '../labels.ts'
import { QueryError } from '../query-error.ts'

/** The times an expression is evaluated at: start, start + step, …, milliseconds. */
export interface Grid {
  start: number
  step: number
  count: number
}

/** A series' points over a grid. Whoever asked for it may write into it. */
export interface Column {
  /** Holds anything where `present` is 0. */
  values: Float64Array
  present: Uint8Array
}

/**
 * A series of a vector, computed when it is needed and then once only, so that an aggregation over thousands of series
 * holds one column at a time.
 */
export interface VectorSeries {
  readonly labels: Labels
  /** Undefined when the series has no point on the grid. */
  compute(): Column | undefined
}

/** A scalar, which is one value per step, or a vector. */
export type Value = Float64Array | readonly VectorSeries[]

export function isScalar(value: Value): value is Float64Array {
  return value instanceof Float64Array
}

export function newColumn(count: number): Column {
  return { values: new Float64Array(count), present: new Uint8Array(count) }
}

export function unlessEmpty(column: Column): Column | undefined {
  return column.present.includes(1) ? column : undefined
}

export function computed(labels: Labels, column: Column): VectorSeries {
  return { labels, compute: () => column }
}

/** For the warnings and errors that computing raises, where the points themselves are not needed. */
export function computeAll(series: readonly VectorSeries[]): void {
  for (const { compute } of series) compute()
}

/** Each series under the labels `rename` gives, its column through `change`. */
export function mapSeries(
  series: readonly VectorSeries[],
  rename: (labels: Labels) => Labels,
  change: (column: Column) => Column | undefined,
): VectorSeries[] {
  return series.map(one => ({
    labels: rename(one.labels),
    compute() {
      const column = one.compute()
      return column === undefined ? undefined : change(column)
    },
  }))
}

const sameLabels = 'vector cannot contain metrics with the same labelset'

/**
 * Series whose labels became equal, by a dropped name for instance, are one series as long as they have no point in
 * common ('step'), or must not both have points at all ('range'); Prometheus does the one or the other by function.
 */
export function mergeEqual(series: readonly VectorSeries[], by: 'step' | 'range'): readonly VectorSeries[] {
  if (series.length < 2) return series
  const groups = new Map<string, VectorSeries[]>()
  for (const one of series) {
    const key = keyOf(one.labels)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  if (groups.size === series.length) return series
  return [...groups.values()].map(group =>
    group.length === 1 ? group[0]! : { labels: group[0]!.labels, compute: () => mergedColumn(group, by) },
  )
}

function mergedColumn(group: readonly VectorSeries[], by: 'step' | 'range'): Column | undefined {
  let merged: Column | undefined
  for (const { compute } of group) {
    const column = compute()
    if (column === undefined) continue
    if (merged === undefined) merged = column
    else if (by === 'range') throw new QueryError('execution', sameLabels)
    else mergeInto(merged, column, sameLabels)
  }
  return merged
}

export function mergeInto(target: Column, from: Column, messageIfBoth: string = sameLabels): void {
  for (let i = 0; i < from.present.length; i++) {
    if (from.present[i] === 0) continue
    if (target.present[i] === 1) throw new QueryError('execution', messageIfBoth)
    target.present[i] = 1
    target.values[i] = from.values[i]!
  }
}

const dropped: ReadonlySet<string> = new Set([metricName, '__type__', '__unit__'])

/** Without the name and the labels that tell the metric's type and unit: what a calculation makes of a series. */
export function dropName(labels: Labels): Labels {
  if (!labels.has(metricName) && !labels.has('__type__') && !labels.has('__unit__')) return labels
  return new Map([...labels].filter(([label]) => !dropped.has(label)))
}

/** The series that have points, with their columns, one at a time. */
export function* eachColumn(series: readonly VectorSeries[]): Generator<{ labels: Labels; column: Column }> {
  for (const { labels, compute } of series) {
    const column = compute()
    if (column !== undefined) yield { labels, column }
  }
}

export const columnsOf = (series: readonly VectorSeries[]) => [...eachColumn(series)]

/** The same value at every step of a grid. */
export function repeatColumn({ values, present }: Column, count: number): Column {
  return {
    values: new Float64Array(count).fill(values[0]!),
    present: new Uint8Array(count).fill(present[0]!),
  }
}
