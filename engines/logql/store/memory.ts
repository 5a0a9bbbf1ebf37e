import { byLabels, keyOf, type Labels, labelsOf } from '../../labels.ts'
import { predicateOf } from '../../matchers.ts'
import type { Metadata } from '../pipeline/state.ts'
import type { Entries, LogStorage, LogStream } from '../storage.ts'

export interface StoreOptions {
  /** Entries kept at most; one more is an error. */
  entries?: number
  /** Characters of lines and metadata kept at most. */
  characters?: number
}

export interface LogStore extends LogStorage {
  /** The same line with the same metadata at the same time of a stream is kept once, as in Loki. */
  append(labels: Labels, entry: LogEntry): void
  stats(): { streams: number; entries: number; characters: number; oldest: number; newest: number }
}

export interface LogEntry {
  /** Milliseconds since the epoch. */
  time: number
  /** Nanoseconds within the millisecond. */
  nanos: number
  line: string
  metadata?: Metadata | undefined
}

/** What was to be stored is too much. */
export class LogStoreError extends Error {}

interface Stream {
  labels: Labels
  times: number[]
  nanos: number[]
  lines: string[]
  metadata: (Metadata | undefined)[]
  /** Whether entries are in order of time, each once. */
  isArranged: boolean
}

export function createLogStore(options: StoreOptions = {}): LogStore {
  const { entries: mostEntries = 5_000_000, characters: mostCharacters = 1_000_000_000 } = options
  const streams = new Map<string, Stream>()
  let inOrder: Stream[] | undefined
  let entries = 0
  let characters = 0
  let oldest = Number.POSITIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY

  function streamOf(labels: Labels): Stream {
    const key = keyOf(labels)
    let stream = streams.get(key)
    if (stream === undefined) {
      stream = { labels: labelsOf(labels), times: [], nanos: [], lines: [], metadata: [], isArranged: true }
      streams.set(key, stream)
      inOrder = undefined
    }
    return stream
  }

  return {
    append(labels, { time, nanos, line, metadata }) {
      const stream = streamOf(labels)
      const kept = metadata?.length === 0 ? undefined : metadata
      const last = stream.times.length - 1
      const order = last < 0 ? 1 : time - stream.times[last]! || nanos - stream.nanos[last]!
      const size = line.length + sizeOf(kept)
      if (entries >= mostEntries || characters + size > mostCharacters)
        throw new LogStoreError(
          `Cannot keep more log lines: expected at most ${mostEntries} of ${mostCharacters} characters together, got one more`,
        )
      if (order <= 0) stream.isArranged = false
      stream.times.push(time)
      stream.nanos.push(nanos)
      stream.lines.push(line)
      stream.metadata.push(kept)
      entries++
      characters += size
      oldest = Math.min(oldest, time)
      newest = Math.max(newest, time)
    },
    select(matchers, from, to) {
      inOrder ??= [...streams.values()].sort(byLabels)
      if (from > newest || to < oldest) return []
      const tests = matchers.map(matcher => [matcher.name, predicateOf(matcher)] as const)
      return inOrder
        .filter(({ labels }) => tests.every(([name, test]) => test(labels.get(name) ?? '')))
        .map(readable)
    },
    stats: () => ({ streams: streams.size, entries, characters, oldest, newest }),
  }
}

function readable(stream: Stream): LogStream {
  return {
    labels: stream.labels,
    read(from, to): Entries {
      if (!stream.isArranged) arrange(stream)
      const { times, nanos, lines, metadata } = stream
      return {
        times,
        nanos,
        lines,
        metadata,
        start: firstAfter(times, from - 1),
        end: firstAfter(times, to),
      }
    },
  }
}

function firstAfter(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low
}

/** Stable, so that lines of one time stay in the order they came. */
function arrange(stream: Stream): void {
  const { times, nanos, lines } = stream
  const order = Array.from(times, (_, index) => index)
  order.sort((a, b) => times[a]! - times[b]! || nanos[a]! - nanos[b]! || a - b)
  const isSameTime = (a: number, b: number) => times[a] === times[b] && nanos[a] === nanos[b]
  let seen = new Set<string>()
  const kept = order.filter((index, place) => {
    const isAlone = !isSameTime(index, order[place - 1] ?? -1) && !isSameTime(index, order[place + 1] ?? -1)
    if (isAlone) return true
    if (!isSameTime(index, order[place - 1] ?? -1)) seen = new Set()
    const text = JSON.stringify([lines[index], stream.metadata[index] ?? []])
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
  const arranged = <T>(column: readonly T[]) => kept.map(index => column[index]!)
  stream.metadata = kept.map(index => stream.metadata[index])
  stream.times = arranged(times)
  stream.nanos = arranged(nanos)
  stream.lines = arranged(lines)
  stream.isArranged = true
}

function sizeOf(metadata: Metadata | undefined): number {
  let size = 0
  for (const [name, value] of metadata ?? []) size += name.length + value.length
  return size
}
