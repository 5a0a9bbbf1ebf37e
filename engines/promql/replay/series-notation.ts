/**
 * The notation of Prometheus' test files for a series and its values: `metric{a="b"} 1+2x3 _ stale`, where `1+2x3`
 * counts up from 1 in steps of 2 for three more values, `_` leaves one out and `stale` ends the series.
 */

import { type Labels, labelsOf, metricName } from '../../labels.ts'
import { parse } from '../engine/parse.ts'

export type SequenceValue = number | 'stale' | 'gap' | 'native histogram'

export interface SeriesLine {
  labels: Labels
  values: readonly SequenceValue[]
}

/** A file may ask for this many values of one series; more is a slip of the hand. */
const valuesPerSeries = 1_000_000

export function parseSeriesLine(text: string): SeriesLine {
  const end = endOfMetric(text)
  return { labels: parseMetric(text.slice(0, end)), values: parseValues(text.slice(end)) }
}

/** A metric with its labels, as a series is written; what a selector says beyond that is refused. */
export function parseMetric(text: string): Labels {
  // Nothing selects by the empty matcher alone, but a series may have no labels.
  if (/^\s*\{\s*\}\s*$/.test(text)) return labelsOf([])
  const expression = parse(text)
  if (expression.kind !== 'selector' || expression.matchers.some(matcher => matcher.operator !== '='))
    throw new Error(
      `Cannot read series "${text.trim()}": expected a metric with labels of the form name="value"`,
    )
  return labelsOf(expression.matchers.map(({ name, value }) => [name, value]))
}

export function parseValues(text: string): SequenceValue[] {
  const values: SequenceValue[] = []
  for (const item of itemsOf(text)) {
    for (const value of expand(item)) {
      if (values.length === valuesPerSeries)
        throw new Error(
          `Cannot read values "${item}": expected at most ${valuesPerSeries} of them in a series`,
        )
      values.push(value)
    }
  }
  return values
}

export function printMetric(labels: Labels): string {
  const name = labels.get(metricName) ?? ''
  const legacy = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
  const pairs = [...labels]
    .filter(([label]) => !(legacy && label === metricName))
    .map(([label, value]) => `${printLabel(label)}=${JSON.stringify(value)}`)
  return `${legacy ? name : ''}{${pairs.join(', ')}}`
}

export function printValues(values: readonly SequenceValue[]): string {
  return values
    .map(value => (value === 'gap' ? '_' : typeof value === 'number' ? printNumber(value) : value))
    .join(' ')
}

export function printNumber(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

function printLabel(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name)
}

/** The metric ends with its braces, or with the first blank when it has none. */
function endOfMetric(text: string): number {
  const name = /^\s*[^\s{"]*\s*/.exec(text)![0]
  if (text[name.length] !== '{' || text[name.length + 1] === '{') return name.length
  const braces = /\{(?:[^"'`}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\}/y
  braces.lastIndex = name.length
  if (!braces.test(text)) throw new Error(`Cannot read series "${text.trim()}": expected the braces to close`)
  return braces.lastIndex
}

/** Split at blanks, but not within a native histogram's double braces. */
function itemsOf(text: string): string[] {
  return text.match(/(?:\{\{.*?\}\}|\S)+/g) ?? []
}

const number = String.raw`(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan)`
const repeatedGap = /^_(?:x(\d+))?$/
const repeatedValue = new RegExp(`^([+-]?${number}|stale)(?:([+-]${number})?x(\\d+))?$`, 'i')
const histogram = /^\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x(\d+))?$/

function* expand(item: string): Generator<SequenceValue> {
  const gap = repeatedGap.exec(item)
  if (gap !== null) return yield* repeat('gap', Number(gap[1] ?? 1))
  const native = histogram.exec(item)
  if (native !== null) return yield* repeat('native histogram', Number(native[1] ?? 0) + 1)
  const found = repeatedValue.exec(item)
  if (found === null)
    throw new Error(`Cannot read value "${item}": expected a number, "stale", "_" or a series such as 1+2x3`)
  const [, start = '', step, count] = found
  if (start.toLowerCase() === 'stale') return yield* repeat('stale', Number(count ?? 0) + 1)
  let value = numberOf(start)
  // Added up rather than multiplied: Prometheus does, and the rounding shows.
  for (let index = 0; index <= Number(count ?? 0); index++) {
    yield value
    value += step === undefined ? 0 : numberOf(step)
  }
}

function* repeat(value: SequenceValue, times: number): Generator<SequenceValue> {
  for (let index = 0; index < times; index++) yield value
}

export function numberOf(text: string): number {
  const special = /^([+-]?)(inf|nan)$/i.exec(text)
  if (special === null) return Number(text)
  if (special[2]!.toLowerCase() === 'nan') return Number.NaN
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
