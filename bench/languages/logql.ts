/** LogQL over JSON lines of a service, beside a Loki that took in the same lines. */

import type { PushedStream } from '../../engines/logql/diff/real-loki.ts'
import { startLoki } from '../../engines/logql/diff/real-loki.ts'
import { instantQuery, linesQuery, rangeQuery } from '../../engines/logql/engine/query.ts'
import { createLogStore, type LogStore } from '../../engines/logql/store/memory.ts'

interface Measured {
  name: string
  /** Milliseconds here. */
  ours: number
  /** Milliseconds of the real server; undefined where none was named. */
  real: number | undefined
  note?: string
}

interface Question {
  name: string
  query: string
  kind: 'lines' | 'instant' | 'range'
}

const questions: readonly Question[] = [
  { name: 'filter by text, 100 lines', query: '{app=~".+"} |= "needle"', kind: 'lines' },
  { name: 'count by text', query: 'sum(count_over_time({app=~".+"} |= "checkout" [1h]))', kind: 'instant' },
  {
    name: 'json, filter by label',
    query: 'sum(count_over_time({app=~".+"} | json | status >= 500 [1h]))',
    kind: 'instant',
  },
  { name: 'json, all labels, 100 lines', query: '{app=~".+"} | json | trace_id="none"', kind: 'lines' },
  { name: 'rate by level', query: 'sum by (level) (rate({app=~".+"} | json [1m]))', kind: 'range' },
  {
    name: 'quantile of unwrap',
    query: 'quantile_over_time(0.99, {app=~".+"} | json | unwrap took_ms | __error__="" [1m]) by (app)',
    kind: 'range',
  },
]

const limits = { lines: 1e9, characters: 1e12, samples: 1e9, milliseconds: 600_000, series: 10_000 }
const seconds = 3600

export async function logqlBenchmark({
  lines,
  loki: binary,
}: {
  lines: number
  loki: string | undefined
}): Promise<Measured[]> {
  const start = Math.floor(Date.now() / 1000) - seconds - 60
  const store = createLogStore({ entries: lines + 1, characters: 4e9 })
  const loki = binary === undefined ? undefined : await startLoki(binary)
  const measured: Measured[] = []
  try {
    const before = process.memoryUsage().rss
    for (const stream of batches(lines, start)) {
      keep(store, stream)
      await loki?.push('bench', [stream])
    }
    const bytes = (process.memoryUsage().rss - before) / lines
    for (const question of questions) {
      const ours = await fastest(() => askOurs(store, question, start))
      const real = loki && (await fastest(() => askReal(loki, question, start)))
      measured.push({ name: question.name, ours, real })
    }
    const tenth = createLogStore()
    for (const stream of batches(lines / 10, start)) keep(tenth, stream)
    const [, , json] = questions
    const small = await fastest(() => askOurs(tenth, json!, start))
    measured.push({
      name: `${json!.name}, a tenth of the lines`,
      ours: small,
      real: undefined,
      note: `ten times the lines take ${(measured[2]!.ours / small).toFixed(1)} times as long; about ${bytes.toFixed(0)} bytes a line in memory`,
    })
  } finally {
    await loki?.stop()
  }
  return measured
}

function askOurs(store: LogStore, { query, kind }: Question, start: number): void {
  const [from, to] = [start * 1000, (start + seconds) * 1000]
  if (kind === 'instant') instantQuery(store, query, to, { limits })
  else if (kind === 'range') rangeQuery(store, query, { start: from, end: to, step: 15_000 }, { limits })
  else {
    const range = { start: { time: from, nanos: 0 }, end: { time: to, nanos: 0 } }
    linesQuery(store, query, { ...range, direction: 'backward', limit: 100, interval: 0 }, { limits })
  }
}

async function askReal(
  loki: Awaited<ReturnType<typeof startLoki>>,
  { query, kind }: Question,
  start: number,
): Promise<void> {
  const range = { start: `${start}`, end: `${start + seconds}`, step: '15', limit: '100' }
  const { status, body } =
    kind === 'instant'
      ? await loki.get('bench', '/loki/api/v1/query', { query, time: `${start + seconds}` })
      : await loki.get('bench', '/loki/api/v1/query_range', { query, ...range })
  if (status !== 200) throw new Error(`Cannot measure ${query}: expected status 200, got ${status}: ${body}`)
}

const batchSize = 5000

/** Lines of three services in turn, evenly over the hour. */
function* batches(lines: number, start: number): Generator<PushedStream> {
  const apps = ['shop', 'payments', 'worker']
  const levels = ['info', 'info', 'info', 'debug', 'warn', 'error']
  for (let first = 0, batch = 0; first < lines; first += batchSize, batch++) {
    const app = apps[batch % apps.length]!
    const values: PushedStream['values'] = []
    for (let i = first; i < Math.min(first + batchSize, lines); i++) {
      const nanoseconds = BigInt(Math.floor((i / lines) * seconds * 1e6)) * 1000n
      const status = i % 97 === 0 ? 503 : i % 13 === 0 ? 404 : 200
      const line = JSON.stringify({
        level: levels[(i * 7) % levels.length],
        msg: i % 5000 === 0 ? 'needle in the stack' : i % 3 === 0 ? 'checkout done' : 'page served',
        status,
        took_ms: ((i * 7919) % 1000) / 2,
        http: { method: 'GET', route: `/products/${i % 50}` },
        trace_id: (i * 2_654_435_761).toString(16).padStart(16, '0'),
      })
      values.push([String(BigInt(start) * 1_000_000_000n + nanoseconds), line, {}])
    }
    yield { stream: { app }, values }
  }
}

function keep(store: LogStore, { stream, values }: PushedStream): void {
  const labels = new Map(Object.entries(stream))
  for (const [time, line] of values) {
    const nanoseconds = BigInt(time)
    store.append(labels, {
      time: Number(nanoseconds / 1_000_000n),
      nanos: Number(nanoseconds % 1_000_000n),
      line,
    })
  }
}

/** A ratio of 2 means half Loki's time. */
export function printedLogql(rows: readonly Measured[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const ms = (time: number | undefined) => (time === undefined ? '-' : `${time.toFixed(0)} ms`).padStart(10)
  const printed = rows.map(({ name, ours, real, note }) => {
    const ratio = real === undefined ? '' : `  ${(real / ours).toFixed(1)}x`
    return `${name.padEnd(width)} ${ms(ours)} ${ms(real)}${ratio}${note === undefined ? '' : `  ${note}`}`
  })
  return ['LogQL, ours and Loki', ...printed].join('\n')
}

/** The shortest of several times, as the others had to wait for something else. */
async function fastest(run: () => unknown, times = 3): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < times; i++) {
    const began = performance.now()
    await run()
    best = Math.min(best, performance.now() - began)
  }
  return best
}
