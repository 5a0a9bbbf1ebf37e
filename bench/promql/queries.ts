/** The same range queries to our engine and to a real Prometheus, in turns. */

import { existsSync, readFileSync } from 'node:fs'
import { keyOf, labelsOf } from '../../engines/labels.ts'
import { type RealPrometheus, startPrometheus } from '../../engines/promql/diff/real-prometheus.ts'
import { rangeQuery } from '../../engines/promql/engine/query.ts'
import type { RangeResult } from '../../engines/promql/engine/results.ts'
import type { Store } from '../../engines/promql/store/memory.ts'
import { median } from '../median.ts'
import { type BenchSeries, scrapeInterval } from './data.ts'

const queries = [
  'sum(rate(seconds_bucket[5m]))',
  'sum(rate(seconds_bucket[6h]))',
  'avg_over_time(seconds_bucket[5m])',
  'histogram_quantile(0.9, sum by (le) (rate(seconds_bucket[5m])))',
  'topk(5, rate(seconds_bucket[5m]))',
]

/** Medians of the rounds. */
export interface QueryRow {
  query: string
  ours: Cost
  /** Until the answer has arrived over HTTP; undefined without a server. */
  theirs: (Cost & { engine: number }) | undefined
}

/** Milliseconds by the clock and of the processors; beside other work only the second tells what a query costs. */
export interface Cost {
  wall: number
  cpu: number
}

export const step = 60_000

/** Prometheus answers 11,000 steps at once, so a month at a minute takes four requests. */
const stepsPerRequest = 10_800

export async function measureQueries(
  store: Store,
  series: readonly BenchSeries[],
  end: number,
  rounds: number,
  prometheus: string | undefined,
  progress: (text: string) => void,
): Promise<QueryRow[]> {
  const server = prometheus === undefined ? undefined : await startPrometheus(prometheus)
  try {
    if (server !== undefined) await fill(server, series, progress)
    const rows: QueryRow[] = []
    for (const query of queries) {
      const ours: Cost[] = []
      const theirs: (Cost & { engine: number })[] = []
      for (let round = 0; round < rounds; round++) {
        progress(`${query}: round ${round + 1} of ${rounds}`)
        const stop = startMeasuring()
        const answer = rangeQuery(store, query, { start: 0, end, step })
        ours.push(stop())
        if (server === undefined) continue
        const { cost, texts } = await ask(server, query, end)
        theirs.push(cost)
        if (round === 0) refuseDifference(query, answer, texts)
      }
      const middle = (costs: readonly Cost[]) => ({
        wall: median(costs.map(({ wall }) => wall)),
        cpu: median(costs.map(({ cpu }) => cpu)),
      })
      rows.push({
        query,
        ours: middle(ours),
        theirs:
          theirs.length === 0
            ? undefined
            : { ...middle(theirs), engine: median(theirs.map(({ engine }) => engine)) },
      })
    }
    return rows
  } finally {
    await server?.stop()
  }
}

/** Starts the clocks of this process; the function reads them. */
export function startMeasuring(): () => Cost {
  const started = performance.now()
  const used = process.cpuUsage()
  return () => {
    const wall = performance.now() - started
    const { user, system } = process.cpuUsage(used)
    return { wall, cpu: (user + system) / 1000 }
  }
}

async function fill(
  server: RealPrometheus,
  series: readonly BenchSeries[],
  progress: (text: string) => void,
): Promise<void> {
  for (const [index, { labels, values }] of series.entries()) {
    progress(`writing series ${index + 1} of ${series.length} to Prometheus`)
    const samples = Array.from(values, (value, i) => ({ time: i * scrapeInterval, value }))
    await server.write([{ labels, samples }])
  }
}

async function ask(
  server: RealPrometheus,
  query: string,
  end: number,
): Promise<{ cost: Cost & { engine: number }; texts: string[] }> {
  const texts: string[] = []
  let wall = 0
  const usedBefore = cpuOf(server.pid)
  let engine = 0
  for (let start = 0; start <= end; start += stepsPerRequest * step) {
    const last = Math.min(end, start + (stepsPerRequest - 1) * step)
    const body = new URLSearchParams({
      query,
      start: String(start / 1000),
      end: String(last / 1000),
      step: String(step / 1000),
      stats: 'true',
    })
    const started = performance.now()
    const response = await fetch(`${server.url}/api/v1/query_range`, { method: 'POST', body })
    const text = await response.text()
    wall += performance.now() - started
    if (!response.ok) throw new Error(`Cannot measure ${query}: got ${response.status} ${text.slice(0, 200)}`)
    engine += Number(/"execTotalTime":([\d.e-]+)/.exec(text.slice(-2000))?.[1]) * 1000
    texts.push(text)
  }
  return { cost: { wall, cpu: cpuOf(server.pid) - usedBefore, engine }, texts }
}

/** Milliseconds a process has used so far, as Linux counts them in hundredths of a second; NaN elsewhere. */
function cpuOf(pid: number): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.NaN
  const fields = readFileSync(file, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** A fast answer is worth nothing when it is another one. */
function refuseDifference(query: string, ours: RangeResult, texts: readonly string[]): void {
  const known = new Map(ours.series.map(series => [keyOf(series.labels), { ...series, next: 0 }]))
  let points = 0
  for (const text of texts)
    for (const { metric, values } of (JSON.parse(text) as Answer).data.result) {
      const mine = known.get(keyOf(labelsOf(Object.entries(metric))))
      for (const [seconds, value] of values) {
        const at = mine?.next ?? 0
        const isThere = mine?.times[at] === Math.round(seconds * 1000)
        if (!isThere || !isClose(mine.values[at]!, Number(value)))
          throw new Error(
            `${query} at ${seconds}: expected ${value} as Prometheus says, got ${mine?.values[at]}`,
          )
        mine.next++
        points++
      }
    }
  const expected = ours.series.reduce((sum, { times }) => sum + times.length, 0)
  if (points !== expected) throw new Error(`${query}: expected ${points} points, got ${expected}`)
}

function isClose(mine: number, theirs: number): boolean {
  return Object.is(mine, theirs) || Math.abs(mine - theirs) <= 1e-9 * Math.abs(theirs)
}

interface Answer {
  data: { result: { metric: Record<string, string>; values: [number, string][] }[] }
}
