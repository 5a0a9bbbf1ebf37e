/** What the TraceQL engine reads, from the database of the lab. */
import type { DatabaseSync } from 'node:sqlite'
import type { Trace, TraceStorage } from '../../engines/traceql/index.ts'
import { statuses } from '../../engines/traceql/language/value.ts'
import type { Condition, TracesRequest } from '../../engines/traceql/storage.ts'
import { traceOf } from '../../engines/traceql/store/memory.ts'
import { readingDictionary } from '../store/dictionary.ts'
import { decodePart } from './part.ts'

interface Row {
  id: number
  trace: Uint8Array
  part: number
}

const pageLength = 200
/** Spans of traces that are held for the next query. */
const mostHeld = 40_000

export function storedTraces(database: DatabaseSync): TraceStorage {
  const dictionary = readingDictionary(database)
  const partsOf = database.prepare('SELECT body FROM parts WHERE trace = ? ORDER BY id')
  const byId = database.prepare('SELECT id, trace, part FROM traces WHERE trace = ?')
  const longest = database.prepare('SELECT max(duration) AS duration FROM traces')
  const service = database.prepare("SELECT id FROM dictionary WHERE kind = 'service' AND text = ?")
  const held = heldTraces()

  function read({ id, trace, part }: Row): Trace {
    const known = held.get(id, part)
    if (known !== undefined) return known
    const spans = (partsOf.all(id) as unknown as { body: Uint8Array }[]).flatMap(({ body }) =>
      decodePart(body, dictionary),
    )
    const found = traceOf(Buffer.from(trace).toString('hex'), spans)
    held.set(id, part, found)
    return found
  }

  /** Undefined where no trace can be meant. */
  function filterOf(request: TracesRequest): { where: string; values: (number | string)[] } | undefined {
    const { start, end } = request
    const parts: string[] = []
    const values: (number | string)[] = []
    const add = (part: string, ...more: number[]) => {
      parts.push(part)
      values.push(...more)
    }
    if (end !== undefined) add('first <= ?', milliseconds(end))
    if (start !== undefined) {
      const { duration } = longest.get() as { duration: number | null }
      add('last >= ?', milliseconds(start))
      // Says again what the line before does, for the index: no trace is longer than the longest.
      add('first >= ?', milliseconds(start) - Math.ceil((duration ?? 0) / 1e6) - 2)
    }
    const { least, hasError, services } = neededOf(request)
    if (hasError) add('errors > 0')
    if (least > 0) add('duration >= ?', least)
    for (const name of services) {
      const row = service.get(JSON.stringify(name)) as { id: number } | undefined
      if (row === undefined) return undefined
      add('id IN (SELECT trace FROM trace_services WHERE service = ?)', row.id)
    }
    return { where: parts.join(' AND '), values }
  }

  return {
    *traces(request) {
      const filter = filterOf(request)
      if (filter === undefined) return
      const { where, values } = filter
      const page = database.prepare(
        `SELECT id, trace, part, first FROM traces WHERE ${where === '' ? '' : `${where} AND `}(first, id) < (?, ?)
         ORDER BY first DESC, id DESC LIMIT ${pageLength}`,
      )
      let before: [first: number, id: number] = [Number.MAX_SAFE_INTEGER, 0]
      let waiting: Trace[] = []
      for (;;) {
        const rows = page.all(...values, ...before) as unknown as (Row & { first: number })[]
        const found = rows.map(read).filter(trace => isWithin(trace, request))
        const last = rows.at(-1)
        // Those of one millisecond are in order only once they are all there.
        const all = [...waiting, ...found].sort(newestFirst)
        const bound = last === undefined ? -1n : BigInt(last.first + 1) * 1_000_000n
        const ready = rows.length < pageLength ? all : all.filter(({ start }) => start >= bound)
        waiting = all.slice(ready.length)
        yield* ready
        if (last === undefined || rows.length < pageLength) return
        before = [last.first, last.id]
      }
    },
    trace(id) {
      const row = byId.get(Buffer.from(id, 'hex')) as unknown as Row | undefined
      return row === undefined ? undefined : read(row)
    },
  }
}

function newestFirst(one: Trace, other: Trace): number {
  return one.start > other.start ? -1 : one.start < other.start ? 1 : 0
}

function isWithin(trace: Trace, { start, end }: TracesRequest): boolean {
  return (end === undefined || trace.start <= end) && (start === undefined || trace.end >= start)
}

function milliseconds(nanoseconds: bigint): number {
  return Math.min(Number(nanoseconds / 1_000_000n), Number.MAX_SAFE_INTEGER)
}

/** What the columns of a trace can say of what it must have. */
function neededOf({ needs }: TracesRequest) {
  const needed = { least: 0, hasError: false, services: new Set<string>() }
  for (const [condition, ...others] of needs) {
    if (condition?.operand === undefined || others.length > 0) continue
    const { attribute, op, operand } = condition
    const { isIntrinsic, scope, name } = attribute
    if (isIntrinsic && (name === 'duration' || name === 'traceDuration') && isAtLeast(op))
      needed.least = Math.max(needed.least, numberOf(operand))
    else if (isIntrinsic && name === 'status' && op === '=' && operand.type === 'status')
      needed.hasError ||= statuses[operand.value] === 'error'
    else if (scope === 'resource' && name === 'service.name' && op === '=' && operand.type === 'string')
      needed.services.add(operand.value)
  }
  return needed
}

function isAtLeast(op: Condition['op']): boolean {
  return op === '>' || op === '>=' || op === '='
}

/** Nanoseconds; a duration is compared with plain numbers too. */
function numberOf(operand: NonNullable<Condition['operand']>): number {
  return operand.type === 'duration' || operand.type === 'int' || operand.type === 'float'
    ? Number(operand.value)
    : 0
}

/** The traces read last, as they were when `part` was their newest part. */
function heldTraces() {
  const traces = new Map<number, { part: number; trace: Trace }>()
  let spans = 0
  return {
    get(id: number, part: number): Trace | undefined {
      const found = traces.get(id)
      if (found === undefined || found.part !== part) return undefined
      traces.delete(id)
      traces.set(id, found)
      return found.trace
    },
    set(id: number, part: number, trace: Trace): void {
      spans -= traces.get(id)?.trace.spans.length ?? 0
      traces.delete(id)
      traces.set(id, { part, trace })
      spans += trace.spans.length
      for (const [oldest, { trace: gone }] of traces) {
        if (spans <= mostHeld) return
        traces.delete(oldest)
        spans -= gone.spans.length
      }
    },
  }
}
