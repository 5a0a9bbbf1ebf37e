/** Writes whole columns of samples, with what ticking would have written around them and remembered of them. */

import { type RuleState, refusal } from './evaluate-rule.ts'
import type { Output } from './output.ts'

/** The points of a series a rule writes. */
export interface OutputColumn {
  output: Output
  times: Float64Array
  values: Float64Array
}

/** The steps of a range; of a rule's clock, which its samples may be behind. */
export interface Times {
  first: number
  last: number
  step: number
}

/** Writes all series of a rule over a range, each given once. */
export function writeColumns(ruleState: RuleState, columns: readonly OutputColumn[], times: Times): void {
  const { queryOffset } = ruleState.group
  const written = { first: times.first - queryOffset, last: times.last - queryOffset, step: times.step }
  const previous = new Map<string, Output>()
  const ended = new Map(ruleState.previous)
  for (const { output } of columns) ended.delete(output.key)
  for (const { writer } of ended.values()) writer.markStale(written.first)
  const refused: number[] = []
  let refusedLast = 0
  for (const source of columns) {
    const { output } = source
    const column = writeColumn(source, ruleState.previous.has(output.key), written)
    if (column.isOpen) previous.set(output.key, output)
    if (column.firstRefused !== undefined) refused.push(column.firstRefused + queryOffset)
    if (column.isRefusedLast) refusedLast++
  }
  ruleState.previous = previous
  ruleState.evaluatedAt = times.last
  ruleState.error = refusedLast > 0 ? refusal(refusedLast) : undefined
  if (refused.length > 0) {
    const time = Math.min(...refused)
    ruleState.firstError ??= { time, message: refusal(refused.filter(first => first === time).length) }
  }
}

/** The points of a series, and the mark of its end wherever the next step has none. */
function writeColumn(
  { output: { writer }, times, values }: OutputColumn,
  wasOpen: boolean,
  { first, last, step }: Times,
): { isOpen: boolean; isRefusedLast: boolean; firstRefused: number | undefined } {
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

/** The index after the last time that follows those from `index` on step by step; no two are closer than a step. */
export function endOfRun(times: Float64Array, index: number, step: number): number {
  const start = times[index]! - index * step
  let low = index + 1
  for (let high = times.length; low < high; ) {
    const middle = (low + high + 1) >>> 1
    if (times[middle - 1]! === start + (middle - 1) * step) low = middle
    else high = middle - 1
  }
  return low
}
