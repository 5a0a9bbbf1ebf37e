import { byLabels, keyOf, type Labels, labelsOf } from '../../labels.ts'
import { predicateOf } from '../../matchers.ts'
import type { Metadata } from '../pipeline/state.ts'
import type { Entries, LogStorage, LogStream } from '../storage.ts'

export interface StoreOptions {
  /** Entries kept at most. */
  entries?: number
  /** Characters of lines and metadata kept at most. */
  characters?: number
  /** One entry more is an error by default. */
  whenFull?: 'refuse' | 'drop the oldest'
  /** Milliseconds; entries older than the newest of the store by more are dropped. All are kept by default. */
  retention?: number
}

export interface LogStore extends LogStorage {
  /** The same line with the same metadata at the same time of a stream is kept once, as in Loki. */
  append(labels: Labels, entry: LogEntry): void
  stats(): {
    streams: number
    entries: number
    characters: number
    oldest: number
    newest: number
    dropped: number
  }
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
  const { whenFull = 'refuse', retention = Number.POSITIVE_INFINITY } = options
  const streams = new Map<string, Stream>()
  let inOrder: Stream[] | undefined
  let entries = 0
  let characters = 0
  let oldest = Number.POSITIVE_INFINITY
  let newest = Number.NEGATIVE_INFINITY
  let dropped = 0

  /** A tenth at once, so that dropping costs little for each entry that comes. */
  function makeRoom(): void {
    const times = [...streams.values()].flatMap(stream => stream.times).sort((a, b) => a - b)
    dropBefore(times[Math.ceil(times.length / 10)] ?? Number.POSITIVE_INFINITY)
  }

  /** Counts anew what is left, since putting a stream in order takes repeated entries out. */
  function dropBefore(time: number): void {
    const before = entries
    oldest = Number.POSITIVE_INFINITY
    entries = 0
    characters = 0
    for (const [key, stream] of streams) {
      if (!stream.isArranged) arrange(stream)
      const count = firstAfter(stream.times, time - 1)
      // Copies, because a reader may still look at the old columns.
      if (count > 0) {
        stream.times = stream.times.slice(count)
        stream.nanos = stream.nanos.slice(count)
        stream.lines = stream.lines.slice(count)
        stream.metadata = stream.metadata.slice(count)
      }
      entries += stream.times.length
      for (const [index, line] of stream.lines.entries())
        characters += line.length + sizeOf(stream.metadata[index])
      oldest = Math.min(oldest, stream.times[0] ?? Number.POSITIVE_INFINITY)
      if (stream.times.length > 0) continue
      streams.delete(key)
      inOrder = undefined
    }
    dropped += before - entries
  }

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
      const kept = metadata?.length === 0 ? undefined : metadata
      const size = line.length + sizeOf(kept)
      if (whenFull === 'drop the oldest' && (entries >= mostEntries || characters + size > mostCharacters))
        makeRoom()
      if (newest - retention - retention / 16 > oldest) dropBefore(newest - retention)
      if (entries >= mostEntries || characters + size > mostCharacters)
        throw new LogStoreError(
          `Cannot keep more log lines: expected at most ${mostEntries} of ${mostCharacters} characters together, got one more`,
        )
      const stream = streamOf(labels)
      const last = stream.times.length - 1
      const order = last < 0 ? 1 : time - stream.times[last]! || nanos - stream.nanos[last]!
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
    stats: () => ({ streams: streams.size, entries, characters, oldest, newest, dropped }),
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
