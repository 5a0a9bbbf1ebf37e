/** Which of the lines that come in somebody waits for: asked where lines are taken in, so that late ones count too. */
import type { Labels } from '../../engines/labels.ts'
import { type LogEntry, parse, QueryError } from '../../engines/logql/index.ts'
import { linePipeline } from '../../engines/logql/pipeline/pipeline.ts'
import { printNanoseconds } from '../../engines/logql/text/instant.ts'
import { predicateOf } from '../../engines/matchers.ts'
import type { Taken } from '../otlp/response.ts'

/** As Loki writes it. */
export interface TailedLine {
  stream: Record<string, string>
  nanoseconds: string
  line: string
}

/** By the number of who waits. */
export type Tailed = Map<number, TailedLine[]>

/** What the store of the logs makes of a request. */
export interface TakenLines extends Taken {
  /** Lines among them that somebody waits for. */
  tailed?: Tailed | undefined
}

interface Tails {
  /** Throws a QueryError. */
  add(id: number, query: string): void
  remove(id: number): void
  /** What of these is waited for; undefined where nobody waits for any. */
  of(lines: Iterable<readonly [Labels, readonly LogEntry[]]>): Tailed | undefined
}

export function createTails(): Tails {
  const tails = new Map<number, ReturnType<typeof matching>>()
  return {
    add(id, query) {
      tails.set(id, matching(query))
    },
    remove(id) {
      tails.delete(id)
    },
    of(lines) {
      if (tails.size === 0) return undefined
      const found: Tailed = new Map()
      for (const [labels, entries] of lines)
        for (const [id, match] of tails) {
          const own = match(labels, entries)
          if (own.length > 0) found.set(id, [...(found.get(id) ?? []), ...own])
        }
      return found.size === 0 ? undefined : found
    },
  }
}

/** The lines of one stream that a query gives, as it leaves them. */
function matching(query: string): (labels: Labels, entries: readonly LogEntry[]) => TailedLine[] {
  const expr = parse(query)
  if (expr.kind !== 'logs') throw new QueryError('execution', 'only log selector is supported')
  const tests = expr.matchers.map(matcher => [matcher.name, predicateOf(matcher)] as const)
  const process = linePipeline(query, expr, '3.7')
  return (labels, entries) => {
    if (!tests.every(([name, test]) => test(labels.get(name) ?? ''))) return []
    return entries.flatMap(entry => {
      const out = process(labels, entry.line, entry.metadata, entry.time, entry.nanos)
      if (out === undefined) return []
      return {
        stream: Object.fromEntries(out.labels.labels),
        nanoseconds: printNanoseconds(entry),
        line: out.line,
      }
    })
  }
}
