/** Writes spans to the database by trace, and puts the parts of traces that are complete together. */
import type { DatabaseSync } from 'node:sqlite'
import type { Span } from '../../engines/traceql/index.ts'
import { statuses } from '../../engines/traceql/language/value.ts'
import type { Batch } from '../../engines/traceql/otlp/read.ts'
import { readingDictionary, type WritingDictionary } from '../store/dictionary.ts'
import { decodePart, encodePart } from './part.ts'

interface TraceWriter {
  write(batches: readonly Batch[]): void
  /** Of some traces that got nothing for a while; false when there was nothing to do. */
  merge(): boolean
}

const mostAtOnce = 200

export function traceWriter(database: DatabaseSync, dictionary: WritingDictionary): TraceWriter {
  const known = database.prepare('SELECT id, first, last, duration FROM traces WHERE trace = ?')
  const insert = database.prepare(
    'INSERT INTO traces (trace, first, last, duration, spans, errors, part) VALUES (?, ?, ?, ?, ?, ?, 0)',
  )
  const extend = database.prepare(
    `UPDATE traces SET first = min(first, ?), last = max(last, ?), duration = max(duration, ?),
     spans = spans + ?, errors = errors + ?, part = ? WHERE id = ?`,
  )
  const insertPart = database.prepare('INSERT INTO parts (trace, body) VALUES (?, ?)')
  const insertService = database.prepare(
    'INSERT OR IGNORE INTO trace_services (service, trace) VALUES (?, ?)',
  )
  const merging = traceMerging(database)

  return {
    write(batches) {
      const byTrace = new Map<string, Span[]>()
      for (const { spans } of batches)
        for (const { traceId, span } of spans) {
          const list = byTrace.get(traceId)
          if (list === undefined) byTrace.set(traceId, [span])
          else list.push(span)
        }
      for (const [traceId, spans] of byTrace) {
        const trace = Buffer.from(traceId, 'hex')
        const { first, last, duration } = spanOf(spans)
        const found = known.get(trace) as { id: number; first: number; last: number } | undefined
        const id = found?.id ?? Number(insert.run(trace, first, last, duration, 0, 0).lastInsertRowid)
        const part = insertPart.run(id, encodePart(spans, dictionary.number)).lastInsertRowid
        const errors = spans.filter(({ status }) => statuses[status] === 'error').length
        // What a part adds to a trace may make it last longer than each part does.
        const whole =
          found === undefined
            ? duration
            : Math.max(duration, (Math.max(last, found.last) - Math.min(first, found.first)) * 1e6)
        extend.run(first, last, whole, spans.length, errors, part, id)
        for (const service of new Set(spans.map(({ resource }) => resource.service))) {
          const number = dictionary.number('service', JSON.stringify(service), '')
          if (number !== undefined) insertService.run(number, id)
        }
      }
    },
    merge: () => merging(dictionary),
  }
}

/** Milliseconds around the spans, and the nanoseconds between. */
function spanOf(spans: readonly Span[]) {
  let [start, end] = [spans[0]!.start, 0n]
  for (const span of spans) {
    const spanEnd = span.start + BigInt(span.duration)
    if (span.start < start) start = span.start
    if (spanEnd > end) end = spanEnd
  }
  const million = 1_000_000n
  return {
    first: Number(start / million),
    last: Number((end + million - 1n) / million),
    duration: Number(end - start),
  }
}

/** A trace gets its parts within seconds; one of many parts takes several times as long to read. */
function traceMerging(database: DatabaseSync) {
  const candidates = database.prepare(
    `SELECT trace, count(*) AS parts FROM parts WHERE id > ? AND id <= ? GROUP BY trace HAVING count(*) > 1 LIMIT ${mostAtOnce}`,
  )
  const partsOf = database.prepare('SELECT id, body FROM parts WHERE trace = ? ORDER BY id')
  const deletePart = database.prepare('DELETE FROM parts WHERE id = ?')
  const insertPart = database.prepare('INSERT INTO parts (trace, body) VALUES (?, ?)')
  const update = database.prepare('UPDATE traces SET part = ? WHERE id = ?')
  const newest = database.prepare('SELECT max(id) AS id FROM parts')
  const known = readingDictionary(database)
  let done = 0
  let earlier = newestPart()

  function newestPart(): number {
    return (newest.get() as { id: number | null }).id ?? 0
  }

  /** Parts that were there when it was called last. */
  return (dictionary: WritingDictionary): boolean => {
    const found = candidates.all(done, earlier) as unknown as { trace: number }[]
    for (const { trace } of found) {
      const parts = partsOf.all(trace) as unknown as { id: number; body: Uint8Array }[]
      const spans = parts.flatMap(({ body }) => decodePart(body, known))
      const merged = insertPart.run(trace, encodePart(spans, dictionary.number)).lastInsertRowid
      for (const { id } of parts) deletePart.run(id)
      update.run(merged, trace)
    }
    if (found.length === mostAtOnce) return true
    done = earlier
    earlier = newestPart()
    return false
  }
}
