/** TraceQL searches over many traces: how fast beside a real Tempo on the same traces, how it grows, and what a span costs. */

import { movedTraces, type RandomTraces } from '../../engines/traceql/diff/data.ts'
import { type RealTempo, startTempo } from '../../engines/traceql/diff/real-tempo.ts'
import { queryRange } from '../../engines/traceql/engine/metrics.ts'
import { search } from '../../engines/traceql/engine/search.ts'
import { batchesOf } from '../../engines/traceql/otlp/read.ts'
import { createTraceStore, type TraceStore } from '../../engines/traceql/store/memory.ts'
import { median } from '../median.ts'

interface TraceqlOptions {
  traces: number
  rounds: number
  /** A Tempo to compare with. */
  tempo: string | undefined
  progress: (text: string) => void
}

interface TraceqlRow {
  query: string
  found: number
  /** Milliseconds, medians of the rounds. */
  ours: number
  theirs: number | undefined
  /** Ours over a quarter of the traces. */
  quarter: number
}

interface TraceqlReport {
  spans: number
  bytesPerSpan: number
  rows: TraceqlRow[]
}

const spansPerTrace = 5
const seconds = 3600
const queries = [
  '{ span.http.route = "/r7" && span.http.response.status_code = 500 }',
  '{ span.order.id = 4242 }',
  '{ resource.service.name = "payments" && duration > 99ms }',
  '{ name = "GET /r7" } >> { status = error }',
  '{ kind = server && span.http.route = "/r7" } > { kind = client && duration > 99ms }',
  '{ name =~ "GET /r[0-3]" }',
  '{ span.http.route = "/r7" } | rate() by (resource.service.name)',
  '{ } | rate() by (resource.service.name)',
]

export async function benchTraceql({
  traces,
  rounds,
  tempo,
  progress,
}: TraceqlOptions): Promise<TraceqlReport> {
  const base = BigInt(Math.floor(Date.now() / 1000) - seconds) * 1_000_000_000n
  progress(`making ${traces} traces of ${spansPerTrace} spans`)
  const before = memory()
  const store = filled(traces, base)
  const bytesPerSpan = (memory() - before) / (traces * spansPerTrace)
  const quarter = filled(traces / 4, base)
  const real = tempo === undefined ? undefined : await filledTempo(tempo, traces, base, progress)
  const rows: TraceqlRow[] = []
  try {
    for (const query of queries) {
      progress(query)
      const ours = measure(rounds, () => ask(store, query, base))
      const smaller = measure(rounds, () => ask(quarter, query, base))
      const theirs = real && (await measureTempo(real, rounds, query, base))
      if (theirs !== undefined && theirs.result !== ours.result)
        throw new Error(
          `Cannot compare ${query}: expected as many as we find, ${ours.result}, got ${theirs.result}`,
        )
      rows.push({ query, found: ours.result, ours: ours.time, theirs: theirs?.time, quarter: smaller.time })
    }
  } finally {
    await real?.stop()
  }
  return { spans: traces * spansPerTrace, bytesPerSpan, rows }
}

export function printedTraceql({ spans, bytesPerSpan, rows }: TraceqlReport): string {
  const cell = (text: string) => text.padStart(12)
  const number = (value: number | undefined, unit = '') =>
    cell(value === undefined ? '-' : value.toPrecision(3) + unit)
  return [
    `TraceQL over ${spans} spans, ${bytesPerSpan.toFixed(0)} bytes a span`,
    `${'ms'.padEnd(86)}${['found', 'ours', 'Tempo', 'times', 'of 4x'].map(cell).join('')}`,
    ...rows.map(({ query, found, ours, theirs, quarter }) =>
      [
        query.padEnd(86),
        cell(String(found)),
        number(ours),
        number(theirs),
        number(theirs === undefined ? undefined : theirs / ours, 'x'),
        // 4 is linear.
        number(ours / quarter, 'x'),
      ].join(''),
    ),
  ].join('\n')
}

