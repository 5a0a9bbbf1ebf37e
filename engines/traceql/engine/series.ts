/** Series over time, and what may be done with them once they are computed. */

import type { Arithmetic, SecondStage } from '../language/ast.ts'
import { asNumber, compareText, type Value } from '../language/value.ts'

export interface SeriesLabel {
  name: string
  value: Value
}

export interface Series {
  labels: SeriesLabel[]
  /** One for each step; NaN where there is none. */
  values: Float64Array
  exemplars: Exemplar[]
}

export interface Exemplar {
  labels: SeriesLabel[]
  value: number
  /** Milliseconds since the epoch. */
  time: number
}

export function seriesKey(labels: readonly SeriesLabel[]): string {
  return labels.map(({ name, value }) => `${name}\0${value.type}\0${textOf(value)}`).join('\0')
}

export function applyStage(stage: SecondStage, series: Series[]): Series[] {
  if (stage.kind === 'metrics filter') {
    const { value } = stage.value
    return filtered(series, stage.op, value.type === 'duration' ? asNumber(value) / 1e9 : asNumber(value))
  }
  return series.length <= stage.limit ? series : extremes(series, stage.limit, stage.kind === 'topk')
}

type Holds = (value: number, bound: number) => boolean

const comparisons: { [op in (SecondStage & { kind: 'metrics filter' })['op']]: Holds } = {
  '=': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

function filtered(series: Series[], op: keyof typeof comparisons, bound: number): Series[] {
  const holds = (value: number) => !Number.isNaN(value) && comparisons[op](value, bound)
  return series.flatMap(({ labels, values, exemplars }) => {
    if (!values.some(holds)) return []
    return [
      {
        labels,
        values: values.map(value => (holds(value) ? value : Number.NaN)),
        exemplars: exemplars.filter(({ value }) => holds(value)),
      },
    ]
  })
}

/** At each step, the series with the largest or smallest values; of equal ones, the first by their labels. */
function extremes(series: Series[], limit: number, isTop: boolean): Series[] {
  const kept = series.map(({ values }) => new Float64Array(values.length).fill(Number.NaN))
  const ranks = series
    .map((_, i) => i)
    .sort((one, other) => compareLabels(series[one]!.labels, series[other]!.labels))
  const place = new Map(ranks.map((index, rank) => [index, rank]))
  const steps = series[0]?.values.length ?? 0
  for (let step = 0; step < steps; step++) {
    const present = series.map((_, i) => i).filter(i => !Number.isNaN(series[i]!.values[step]!))
    present.sort((one, other) => {
      const by = series[one]!.values[step]! - series[other]!.values[step]!
      if (by !== 0) return isTop ? -by : by
      return isTop ? place.get(one)! - place.get(other)! : place.get(other)! - place.get(one)!
    })
    for (const i of present.slice(0, limit)) kept[i]![step] = series[i]!.values[step]!
  }
  return series.flatMap(({ labels, exemplars }, i) =>
    kept[i]!.some(value => !Number.isNaN(value)) ? [{ labels, values: kept[i]!, exemplars }] : [],
  )
}

function compareLabels(one: readonly SeriesLabel[], other: readonly SeriesLabel[]): number {
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const by =
      compareText(stringOf(one[i]?.value), stringOf(other[i]?.value)) ||
      compareText(one[i]?.name ?? '', other[i]?.name ?? '')
    if (by !== 0) return by
    // What is no text has none here: the later type comes first, and of one type the larger bits, so that -1 is before 1.
    const byType = orderOfType(other[i]?.value) - orderOfType(one[i]?.value)
    if (byType !== 0) return byType
    const [a, b] = [bitsOf(one[i]?.value), bitsOf(other[i]?.value)]
    if (a !== b) return a < b ? 1 : -1
  }
  return 0
}

function stringOf(value: Value | undefined): string {
  return value?.type === 'string' ? value.value : ''
}

function orderOfType(value: Value | undefined): number {
  return ['nil', 'int', 'float', 'string', 'boolean'].indexOf(value?.type ?? 'nil')
}

const floatBits = new DataView(new ArrayBuffer(8))

/** As a whole number without a sign. */
function bitsOf(value: Value | undefined): bigint {
  if (value?.type === 'boolean') return value.value ? 1n : 0n
  if (value?.type === 'int') return BigInt.asUintN(64, BigInt(value.value))
  if (value?.type !== 'float') return 0n
  floatBits.setFloat64(0, value.value)
  return floatBits.getBigUint64(0)
}

function textOf(value: Value): string {
  return value.type === 'nil' ? '' : String(value.value)
}

function calculateValue(op: Arithmetic, left: number, right: number): number {
  if (op === '+') return left + right
  if (op === '-') return left - right
  if (op === '*') return left * right
  return right === 0 ? Number.NaN : left / right
}

export function scaled(series: Series[], op: Arithmetic, number: number, isNumberLeft: boolean): Series[] {
  const compute = (value: number) =>
    isNumberLeft ? calculateValue(op, number, value) : calculateValue(op, value, number)
  return series.map(({ labels, values, exemplars }) => ({
    labels,
    values: values.map(compute),
    exemplars: exemplars.map(exemplar => ({ ...exemplar, value: compute(exemplar.value) })),
  }))
}

/** Series of the same labels; one without labels but a name goes with all of the other side. */
export function combined(op: Arithmetic, left: Series[], right: Series[]): Series[] {
  const keyed = (series: Series[]) => new Map(series.map(each => [seriesKey(withoutName(each.labels)), each]))
  const [lefts, rights] = [keyed(left), keyed(right)]
  const keys = rights.has('') ? lefts : rights
  return [...keys.keys()].flatMap(key => {
    const [one, other] = [lefts.get(key) ?? lefts.get(''), rights.get(key) ?? rights.get('')]
    if (one === undefined || other === undefined) return []
    return [
      {
        labels: combinedLabels(op, one.labels, other.labels),
        values: one.values.map((value, i) => calculateValue(op, value, other.values[i]!)),
        exemplars: [...one.exemplars, ...other.exemplars],
      },
    ]
  })
}

const nameLabel = '__name__'

function withoutName(labels: readonly SeriesLabel[]): SeriesLabel[] {
  return labels.filter(({ name }) => name !== nameLabel)
}

/** Two names give a new one, `(rate / count_over_time)`. */
function combinedLabels(op: Arithmetic, left: SeriesLabel[], right: SeriesLabel[]): SeriesLabel[] {
  const known = new Set(left.map(({ name }) => name))
  const labels = withoutName([...left, ...right.filter(({ name }) => !known.has(name))])
  const [one, other] = [left, right].map(list => list.find(({ name }) => name === nameLabel)?.value)
  if (one?.type !== 'string' || other?.type !== 'string') return labels
  const value: Value = { type: 'string', value: `(${one.value} ${op} ${other.value})` }
  return [{ name: nameLabel, value }, ...labels]
}
