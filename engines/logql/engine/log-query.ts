/** Queries for lines. */

import type { LogExpr, Semantics } from '../language/ast.ts'
import { type Line, linePipeline } from '../pipeline/pipeline.ts'
import { wantedOf } from '../pipeline/wanted.ts'
import type { Entries, LogStorage } from '../storage.ts'
import type { Instant } from '../text/instant.ts'
import type { Budget } from './budget.ts'
import type { LogResult, Stream } from './result.ts'

export interface LogRange {
  /** Included. */
  start: Instant
  /** Not included. */
  end: Instant
  direction: 'forward' | 'backward'
  /** How many lines at most; as the lines nearest to where the direction begins. */
  limit: number
  /** Leaves out lines closer than this to the last one given, in nanoseconds. */
  interval: number
}

/** A stream's entries, and the one to look at next. */
interface Reader {
  labels: Stream['labels']
  entries: Entries
  at: number
  order: number
}

export function logQuery(
  storage: LogStorage,
  query: string,
  expr: LogExpr,
  range: LogRange,
  budget: Budget,
  semantics: Semantics,
): LogResult {
  const streams = new Map<string, Stream>()
  eachLine(storage, query, expr, range, budget, semantics, ({ labels, line }, at) => {
    let stream = streams.get(labels.key)
    if (stream === undefined) {
      stream = { labels: labels.labels, entries: [] }
      streams.set(labels.key, stream)
    }
    stream.entries.push({ ...at, line })
  })
  const sorted = [...streams.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stream]) => stream)
  return { type: 'streams', streams: sorted }
}

/** Visits the lines that a query gives, in the direction that is asked for. */
export function eachLine(
  storage: LogStorage,
  query: string,
  expr: LogExpr,
  range: LogRange,
  budget: Budget,
  semantics: Semantics,
  visit: (line: Line, at: Instant, stream: Stream['labels']) => void,
): void {
  const process = linePipeline(query, expr, semantics)
  const { start, end, direction, limit, interval } = range
  const isForward = direction === 'forward'
  const wanted = wantedOf(expr.stages)
  let last: Instant | undefined
  let given = 0
  for (const [from, to] of slicesOf(start.time, end.time, isForward)) {
    const readers = storage.select(expr.matchers, from, to, wanted).map(({ labels, read }, order): Reader => {
      const entries = within(read(from, to), start, end)
      return { labels, entries, at: isForward ? entries.start : entries.end - 1, order }
    })
    const queue = newQueue(readers, isForward)
    while (given < limit) {
      const reader = queue.next()
      if (reader === undefined) break
      const { times, nanos, lines, metadata } = reader.entries
      const at = reader.at
      const [time, nano] = [times[at]!, nanos[at]!]
      budget.read(lines[at]!)
      const out = process(reader.labels, lines[at]!, metadata[at], time, nano)
      if (out !== undefined && isFarEnough(time, nano, last, interval, isForward)) {
        last = { time, nanos: nano }
        visit(out, last, reader.labels)
        given++
      }
      reader.at += isForward ? 1 : -1
      queue.put(reader)
    }
    if (given === limit) break
  }
}

/** Parts of the range from where the direction begins, growing: often the first ones have as many lines as are asked for. */
function* slicesOf(start: number, end: number, isForward: boolean): Generator<[from: number, to: number]> {
  let width = firstSlice
  if (isForward)
    for (let from = start; from <= end; from += width + 1, width *= 4)
      yield [from, from + width >= end ? end : from + width]
  else
    for (let to = end; to >= start; to -= width + 1, width *= 4)
      yield [to - width <= start ? start : to - width, to]
}

/** Milliseconds. */
const firstSlice = 60_000

function isFarEnough(
  time: number,
  nanos: number,
  last: Instant | undefined,
  interval: number,
  isForward: boolean,
): boolean {
  if (interval === 0 || last === undefined) return true
  const distance = (time - last.time) * 1e6 + (nanos - last.nanos)
  return (isForward ? distance : -distance) >= interval
}

/** Cuts off what is in the first and the last millisecond but out of the range. */
function within(entries: Entries, from: Instant, to: Instant): Entries {
  const { times, nanos } = entries
  let { start, end } = entries
  while (start < end && times[start] === from.time && nanos[start]! < from.nanos) start++
  while (
    end > start &&
    (times[end - 1]! > to.time || (times[end - 1] === to.time && nanos[end - 1]! >= to.nanos))
  )
    end--
  return { ...entries, start, end }
}

/** Gives the reader whose entry comes first; of one time, that of the stream that comes first. */
function newQueue(readers: readonly Reader[], isForward: boolean) {
  const heap: Reader[] = []
  const isBefore = (a: Reader, b: Reader) => {
    const order =
      a.entries.times[a.at]! - b.entries.times[b.at]! || a.entries.nanos[a.at]! - b.entries.nanos[b.at]!
    return order === 0 ? a.order < b.order : order < 0 === isForward
  }
  const put = (reader: Reader) => {
    if (reader.at < reader.entries.start || reader.at >= reader.entries.end) return
    heap.push(reader)
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!isBefore(heap[at]!, heap[parent]!)) return
      ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
      at = parent
    }
  }
  const next = (): Reader | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || heap.length === 0) return first
    heap[0] = last!
    for (let at = 0; ; ) {
      let child = 2 * at + 1
      if (child >= heap.length) return first
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, heap[at]!)) return first
      ;[heap[at], heap[child]] = [heap[child]!, heap[at]!]
      at = child
    }
  }
  for (const reader of readers) put(reader)
  return { put, next }
}
