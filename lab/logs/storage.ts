/** What the LogQL engine reads, from the database of the lab. */
import type { DatabaseSync } from 'node:sqlite'
import { byLabels, type Labels, labelsOf } from '../../engines/labels.ts'
import type { Entries, LogStorage, LogStream, Wanted } from '../../engines/logql/index.ts'
import { predicateOf } from '../../engines/matchers.ts'
import { readingDictionary } from '../store/dictionary.ts'
import { arranged, type Columns, decodeChunk } from './chunk.ts'
import { levelField } from './write.ts'

interface StoredLogs extends LogStorage {
  stats(): { entries: number; newest: number }
}

interface Stream {
  id: number
  labels: Labels
}

/** Characters of decoded chunks that are held for the next query; each line counts for some more. */
const mostHeld = 48_000_000
const overheadOfALine = 200

export function storedLogs(database: DatabaseSync): StoredLogs {
  const dictionary = readingDictionary(database)
  const newerStreams = database.prepare('SELECT id, labels FROM streams WHERE id > ? ORDER BY id')
  const chunksOf = database.prepare(
    'SELECT id FROM chunks WHERE stream = ? AND last >= ? AND first <= ? ORDER BY first, id',
  )
  const chunksOfLevel = database.prepare(
    'SELECT id FROM chunks WHERE stream = ? AND level = ? AND last >= ? AND first <= ? ORDER BY first, id',
  )
  const chunksOfTrace = database.prepare(
    `SELECT chunks.id AS id FROM chunk_traces JOIN chunks ON chunks.id = chunk
     WHERE trace = ? AND stream = ? AND last >= ? AND first <= ? ORDER BY first, chunks.id`,
  )
  const bodyOf = database.prepare('SELECT body FROM chunks WHERE id = ?')
  const newest = database.prepare('SELECT max(last) AS last FROM chunks')
  const streams: Stream[] = []
  const held = heldChunks()

  function readStreams(): Stream[] {
    for (const row of newerStreams.all(streams.reduce((most, { id }) => Math.max(most, id), 0))) {
      const { id, labels } = row as { id: number; labels: string }
      streams.push({ id, labels: labelsOf(JSON.parse(labels)) })
    }
    return streams
  }

  function columnsOf(id: number): Columns {
    const known = held.get(id)
    if (known !== undefined) return known
    const columns = decodeChunk((bodyOf.get(id) as { body: Uint8Array }).body, dictionary)
    held.set(id, columns)
    return columns
  }

  function chunkIds(stream: Stream, from: number, to: number, wanted: readonly Wanted[]): number[] {
    // A label of the stream stands before structured metadata of the same name.
    const wantedValue = (name: string) =>
      stream.labels.has(name) ? undefined : wanted.find(each => each.name === name)?.value
    const [trace, level] = [wantedValue('trace_id'), wantedValue(levelField)]
    const [first, last] = [clamp(from), clamp(to)]
    const rows =
      trace !== undefined && /^[\da-f]{32}$/.test(trace)
        ? chunksOfTrace.all(Buffer.from(trace, 'hex'), stream.id, first, last)
        : level !== undefined
          ? chunksOfLevel.all(stream.id, level, first, last)
          : chunksOf.all(stream.id, first, last)
    return rows.map(row => (row as { id: number }).id)
  }

  return {
    select(matchers, _from, _to, wanted = []): LogStream[] {
      const tests = matchers.map(matcher => [matcher.name, predicateOf(matcher)] as const)
      return readStreams()
        .filter(({ labels }) => tests.every(([name, test]) => test(labels.get(name) ?? '')))
        .toSorted(byLabels)
        .map(stream => ({
          labels: stream.labels,
          read: (from, to) => entriesOf(chunkIds(stream, from, to, wanted).map(columnsOf), from, to),
        }))
    },
    stats() {
      const { last } = newest.get() as { last: number | null }
      return { entries: last === null ? 0 : 1, newest: last ?? Number.NEGATIVE_INFINITY }
    },
  }
}

/** SQLite knows 64 bits, and binds whole numbers only up to 2^53 of them. */
function clamp(time: number): number {
  return Math.round(Math.min(Math.max(time, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER))
}

function entriesOf(chunks: readonly Columns[], from: number, to: number): Entries {
  const [first] = chunks
  const all = chunks.length === 1 && first !== undefined ? first : joined(chunks)
  return { ...all, start: firstAfter(all.times, from - 1), end: firstAfter(all.times, to) }
}

/** Chunks follow one another or are of different levels, and then have their lines between one another. */
function joined(chunks: readonly Columns[]): Columns {
  const all: Columns = { times: [], nanos: [], lines: [], metadata: [] }
  let isInOrder = true
  for (const { times, nanos, lines, metadata } of chunks) {
    const last = all.times.length - 1
    if (last >= 0 && isBefore(times[0]!, nanos[0]!, all.times[last]!, all.nanos[last]!)) isInOrder = false
    for (let i = 0; i < times.length; i++) {
      all.times.push(times[i]!)
      all.nanos.push(nanos[i]!)
      all.lines.push(lines[i]!)
      all.metadata.push(metadata[i])
    }
  }
  if (isInOrder) return all
  const { times, nanos, lines, metadata } = all
  const entries = arranged(
    times.map((time, i) => ({ time, nanos: nanos[i]!, line: lines[i]!, metadata: metadata[i] })),
  )
  return {
    times: entries.map(({ time }) => time),
    nanos: entries.map(({ nanos }) => nanos),
    lines: entries.map(({ line }) => line),
    metadata: entries.map(({ metadata }) => metadata),
  }
}

/** At the same time counts too: then the entries may be the same. */
function isBefore(time: number, nanos: number, otherTime: number, otherNanos: number): boolean {
  return time < otherTime || (time === otherTime && nanos <= otherNanos)
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

/** The chunks read last; a number of a chunk is never given to another one. */
function heldChunks() {
  const chunks = new Map<number, { columns: Columns; size: number }>()
  let size = 0
  return {
    get(id: number): Columns | undefined {
      const found = chunks.get(id)
      if (found === undefined) return undefined
      chunks.delete(id)
      chunks.set(id, found)
      return found.columns
    },
    set(id: number, columns: Columns): void {
      const own = columns.lines.reduce((sum, line) => sum + line.length + overheadOfALine, 0)
      chunks.set(id, { columns, size: own })
      size += own
      for (const [oldest, { size: gone }] of chunks) {
        if (size <= mostHeld) return
        chunks.delete(oldest)
        size -= gone
      }
    },
  }
}
