import { rangeQuery } from '../engine/query.ts'
import { QueryError, type RangeSeries } from '../engine/result.ts'
import { keyOf, type Labels } from '../labels.ts'
import { readsItself, readsRange, stretches } from './dependencies.ts'
import {
  type Condition,
  type Element,
  evaluateRule,
  guard,
  recordedLabels,
  refusal,
  type Settings,
  writeAlerts,
} from './evaluate-rule.ts'
import type { RecordingRule } from './groups.ts'

/** Bounds the memory of one query; state is carried from one piece to the next. */
const stepsAtOnce = 10_000

/** Evaluates all rules over [start, end]: rule by rule over columns where that equals ticking, else tick by tick. */
export function evaluateRange(
  settings: Settings,
  conditions: readonly Condition[],
  start: number,
  end: number,
): void {
  for (const stretch of stretches(conditions)) {
    const [only] = stretch
    if (stretch.length > 1 || !canBatch(only!)) stepThrough(settings, stretch, start, end)
    else batch(settings, only!, start, end)
  }
}

interface Times {
  first: number
  last: number
  step: number
}

function timesOf(settings: Settings, { group }: Condition, start: number, end: number): Times {
  const step = group.interval ?? settings.interval
  return { first: Math.ceil(start / step) * step, last: Math.floor(end / step) * step, step }
}

/** At each time in turn the rules that are due, in their order. */
function stepThrough(settings: Settings, conditions: readonly Condition[], start: number, end: number): void {
  const due = conditions.map(condition => ({ condition, ...timesOf(settings, condition, start, end) }))
  for (let time = Math.min(...due.map(({ first }) => first)); time <= end; ) {
    let next = Number.POSITIVE_INFINITY
    for (const { condition, step } of due) {
      if (time % step === 0) evaluateRule(settings, condition, time)
      next = Math.min(next, (Math.floor(time / step) + 1) * step)
    }
    time = next
  }
}

/** A limit counts per step, and `start()` and `end()` mean another time in a range. */
function canBatch({ group, rule }: Condition): boolean {
  return group.limit === 0 && !readsItself(rule) && !readsRange(rule.expr)
}

function batch(settings: Settings, condition: Condition, start: number, end: number): void {
  const { first, last, step } = timesOf(settings, condition, start, end)
  for (let from = first; from <= last; from += stepsAtOnce * step) {
    const to = Math.min(last, from + (stepsAtOnce - 1) * step)
    const result = askRange(settings, condition, { first: from, last: to, step })
    const isWritten =
      result !== undefined && writeRange(settings, condition, result, { first: from, last: to, step })
    if (!isWritten) stepThrough(settings, [condition], from, to)
  }
}

/** Undefined when the query fails somewhere in the range: then only its steps tell where. */
function askRange(
  settings: Settings,
  { group, rule }: Condition,
  times: Times,
): readonly RangeSeries[] | undefined {
  const range = {
    start: times.first - group.queryOffset,
    end: times.last - group.queryOffset,
    step: times.step,
  }
  try {
    return rangeQuery(settings.store, rule.expr, range, settings.query).series
  } catch (error) {
    if (error instanceof QueryError) return undefined
    throw error
  }
}

/** False, with nothing written, when it has to be done step by step. */
function writeRange(
  settings: Settings,
  condition: Condition,
  series: readonly RangeSeries[],
  times: Times,
): boolean {
  const { rule } = condition
  if (rule.kind === 'recording') return writeColumns(settings, condition, rule, series, times)
  const cursors = series.map(({ labels, times: at, values }) => ({ labels, at, values, next: 0 }))
  for (let time = times.first; time <= times.last; time += times.step) {
    const asked = time - condition.group.queryOffset
    const elements: Element[] = []
    for (const cursor of cursors) {
      if (cursor.at[cursor.next] !== asked) continue
      elements.push({ labels: cursor.labels, value: cursor.values[cursor.next]! })
      cursor.next++
    }
    if (elements.length === 0 && condition.active.size === 0 && condition.previous.size === 0) {
      condition.error = undefined
      const next = Math.min(...cursors.map(({ at, next }) => at[next] ?? Number.POSITIVE_INFINITY))
      // Nothing is remembered and nothing found: the steps before the next result would change nothing.
      time = Math.min(next + condition.group.queryOffset, times.last + times.step) - times.step
      continue
    }
    guard(condition, time, () => writeAlerts(settings, condition, rule, elements, time))
  }
  condition.evaluatedAt = times.last
  return true
}

function writeColumns(
  settings: Settings,
  condition: Condition,
  rule: RecordingRule,
  series: readonly RangeSeries[],
  times: Times,
): boolean {
  const columns = new Map<string, { labels: Labels; source: RangeSeries }>()
  for (const source of series) {
    const labels = recordedLabels(rule, source.labels)
    columns.set(keyOf(labels), { labels, source })
  }
  if (columns.size < series.length) return false
  const { queryOffset } = condition.group
  const previous = new Map<string, Labels>()
  for (const [key, labels] of condition.previous)
    if (!columns.has(key)) settings.store.markStale(labels, times.first - queryOffset)
  const refused: number[] = []
  let refusedLast = 0
  for (const [key, { labels, source }] of columns) {
    const isOpen = condition.previous.has(key)
    const column = writeColumn(settings, labels, source, isOpen, {
      first: times.first - queryOffset,
      last: times.last - queryOffset,
      step: times.step,
    })
    if (column.isOpen) previous.set(key, labels)
    if (column.firstRefused !== undefined) refused.push(column.firstRefused + queryOffset)
    if (column.isRefusedLast) refusedLast++
  }
  condition.previous = previous
  condition.evaluatedAt = times.last
  condition.error = refusedLast > 0 ? refusal(refusedLast) : undefined
  if (refused.length > 0) {
    const time = Math.min(...refused)
    condition.firstError ??= { time, message: refusal(refused.filter(first => first === time).length) }
  }
  return true
}

/** The points of a series, and the mark of its end wherever the next step has none. */
function writeColumn(
  { store }: Settings,
  labels: Labels,
  { times, values }: RangeSeries,
  wasOpen: boolean,
  { first, last, step }: Times,
): { isOpen: boolean; isRefusedLast: boolean; firstRefused: number | undefined } {
  const writer = store.series?.(labels) ?? {
    append: (time, value) => store.append(labels, time, value),
    markStale: time => store.markStale(labels, time),
  }
  let isOpen = wasOpen
  let firstRefused: number | undefined
  let isRefusedLast = false
  let expected = first
  for (let index = 0; index < times.length; index++) {
    const time = times[index]!
    if (isOpen && time > expected) writer.markStale(expected)
    const outcome = writer.append(time, values[index]!)
    const isWritten = outcome === 'stored' || outcome === 'repeated'
    if (!isWritten && isOpen && time === expected) writer.markStale(time)
    isOpen = isWritten
    isRefusedLast = !isWritten && time === last
    if (!isWritten) firstRefused ??= time
    expected = time + step
  }
  if (isOpen && expected <= last) {
    writer.markStale(expected)
    isOpen = false
  }
  return { isOpen, isRefusedLast, firstRefused }
}
