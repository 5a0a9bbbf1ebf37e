/**
 * Every server of ours is sent odd requests from a seed: 300 each in `ok`, 20,000 each in `ok:long`. None answers with
 * a fault of its own, stays silent past its deadlines, grows, or ends; and each still serves afterwards.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newRandom } from '../engines/random.ts'
import { parseExposition } from '../otel/exposition.ts'
import { answers, eventually, untilReady } from './support/eventually.ts'
import { type Lab as Shop, startLab as startShop } from './support/lab-processes.ts'
import { oddRequest, sendOdd } from './support/odd-requests.ts'
import { freePort } from './support/ports.ts'
import { type RunningLab, startLab } from './support/running-lab.ts'

const perServer = process.env.SIGHTLINE_LONG === '1' ? 20_000 : 300
/** Below what a server bears at once, so that none of them is closed to make room. */
const atOnce = 100
const withinMs = 5000
/** What a process may hold more after the second half than after the first, in which it grew to its working size. */
const growthBytes = 80e6
const mostSeries = 2500
/** A server that protects itself may answer 503 on any route, and whether it has to depends on the machine. */
const mostSeriesOf503 = 500

interface Server {
  child: () => ChildProcess
  port: () => number
  paths: readonly string[]
  bodies?: readonly string[]
  /** What it answers before and after. */
  healthy: readonly [path: string, status: number]
  /** Where it shows its metrics. */
  metrics?: () => string
}

const folder = mkdtempSync(join(tmpdir(), 'odd-requests-'))
const commands: Record<string, { child: ChildProcess; port: number }> = {}
let shop: Shop
let lab: RunningLab

beforeAll(async () => {
  const dump = join(folder, 'dump.om')
  writeFileSync(dump, '# TYPE up gauge\nup 1 1700000000\n# EOF\n')
  const serve = (language: string, data: string) => (port: number) => [
    `scripts/${language}.ts`,
    'serve',
    `--data=${data}`,
    `--port=${port}`,
  ]
  const starts = await Promise.allSettled([
    startShop().then(started => {
      shop = started
    }),
    startLab(['--no-shop']).then(started => {
      lab = started
    }),
    startCommand('receiver', () => ['compose/receiver/receiver.ts'], '/healthz'),
    startCommand('promql', serve('promql', dump), '/-/healthy'),
    startCommand('logql', serve('logql', 'test/logql/shop-logs.jsonl'), '/ready'),
    startCommand('traceql', serve('traceql', 'test/traceql/shop-spans.jsonl'), '/ready'),
  ])
  // All of them are known by now, so that those that did start are also stopped.
  for (const start of starts) if (start.status === 'rejected') throw start.reason
})
afterAll(async () => {
  for (const { child } of Object.values(commands)) child.kill('SIGTERM')
  await Promise.all([shop?.stop(), lab?.stop()])
  rmSync(folder, { recursive: true })
})