function requestOf(from: number, to: number): RandomTraces {
  const services = ['shop', 'payments', 'db']
  const parts = services.map(service => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        scope: { name: 'bench', version: '1', attributes: [] },
        spans: [] as RandomTraces['resourceSpans'][number]['scopeSpans'][number]['spans'],
      },
    ],
  }))
  for (let trace = from; trace < to; trace++) {
    const traceId = (trace + 1).toString(16).padStart(32, 'a')
    const start = BigInt(trace) * BigInt(Math.floor((seconds * 0.9 * 1e9) / 100_000))
    for (let i = 0; i < spansPerTrace; i++) {
      const route = `/r${trace % 50}`
      const isFailed = trace % 17 === 0 && i > 0
      const service = i === 0 ? 0 : i < 3 ? 1 : 2
      parts[service]!.scopeSpans[0]!.spans.push({
        traceId,
        spanId: (trace * spansPerTrace + i + 1).toString(16).padStart(16, '1'),
        ...(i > 0 && {
          parentSpanId: (trace * spansPerTrace + ((i - 1) >> 1) + 1).toString(16).padStart(16, '1'),
        }),
        name: i === 0 ? `GET ${route}` : `step ${i}`,
        kind: i === 0 ? 2 : 3,
        startTimeUnixNano: `${start + BigInt(i * 1000)}`,
        endTimeUnixNano: `${start + BigInt(i * 1000 + 1_000_000 * ((trace * 7 + i) % 100))}`,
        status: { code: isFailed ? 2 : 0 },
        attributes: [
          ...(i === 0 ? [{ key: 'http.route', value: { stringValue: route } }] : []),
          { key: 'http.response.status_code', value: { intValue: trace % 17 === 0 ? '500' : '200' } },
          { key: 'order.id', value: { intValue: `${trace}` } },
        ],
        events: [],
        links: [],
      })
    }
  }
  return { resourceSpans: parts }
}

const tracesPerRequest = 2000

function* requests(traces: number): Generator<RandomTraces> {
  for (let from = 0; from < traces; from += tracesPerRequest)
    yield requestOf(from, Math.min(traces, from + tracesPerRequest))
}

function filled(traces: number, base: bigint): TraceStore {
  const store = createTraceStore({ mostSpans: traces * spansPerTrace })
  for (const request of requests(traces)) store.add(batchesOf(movedTraces(request, base)))
  store.stats()
  return store
}

async function filledTempo(
  program: string,
  traces: number,
  base: bigint,
  progress: (text: string) => void,
): Promise<RealTempo> {
  const tempo = await startTempo(program)
  try {
    progress('filling Tempo')
    for (const request of requests(traces)) await tempo.send('bench', movedTraces(request, base))
    await untilCounted(tempo, traces * spansPerTrace, base)
    return tempo
  } catch (error) {
    await tempo.stop()
    throw error
  }
}

/** By a count, for a search of everything would be longer than any that is measured. */
async function untilCounted(tempo: RealTempo, expected: number, base: bigint): Promise<void> {
  const start = Number(base / 1_000_000_000n)
  const range = { start: `${start}`, end: `${start + seconds}`, step: '600s' }
  const deadline = Date.now() + 300_000
  let count = 0
  while (Date.now() < deadline) {
    const { body } = await tempo.get('bench', '/api/metrics/query_range', {
      q: '{ } | count_over_time()',
      ...range,
    })
    const { series = [] } = (body ?? {}) as { series?: { samples: { value?: number }[] }[] }
    count = series.flatMap(({ samples }) => samples).reduce((sum, { value = 0 }) => sum + value, 0)
    if (count === expected) return
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
  throw new Error(`Cannot fill Tempo: expected it to count ${expected} spans, got ${count}`)
}

const limit = 100_000

/** How many traces, or of metrics series. */
function ask(store: TraceStore, query: string, base: bigint): number {
  if (!query.includes('rate()')) return search(store, query, { limit }).traces.length
  return queryRange(store, query, {
    start: base,
    end: base + BigInt(seconds) * 1_000_000_000n,
    step: 60_000_000_000n,
  }).series.length
}

function measure(rounds: number, run: () => number): { time: number; result: number } {
  const times: number[] = []
  let result = 0
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    result = run()
    times.push(performance.now() - started)
  }
  return { time: median(times), result }
}

async function measureTempo(tempo: RealTempo, rounds: number, query: string, base: bigint) {
  const times: number[] = []
  let result = 0
  const start = Number(base / 1_000_000_000n)
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    const { body, error } = query.includes('rate()')
      ? await tempo.get('bench', '/api/metrics/query_range', {
          ...{ q: query, start: `${start}`, end: `${start + seconds}`, step: '60s' },
        })
      : await tempo.get('bench', '/api/search', { q: query, limit: `${limit}` })
    times.push(performance.now() - started)
    if (error !== undefined) throw new Error(`Cannot ask Tempo ${query}: ${error}`)
    const { traces = [], series = [] } = body as { traces?: unknown[]; series?: unknown[] }
    result = traces.length + series.length
  }
  return { time: median(times), result }
}

function memory(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
