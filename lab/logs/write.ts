/** Writes lines to the database in chunks, and puts small chunks together to larger ones. */
import type { DatabaseSync } from 'node:sqlite'
import { keyOf, type Labels } from '../../engines/labels.ts'
import type { LogEntry } from '../../engines/logql/index.ts'
import { readingDictionary, type WritingDictionary } from '../store/dictionary.ts'
import { arranged, type Columns, decodeChunk, encodeChunk } from './chunk.ts'

export const levelField = 'detected_level'
const traceField = 'trace_id'

interface LogWriter {
  write(labels: Labels, entries: readonly LogEntry[]): void
  /** Puts some small chunks together; false when there was nothing to do. */
  merge(): boolean
}

/** Lines of a chunk at most. */
const largest = 2000
/** A chunk of this many lines is left as it is. */
const enough = 256
/** From this many smaller chunks of a stream and level on, they are put together. */
const mergedFrom = 16
/** Lines further apart do not share a chunk, so that retention and queries need not take more than they want. */
const longestSpan = 15 * 60_000

export function logWriter(database: DatabaseSync, dictionary: WritingDictionary): LogWriter {
  const insertStream = database.prepare('INSERT INTO streams (labels) VALUES (?)')
  const insertChunk = database.prepare(
    'INSERT INTO chunks (stream, level, first, last, entries, settled, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const insertTrace = database.prepare('INSERT OR IGNORE INTO chunk_traces (trace, chunk) VALUES (?, ?)')
  const mergeable = database.prepare(
    `SELECT stream, level FROM chunks WHERE settled = 0 GROUP BY stream, level HAVING count(*) >= ${mergedFrom} LIMIT 1`,
  )
  const unsettled = database.prepare(
    'SELECT id, first, last, entries, body FROM chunks WHERE settled = 0 AND stream = ? AND level = ? ORDER BY first, id LIMIT 500',
  )
  const settle = database.prepare('UPDATE chunks SET settled = 1 WHERE id = ?')
  const deleteChunk = database.prepare('DELETE FROM chunks WHERE id = ?')
  const deleteTraces = database.prepare('DELETE FROM chunk_traces WHERE chunk = ?')
  const known = readingDictionary(database)
  const streams = new Map<string, number>()

  function streamOf(labels: Labels): number {
    const key = keyOf(labels)
    const found = streams.get(key)
    if (found !== undefined) return found
    const text = JSON.stringify([...labels])
    const row = database.prepare('SELECT id FROM streams WHERE labels = ?').get(text) as
      | { id: number }
      | undefined
    const id = row?.id ?? Number(insertStream.run(text).lastInsertRowid)
    streams.set(key, id)
    return id
  }

  const numbers = {
    pair: (name: string, value: string) => dictionary.number('pair', JSON.stringify([name, value]), name),
    name: (name: string) => dictionary.number('name', JSON.stringify(name), ''),
  }

  function writeChunk(stream: number, level: string, entries: readonly LogEntry[], isSettled: boolean): void {
    const body = encodeChunk(entries, numbers)
    const [first, last] = [entries[0]!.time, entries.at(-1)!.time]
    const settled = isSettled || entries.length >= enough ? 1 : 0
    const { lastInsertRowid } = insertChunk.run(stream, level, first, last, entries.length, settled, body)
    const traces = new Set(entries.flatMap(entry => traceOf(entry) ?? []))
    for (const trace of traces) insertTrace.run(Buffer.from(trace, 'hex'), lastInsertRowid)
  }

  function writeAll(stream: number, level: string, entries: readonly LogEntry[], isSettled: boolean): void {
    const sorted = arranged(entries)
    for (let from = 0; from < sorted.length; ) {
      const last = sorted[from]!.time + longestSpan
      let to = from + 1
      while (to < sorted.length && to - from < largest && sorted[to]!.time <= last) to++
      writeChunk(stream, level, sorted.slice(from, to), isSettled)
      from = to
    }
  }

  return {
    write(labels, entries) {
      const stream = streamOf(labels)
      for (const [level, group] of Map.groupBy(entries, levelOf)) writeAll(stream, level, group, false)
    },
    merge() {
      const found = mergeable.get() as { stream: number; level: string } | undefined
      if (found === undefined) return false
      const { stream, level } = found
      const groups = groupsOf(unsettled.all(stream, level) as unknown as SmallChunk[])
      for (const [index, group] of groups.entries()) {
        // Lines that come later fit the last group at most, so those before it are final.
        const isSettled = index < groups.length - 1
        if (group.length === 1) {
          if (isSettled) settle.run(group[0]!.id)
          continue
        }
        for (const { id } of group) {
          deleteChunk.run(id)
          deleteTraces.run(id)
        }
        const entries = group.flatMap(({ body }) => entriesOf(decodeChunk(body, known)))
        writeAll(stream, level, entries, isSettled)
      }
      return true
    },
  }
}

/** Chunks that follow each other, in groups that fit into one chunk. */
function groupsOf(chunks: readonly SmallChunk[]): SmallChunk[][] {
  const groups: SmallChunk[][] = []
  let [entries, first] = [0, 0]
  for (const chunk of chunks) {
    const group = groups.at(-1)
    if (group !== undefined && entries + chunk.entries <= largest && chunk.last - first <= longestSpan) {
      group.push(chunk)
      entries += chunk.entries
    } else {
      groups.push([chunk])
      ;[entries, first] = [chunk.entries, chunk.first]
    }
  }
  return groups
}

interface SmallChunk {
  id: number
  first: number
  last: number
  entries: number
  body: Uint8Array
}

function entriesOf({ times, nanos, lines, metadata }: Columns): LogEntry[] {
  return times.map((time, i) => ({ time, nanos: nanos[i]!, line: lines[i]!, metadata: metadata[i] }))
}

function levelOf({ metadata = [] }: LogEntry): string {
  return metadata.find(([name]) => name === levelField)?.[1] ?? ''
}

function traceOf({ metadata = [] }: LogEntry): string | undefined {
  const id = metadata.find(([name]) => name === traceField)?.[1]
  return id !== undefined && /^[\da-f]{32}$/.test(id) ? id : undefined
}