async function startCommand(name: string, args: (port: number) => string[], path: string): Promise<void> {
  const port = await freePort()
  const child = spawn(process.execPath, args(port), {
    env: { ...process.env, RECEIVER_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  commands[name] = { child, port }
  const starting = { name, child: () => child, output: () => '', timeoutMs: 120_000 }
  await untilReady(starting, answers(`http://127.0.0.1:${port}${path}`))
}

const portOf = (url: string) => Number(new URL(url).port)
const role = (name: 'shop' | 'payments' | 'worker') => ({
  child: () => shop[name].child,
  port: () => portOf(shop[name].url),
  metrics: () => `${shop[name].adminUrl}/metrics`,
})
const started = (name: string) => ({
  child: () => commands[name]!.child,
  port: () => commands[name]!.port,
})
const otlpBodies = [
  '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}',
  '{"resourceSpans":{"0":1}}',
  '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"-1","body":{"kvlistValue":{}}}]}]}]}',
  '{"resourceLogs":[null,{"resource":{"attributes":"none"},"scopeLogs":[1]}]}',
  '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a b","sum":{"dataPoints":[{"asInt":"1e5"}]}}]}]}]}',
  '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"","histogram":{"dataPoints":[{}]}}]}]}]}',
  `{"resourceLogs":${'[{"scopeLogs":'.repeat(2000)}`,
  '\n\u0080\u0080\u0080\u0080\u0008',
  '\n\u0004\n\u0002\n\u0000',
]

const servers: Record<string, Server> = {
  shop: {
    ...role('shop'),
    paths: [
      '/',
      '/products',
      '/products/1',
      '/products/1/recommendations',
      '/search',
      '/orders',
      '/orders/export',
    ],
    healthy: ['/products/1', 200],
  },
  payments: {
    ...role('payments'),
    paths: ['/', '/authorizations', '/authorizations/1/close', '/authorizations/1/void'],
    healthy: ['/', 404],
  },
  worker: {
    ...role('worker'),
    paths: ['/', '/queues', '/dead-letters', '/dead-letters/retry'],
    healthy: ['/queues', 200],
  },
  'the admin port': {
    ...role('payments'),
    port: () => portOf(shop.payments.adminUrl),
    paths: ['/metrics', '/health/live', '/health/ready', '/log-level', '/faults', '/faults/error-ratio'],
    healthy: ['/health/ready', 200],
  },
  'the receiver': {
    ...started('receiver'),
    paths: [
      '/',
      '/notify',
      '/notifications',
      '/notifications.json',
      '/runbooks',
      '/runbooks/Watchdog',
      '/healthz',
    ],
    healthy: ['/healthz', 200],
  },
  'promql serve': {
    ...started('promql'),
    paths: [
      '/',
      '/api/v1/query',
      '/api/v1/query_range',
      '/api/v1/series',
      '/api/v1/labels',
      '/api/v1/label/job/values',
      '/-/healthy',
    ],
    healthy: ['/api/v1/query?query=up', 200],
  },
  'logql serve': {
    ...started('logql'),
    paths: [
      '/',
      '/loki/api/v1/query',
      '/loki/api/v1/query_range',
      '/loki/api/v1/labels',
      '/loki/api/v1/label/service_name/values',
      '/loki/api/v1/series',
      '/loki/api/v1/index/stats',
      '/loki/api/v1/format_query',
    ],
    healthy: ['/loki/api/v1/labels', 200],
  },
  'traceql serve': {
    ...started('traceql'),
    paths: [
      '/',
      '/api/search',
      '/api/search/tags',
      '/api/v2/search/tags',
      '/api/v2/search/tag/name/values',
      '/api/v2/traces/4bf92f3577b34da6a3ce929d0e0e4736',
      '/api/metrics/query_range',
    ],
    healthy: ['/api/search', 200],
  },
  'the lab': {
    child: () => lab.child,
    port: () => portOf(lab.url),
    metrics: () => `${lab.url}/metrics`,
    paths: [
      '/',
      '/d/overview',
      '/page/main.js',
      '/lab/api/status',
      '/lab/api/dashboards',
      '/lab/api/dashboards/overview',
      '/lab/api/faults/error-ratio',
      '/metrics',
      '/notify',
      '/notifications',
      '/runbooks/Watchdog',
      '/api/v1/query',
      '/api/v1/rules',
      '/api/v1/targets',
      '/api/v2/alerts',
      '/api/v2/silences',
      '/api/v2/silence/1',
      '/loki/api/v1/query_range',
      '/api/search',
    ],
    healthy: ['/api/echo', 200],
  },
  'OTLP of the lab': {
    child: () => lab.child,
    port: () => portOf(lab.otlp),
    metrics: () => `${lab.url}/metrics`,
    paths: ['/', '/v1/traces', '/v1/logs', '/v1/metrics'],
    bodies: otlpBodies,
    healthy: ['/', 404],
  },
}

test.for(Object.entries(servers))(
  '%s bears odd requests',
  { timeout: 900_000 },
  async ([name, server], { task }) => {
    const random = newRandom([...name].reduce((seed, letter) => seed * 31 + letter.charCodeAt(0), 7) >>> 0)
    const warmed = await bear(server, random, perServer / 2)
    const before = residentBytes(server.child())
    const { answered, faults, slowest } = await bear(server, random, perServer / 2)
    const growth = residentBytes(server.child()) - before
    expect([...warmed.faults, ...faults].slice(0, 3)).toEqual([])
    expect(answered + warmed.answered, 'answers').toBeGreaterThan(perServer / 4)
    console.log(
      `${name}: ${answered} answers, the slowest after ${Math.round(slowest)} ms, ${Math.round(growth / 1e6)} MB more`,
    )
    expect(growth, 'bytes more than before').toBeLessThan(growthBytes)
    const [path, status] = server.healthy
    await eventually(async () =>
      expect((await fetch(`http://127.0.0.1:${server.port()}${path}`)).status).toBe(status),
    )
    const { exitCode, signalCode } = server.child()
    expect([exitCode, signalCode], 'how its process ended').toEqual([null, null])
    if (server.metrics !== undefined)
      for (const [metric, { of503, others }] of await seriesOf(server.metrics())) {
        expect(others, metric).toBeLessThan(mostSeries)
        expect(of503, `${metric} of 503`).toBeLessThan(mostSeriesOf503)
      }
    task.meta.figures = [[name, perServer, warmed.answered + answered, 0]]
  },
)

test.for(Object.entries(servers))('%s answers no page that came by another name', async ([, server]) => {
  const [path, status] = server.healthy
  const ask = (headers: Record<string, string>) => statusOf(server.port(), path, headers)
  expect(await ask({ host: 'localhost' })).toBe(status)
  expect(await ask({ host: 'evil.example' })).toBe(421)
  expect(await ask({ host: 'evil.example', origin: 'http://evil.example' })).toBe(421)
  expect(await ask({ host: 'localhost', 'sec-fetch-site': 'cross-site' })).toBe(403)
})

test.for(Object.entries(servers))('%s answers beside 200 requests that never end', async ([, server]) => {
  const [path, status] = server.healthy
  const sockets = Array.from({ length: 200 }, () => connect(server.port(), '127.0.0.1').on('error', () => {}))
  try {
    await Promise.all(
      sockets.map(socket => new Promise(resolve => socket.write('GET / HTTP/1.1\r\nHost: local', resolve))),
    )
    const startedAt = performance.now()
    expect(await statusOf(server.port(), path, { host: 'localhost' })).toBe(status)
    expect(performance.now() - startedAt).toBeLessThan(withinMs)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
})

function statusOf(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = get({ host: '127.0.0.1', port, path, headers, agent: false }, response => {
      response.destroy()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
  })
}

/** Sends that many, some at once all the time. */
async function bear(server: Server, random: ReturnType<typeof newRandom>, count: number) {
  const faults: unknown[] = []
  let [answered, slowest, left] = [0, 0, count]
  const client = async () => {
    while (left-- > 0) {
      const request = oddRequest(random, server)
      const { statuses, isSilent, took } = await sendOdd(server.port(), request, withinMs)
      answered += statuses.length
      if (statuses.length > 0) slowest = Math.max(slowest, took)
      // A 503 says that the server protects itself, which it may.
      if (isSilent || statuses.some(status => status >= 500 && status !== 501 && status !== 503))
        faults.push({ request: request.bytes.toString('latin1').slice(0, 500), statuses, isSilent })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, client))
  return { answered, faults, slowest }
}

async function seriesOf(url: string): Promise<[metric: string, counts: { of503: number; others: number }][]> {
  const families = parseExposition(await (await fetch(url)).text())
  return [...families].map(([metric, { samples }]) => {
    const of503 = samples.filter(({ labels }) => labels.http_response_status_code === '503').length
    return [metric, { of503, others: samples.length - of503 }]
  })
}

function residentBytes({ pid }: ChildProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024
}
