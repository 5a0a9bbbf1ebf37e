/** Says where two answers to the same query differ, and which differences have a reason that is no fault. */

import { keyOf, type Labels } from '../../labels.ts'
import { type Answer, almostEqual } from '../replay/answers.ts'
import { numberOf, printMetric, printNumber } from '../replay/series-notation.ts'

/** Far tighter than Prometheus' own tests: only the last few bits may differ. */
const tolerance = 1e-9

export interface Difference {
  kind: 'error' | 'type' | 'series' | 'points' | 'values' | 'order' | 'notes'
  detail: string
}

export function differenceBetween(
  ours: Answer,
  theirs: Answer,
  { isOrdered = false, withNotes = true } = {},
): Difference | undefined {
  if (ours.type === 'error' || theirs.type === 'error') {
    const left = ours.type === 'error' ? faultOf(ours.message) : 'an answer'
    const right = theirs.type === 'error' ? faultOf(theirs.message) : 'an answer'
    if (left === right) return undefined
    return { kind: 'error', detail: `ours ${said(ours)}; theirs ${said(theirs)}` }
  }
  if (ours.type !== theirs.type) return { kind: 'type', detail: `ours ${ours.type}; theirs ${theirs.type}` }
  return valueDifference(ours, theirs, isOrdered) ?? (withNotes ? noteDifference(ours, theirs) : undefined)
}

type Value = Exclude<Answer, { type: 'error' }>

const faults: readonly [string, RegExp][] = [
  ['many-to-many', /many-to-many|duplicate series for the match group|multiple matches for labels/],
  ['same labelset', /same labelset|duplicate label ?set/i],
  ['invalid label name', /invalid (?:label name|destination label|source label)/i],
  ['invalid regular expression', /regular expression|regexp|missing argument to repetition/i],
  ['expression type', /invalid expression type|(?:cannot|expected).*(?:range|string)/i],
  ['parse', /parse|invalid parameter/i],
]

/** What an error is about, whatever its words. */
export function faultOf(message: string): string {
  return faults.find(([, pattern]) => pattern.test(message))?.[0] ?? message
}

function said(answer: Answer): string {
  return answer.type === 'error' ? `says "${answer.message}"` : 'answers'
}

function valueDifference(ours: Value, theirs: Value, isOrdered: boolean): Difference | undefined {
  if (ours.type === 'scalar' && theirs.type === 'scalar') return unequal(new Map(), ours.value, theirs.value)
  if (ours.type === 'string' && theirs.type === 'string')
    return ours.value === theirs.value
      ? undefined
      : { kind: 'values', detail: `ours ${ours.value}; theirs ${theirs.value}` }
  const left = seriesOf(ours)
  const right = seriesOf(theirs)
  for (const [key, { labels }] of left)
    if (!right.has(key)) return { kind: 'series', detail: `only ours has ${printMetric(labels)}` }
  for (const [key, { labels }] of right)
    if (!left.has(key)) return { kind: 'series', detail: `only theirs has ${printMetric(labels)}` }
  for (const [key, { labels, times, values }] of left) {
    const other = right.get(key)!
    const at = (series: Points) => Array.from(series.times).join(' ')
    if (at({ times, values }) !== at(other))
      return {
        kind: 'points',
        detail: `${printMetric(labels)}: ours at ${at({ times, values })}; theirs at ${at(other)}`,
      }
    for (let index = 0; index < times.length; index++) {
      const difference = unequal(labels, values[index]!, other.values[index]!)
      if (difference !== undefined)
        return { ...difference, detail: `${difference.detail} at ${times[index]! / 1000}s` }
    }
  }
  if (isOrdered && ours.type === 'vector' && theirs.type === 'vector')
    return orderDifference(ours.samples, theirs.samples)
  return undefined
}

interface Points {
  times: ArrayLike<number>
  values: ArrayLike<number>
}

function seriesOf(answer: Value): Map<string, Points & { labels: Labels }> {
  if (answer.type === 'vector')
    return new Map(
      answer.samples.map(({ labels, time, value }) => [
        keyOf(labels),
        { labels, times: [time], values: [value] },
      ]),
    )
  return new Map(answer.type === 'matrix' ? answer.series.map(series => [keyOf(series.labels), series]) : [])
}

function unequal(labels: Labels, ours: number, theirs: number): Difference | undefined {
  if (almostEqual(ours, theirs, tolerance)) return undefined
  return {
    kind: 'values',
    detail: `${printMetric(labels)}: ours ${printNumber(ours)}; theirs ${printNumber(theirs)}`,
  }
}

/** Equal values may come in any order. */
function orderDifference(
  ours: readonly { value: number }[],
  theirs: readonly { value: number }[],
): Difference | undefined {
  const at = ours.findIndex(({ value }, index) => !almostEqual(value, theirs[index]!.value, tolerance))
  return at === -1
    ? undefined
    : { kind: 'order', detail: `place ${at + 1}: ours ${ours[at]!.value}; theirs ${theirs[at]!.value}` }
}

function noteDifference(ours: Value, theirs: Value): Difference | undefined {
  for (const kind of ['warnings', 'infos'] as const) {
    const left = ours[kind]
    const right = theirs[kind]
    // The server keeps ten of them and counts the rest.
    const isCut = right.some(isCount)
    const onlyOurs = isCut ? undefined : left.find(note => !right.some(other => sameNote(note, other)))
    const onlyTheirs = right.find(note => !isCount(note) && !left.some(other => sameNote(note, other)))
    if (onlyOurs !== undefined) return { kind: 'notes', detail: `only ours says "${onlyOurs}"` }
    if (onlyTheirs !== undefined) return { kind: 'notes', detail: `only theirs says "${onlyTheirs}"` }
  }
  return undefined
}

function isCount(note: string): boolean {
  return /more (?:warning|info) annotations omitted/.test(note)
}

/** A note may hold a value, whose last digits may differ as values may, and a count that Prometheus gets wrong. */
function sameNote(a: string, b: string): boolean {
  const uncounted = (note: string) => note.replace(/ over \d+ samples .*/, '')
  if (uncounted(a) === uncounted(b)) return true
  const number = /[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|Inf|NaN)$/
  const [left, right] = [number.exec(a)?.[0], number.exec(b)?.[0]]
  if (left === undefined || right === undefined || a.replace(number, '') !== b.replace(number, ''))
    return false
  return almostEqual(numberOf(left), numberOf(right), tolerance)
}
