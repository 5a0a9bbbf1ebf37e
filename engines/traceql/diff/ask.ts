/** One question, to ourselves and to a real Tempo. */

import { QueryError } from '../../query-error.ts'
import { queryRange } from '../engine/metrics.ts'
import { search } from '../engine/search.ts'
import { metricsJson, searchJson } from '../json.ts'
import { batchesOf } from '../otlp/read.ts'
import { createTraceStore, type TraceStore } from '../store/memory.ts'
import { type Answer, metricsAnswer, searchAnswer } from './answers.ts'
import { movedTraces, type RandomTraces } from './data.ts'
import type { RealTempo } from './real-tempo.ts'

export interface Question {
  query: string
  spansPerSpanset: number
  /** Seconds after the base; of a metrics query. */
  range?: { start: number; end: number; step: number }
}

export function filledStore(traces: RandomTraces, base: bigint): TraceStore {
  const store = createTraceStore()
  store.add(batchesOf(movedTraces(traces, base)))
  return store
}

export function askOurselves(
  store: TraceStore,
  { query, spansPerSpanset, range }: Question,
  base: bigint,
): Answer {
  const nanoseconds = (seconds: number) => base + BigInt(seconds) * 1_000_000_000n
  try {
    if (range === undefined)
      return searchAnswer(plain(searchJson(search(store, query, { spansPerSpanset, limit: 1000 }))), base)
    const times = { start: nanoseconds(range.start), end: nanoseconds(range.end) }
    const step = BigInt(range.step) * 1_000_000_000n
    return metricsAnswer(plain(metricsJson(queryRange(store, query, { ...times, step }))), base)
  } catch (error) {
    if (error instanceof QueryError) return { kind: 'error', message: error.message }
    throw error
  }
}

export async function askTempo(
  tempo: RealTempo,
  tenant: string,
  { query, spansPerSpanset, range }: Question,
  base: bigint,
): Promise<Answer> {
  const baseSeconds = Number(base / 1_000_000_000n)
  const { body, error } =
    range === undefined
      ? await tempo.get(tenant, '/api/search', { q: query, spss: `${spansPerSpanset}`, limit: '1000' })
      : await tempo.get(tenant, '/api/metrics/query_range', {
          q: query,
          start: `${baseSeconds + range.start}`,
          end: `${baseSeconds + range.end}`,
          step: `${range.step}s`,
        })
  if (error !== undefined) return { kind: 'error', message: error }
  return range === undefined ? searchAnswer(body, base) : metricsAnswer(body, base)
}

function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value))
}
