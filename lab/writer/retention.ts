/** Keeps logs and traces within their age and their size: the oldest leave first, what a run has pinned stays. */
import type { DatabaseSync } from 'node:sqlite'

/** Milliseconds. */
export interface Pin {
  id: string
  from: number
  to: number
}

interface Bounds {
  retention: number
  size: number
}

const rowsAtOnce = 300
/** When there is too much, this share of the time kept goes at once. */
const share = 1 / 40

export function retention(database: DatabaseSync, bounds: Bounds) {
  const isPinned = 'EXISTS (SELECT 1 FROM pins WHERE pins.last >= kept.first AND pins.first <= kept.last)'
  const oldChunks = database.prepare(
    `SELECT id, entries FROM chunks AS kept WHERE last < ? AND NOT ${isPinned} ORDER BY last LIMIT ${rowsAtOnce}`,
  )
  const oldTraces = database.prepare(
    `SELECT id, spans FROM traces AS kept WHERE last < ? AND NOT ${isPinned} ORDER BY last LIMIT ${rowsAtOnce}`,
  )
  const oldest = (table: string) =>
    database.prepare(`SELECT last FROM ${table} AS kept WHERE NOT ${isPinned} ORDER BY last LIMIT 1`)
  const [oldestChunk, oldestTrace] = [oldest('chunks'), oldest('traces')]
  const firstChunk = database.prepare('SELECT min(last) AS last FROM chunks')
  const deletions = ['DELETE FROM chunks WHERE id = ?', 'DELETE FROM chunk_traces WHERE chunk = ?'].map(
    text => database.prepare(text),
  )
  const traceDeletions = [
    'DELETE FROM traces WHERE id = ?',
    'DELETE FROM parts WHERE trace = ?',
    'DELETE FROM trace_services WHERE trace = ?',
  ].map(text => database.prepare(text))
  const pages = ['page_count', 'freelist_count', 'page_size'].map(name => database.prepare(`PRAGMA ${name}`))
  const single = (text: string) => Number(Object.values(database.prepare(text).get()!)[0] ?? 0)
  const counts = {
    entries: single('SELECT sum(entries) FROM chunks'),
    spans: single('SELECT sum(spans) FROM traces'),
    droppedEntries: 0,
    droppedSpans: 0,
  }

  function bytes(): number {
    const [all, free, size] = pages.map(each => Number(Object.values(each.get()!)[0]))
    return (all! - free!) * size!
  }

  /** False when nothing is left that is as old. */
  function deleteBefore(time: number): boolean {
    const chunks = oldChunks.all(time) as unknown as { id: number; entries: number }[]
    for (const { id, entries } of chunks) {
      for (const each of deletions) each.run(id)
      counts.entries -= entries
      counts.droppedEntries += entries
    }
    const traces = oldTraces.all(time) as unknown as { id: number; spans: number }[]
    for (const { id, spans } of traces) {
      for (const each of traceDeletions) each.run(id)
      counts.spans -= spans
      counts.droppedSpans += spans
    }
    return chunks.length === rowsAtOnce || traces.length === rowsAtOnce
  }

  function timeOfOldest(): number | undefined {
    const found = [oldestChunk.get(), oldestTrace.get()].flatMap(row =>
      row === undefined ? [] : [(row as { last: number }).last],
    )
    return found.length === 0 ? undefined : Math.min(...found)
  }

  return {
    /** A step; true when there is more to do. */
    enforce(now: number): boolean {
      if (deleteBefore(now - bounds.retention)) return true
      if (bytes() <= bounds.size) return false
      const oldest = timeOfOldest()
      if (oldest === undefined) return false
      deleteBefore(Math.floor(oldest + Math.max(1000, (now - oldest) * share)))
      return true
    },
    count({ entries = 0, spans = 0 }: { entries?: number; spans?: number }): void {
      counts.entries += entries
      counts.spans += spans
    },
    /** These and no others. */
    pin(pins: readonly Pin[]): void {
      database.exec('DELETE FROM pins')
      const insert = database.prepare('INSERT INTO pins (id, first, last) VALUES (?, ?, ?)')
      for (const { id, from, to } of pins) insert.run(id, from, to)
    },
    status: () => ({
      ...counts,
      streams: single('SELECT count(*) FROM streams'),
      traces: single('SELECT count(*) FROM traces'),
      oldest: (firstChunk.get() as { last: number | null }).last ?? undefined,
      bytes: bytes(),
    }),
  }
}
