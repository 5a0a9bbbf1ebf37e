/** Writes whole columns of samples, with what ticking would have written around them and remembered of them. */

import type { RangeSeries } from '../engine/result.ts'
import type { Labels } from '../labels.ts'
import { type Condition, refusal, type Settings } from './evaluate-rule.ts'

/** The steps of a range; of a rule's clock, which its samples may be behind. */
export interface Times {
  first: number
  last: number
  step: number
}

/** Writes all series of a rule over a range, by their keys. */
export function writeColumns(
  settings: Settings,
  condition: Condition,
  columns: ReadonlyMap<string, RangeSeries>,
  times: Times,
): void {
  const { queryOffset } = condition.group
  const written = { first: times.first - queryOffset, last: times.last - queryOffset, step: times.step }
  const previous = new Map<string, Labels>()
  for (const [key, labels] of condition.previous)
    if (!columns.has(key)) settings.store.markStale(labels, written.first)
  const refused: number[] = []
  let refusedLast = 0
  for (const [key, source] of columns) {
    const column = writeColumn(settings, source, condition.previous.has(key), written)
    if (column.isOpen) previous.set(key, source.labels)
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
}

/** The points of a series, and the mark of its end wherever the next step has none. */
function writeColumn(
  { store }: Settings,
  { labels, times, values }: RangeSeries,
  wasOpen: boolean,
  { first, last, step }: Times,
): { isOpen: boolean; isRefusedLast: boolean; firstRefused: number | undefined } {
  const writer = store.series?.(labels) ?? {
    append: (time, value) => store.append(labels, time, value),
    extend: () => 0,
    markStale: time => store.markStale(labels, time),
  }
  let isOpen = wasOpen
  let firstRefused: number | undefined
  let isRefusedLast = false
  let expected = first
  for (let index = 0; index < times.length; ) {
    const time = times[index]!
    if (isOpen && time > expected) writer.markStale(expected)
    const taken = writer.extend(times, values, index, endOfRun(times, index, step))
    if (taken > 0) {
      isOpen = true
      index += taken
      expected = times[index - 1]! + step
      continue
    }
    const outcome = writer.append(time, values[index]!)
    const isWritten = outcome === 'stored' || outcome === 'repeated'
    if (!isWritten && isOpen && time === expected) writer.markStale(time)
    isOpen = isWritten
    isRefusedLast = !isWritten && time === last
    if (!isWritten) firstRefused ??= time
    expected = time + step
    index++
  }
  if (isOpen && expected <= last) {
    writer.markStale(expected)
    isOpen = false
  }
  return { isOpen, isRefusedLast, firstRefused }
}

/** The index after the last time that follows those from `index` on step by step. */
export function endOfRun(times: Float64Array, index: number, step: number): number {
  let end = index + 1
  while (end < times.length && times[end] === times[end - 1]! + step) end++
  return end
}
