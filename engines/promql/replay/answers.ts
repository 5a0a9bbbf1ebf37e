/** Holds an answer, ours or a real server's, against what a test file expects of it. */

import { keyOf, type Labels } from '../../labels.ts'
import type { InstantResult, RangeResult, RangeSeries } from '../engine/results.ts'
import type { Evaluation, NoteExpectation, When } from './promqltest-format.ts'
import { printMetric, printNumber, type SeriesLine } from './series-notation.ts'

export type Answer = InstantResult | RangeResult | Failure

interface Failure {
  type: 'error'
  message: string
}

/** A sentence that says how the answer falls short, or undefined when it is as expected. */
export function shortfall(evaluation: Evaluation, answer: Answer): string | undefined {
  const fails = evaluation.notes.filter(note => note.kind === 'fail')
  if (answer.type === 'error') {
    if (fails.length === 0) return `expected an answer, got the error: ${answer.message}`
    const missed = fails.find(note => !note.matches(answer.message))
    return missed && `expected the error ${missed.wanted}, got: ${answer.message}`
  }
  if (fails.length > 0) return `expected an error, got ${printAnswer(answer)}`
  return shortfallOfNotes(evaluation.notes, answer) ?? shortfallOfResult(evaluation, answer)
}

export function shortfallOfResult(
  evaluation: Evaluation,
  answer: Exclude<Answer, Failure>,
): string | undefined {
  const { scalar, text, results, when, rangeVector, ordered } = evaluation
  if (answer.type === 'scalar' || scalar !== undefined) {
    if (answer.type !== 'scalar' || scalar === undefined)
      return `expected ${scalar === undefined ? 'series' : `the scalar ${scalar}`}, got ${printAnswer(answer)}`
    return almostEqual(answer.value, scalar)
      ? undefined
      : `expected ${printNumber(scalar)}, got ${printNumber(answer.value)}`
  }
  if (answer.type === 'string' || text !== undefined) {
    const same = answer.type === 'string' && answer.value === text
    return same
      ? undefined
      : `expected ${text === undefined ? 'series' : JSON.stringify(text)}, got ${printAnswer(answer)}`
  }
  const missing = differingSets(results, labelSetsOf(answer))
  if (missing !== undefined) return `${missing}\n${printAnswer(answer)}`
  if (answer.type === 'vector') return shortfallOfVector(results, answer.samples, ordered)
  if (ordered) return 'expected an ordered vector, got a matrix, which has no order'
  return shortfallOfMatrix(results, answer.series, rangeVector ?? when)
}

/** Equal but for rounding: as Prometheus compares in its tests, relative to the sum of both. */
export function almostEqual(a: number, b: number, tolerance = 1e-6): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const smallestNormal = 2.2250738585072014e-308
  const sum = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < smallestNormal) return difference < tolerance * smallestNormal
  return difference / Math.min(sum, Number.MAX_VALUE) < tolerance
}

function printAnswer(answer: Answer): string {
  if (answer.type === 'error') return `the error: ${answer.message}`
  if (answer.type === 'scalar') return `the scalar ${printNumber(answer.value)}`
  if (answer.type === 'string') return `the string ${JSON.stringify(answer.value)}`
  const lines =
    answer.type === 'vector'
      ? answer.samples.map(({ labels, value }) => `  ${printMetric(labels)} ${printNumber(value)}`)
      : answer.series.map(series => `  ${printMetric(series.labels)} ${printPoints(series)}`)
  return lines.length === 0 ? 'nothing' : `a ${answer.type}\n${lines.join('\n')}`
}

function shortfallOfNotes(
  notes: readonly NoteExpectation[],
  answer: Exclude<Answer, Failure>,
): string | undefined {
  for (const [kind, got] of [['warn', answer.warnings] as const, ['info', answer.infos] as const]) {
    if (notes.some(note => note.kind === `no_${kind}`) && got.length > 0)
      return `expected no ${kind}, got: ${got.join('; ')}`
    const wanted = notes.filter(note => note.kind === kind)
    if (wanted.length === 0) continue
    const absent = wanted.find(note => !got.some(text => note.matches(text)))
    if (absent !== undefined) return `expected the ${kind} ${absent.wanted}, got: ${got.join('; ') || 'none'}`
    const surplus = got.find(text => !wanted.some(note => note.matches(text)))
    if (surplus !== undefined) return `expected no further ${kind}, got: ${surplus}`
  }
  return undefined
}

function labelSetsOf(answer: Exclude<Answer, Failure>): Labels[] {
  if (answer.type === 'vector') return answer.samples.map(sample => sample.labels)
  return answer.type === 'matrix' ? answer.series.map(series => series.labels) : []
}

function differingSets(expected: readonly SeriesLine[], got: readonly Labels[]): string | undefined {
  const wanted = new Set(expected.map(series => keyOf(series.labels)))
  const seen = new Set<string>()
  for (const labels of got) {
    const key = keyOf(labels)
    if (!wanted.has(key)) return `expected no series ${printMetric(labels)}, got`
    if (seen.has(key)) return `expected series ${printMetric(labels)} once, got it twice:`
    seen.add(key)
  }
  const absent = expected.find(series => !seen.has(keyOf(series.labels)))
  return absent && `expected series ${printMetric(absent.labels)}, got`
}

function shortfallOfVector(
  expected: readonly SeriesLine[],
  samples: readonly { labels: Labels; value: number }[],
  ordered: boolean,
): string | undefined {
  const places = new Map(
    expected.map((series, place) => [keyOf(series.labels), { value: series.values[0], place }]),
  )
  for (const [place, { labels, value }] of samples.entries()) {
    const wanted = places.get(keyOf(labels))!
    if (ordered && wanted.place !== place)
      return `expected ${printMetric(labels)} in place ${wanted.place + 1}, got it in place ${place + 1}`
    if (typeof wanted.value !== 'number' || !almostEqual(value, wanted.value))
      return `expected ${printMetric(labels)} ${printExpected(wanted.value)}, got ${printNumber(value)}`
  }
  return undefined
}

function shortfallOfMatrix(
  expected: readonly SeriesLine[],
  got: readonly RangeSeries[],
  { start, end, step }: Pick<When, 'start' | 'end' | 'step'>,
): string | undefined {
  const seriesByKey = new Map(got.map(series => [keyOf(series.labels), series]))
  for (const { labels, values } of expected) {
    const { times, values: points } = seriesByKey.get(keyOf(labels))!
    const wanted = values.flatMap((value, index) =>
      value === 'gap' ? [] : [{ time: start + index * step, value }],
    )
    const differs = (message: string) =>
      `expected ${printMetric(labels)} ${message}, got ${printPoints({ times, values: points })}`
    if (start + (values.length - 1) * step > end)
      return differs(`with ${values.length} points, more than the range holds`)
    if (wanted.length !== points.length) return differs(`with ${wanted.length} points`)
    for (const [index, { time, value }] of wanted.entries()) {
      if (time !== times[index] || typeof value !== 'number' || !almostEqual(points[index]!, value))
        return differs(`${printExpected(value)} at ${time / 1000}s`)
    }
  }
  return undefined
}

function printExpected(value: SeriesLine['values'][number] | undefined): string {
  return typeof value === 'number' ? printNumber(value) : String(value)
}

function printPoints({ times, values }: Pick<RangeSeries, 'times' | 'values'>): string {
  return Array.from(values, (value, index) => `${printNumber(value)} @${times[index]! / 1000}s`).join(' ')
}
