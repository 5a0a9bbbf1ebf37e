import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { LoadResult } from '../app/load/verdict.ts'
import { freePort } from './support/ports.ts'

/** Stands where the shop stands, as fast or as broken as a test wants it. */
let server: Server
let url: string
const shop = { delayMs: 0, status: 200, requests: 0, seen: new Set<string>() }

beforeAll(async () => {
  server = createServer((request, response) => {
    shop.requests++
    shop.seen.add(`${request.method} ${request.url!.split('?')[0]!.replace(/\d+/, 'N')}`)
    const isProbe = request.url === '/products?size=1'
    setTimeout(
      () => {
        response.statusCode = isProbe ? 200 : shop.status
        response.end('{"id":"7","products":[]}')
      },
      isProbe ? 0 : shop.delayMs,
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => Object.assign(shop, { delayMs: 0, status: 200 }))
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

/** So few requests that no percentile is judged: a verdict on milliseconds would be one on whatever else the machine does. */
const tooFewToJudge = ['--arrivals', 'constant', '--rate', '6', '--duration', '2s']

interface Finished {
  code: number | null
  stdout: string
  stderr: string
}

function load(...args: string[]): { process: ChildProcess; finished: Promise<Finished> } {
  const process_ = spawn(process.execPath, ['scripts/load.ts', '--url', url, '--metrics-port', '0', ...args])
  let stdout = ''
  let stderr = ''
  process_.stdout.on('data', chunk => (stdout += chunk))
  process_.stderr.on('data', chunk => (stderr += chunk))
  const finished = new Promise<Finished>(resolve =>
    process_.on('close', code => resolve({ code, stdout, stderr })),
  )
  return { process: process_, finished }
}

const run = (...args: string[]) => load(...args).finished

test('a healthy shop passes', async () => {
  const { code, stdout } = await run(...tooFewToJudge, '--mix', 'browse=1')
  expect(stdout).toMatch(/^JOURNEY +REQUESTS +P50 +P95 +P99 +MAX +ERRORS$/m)
  expect(stdout).not.toContain('Budget broken')
  expect(code).toBe(0)
})

test('visitors walk all journeys, and the exit code says what the verdict says', async () => {
  const { code, stdout } = await run('--rate', '60', '--duration', '3s')
  const broken = stdout.match(/^Budget broken: .*$/gm) ?? []
  for (const line of broken) expect(line).toMatch(/: p9[59] is \d+ ms, expected at most \d+ ms$/)
  expect(code).toBe(broken.length === 0 ? 0 : 1)
  expect([...shop.seen].sort()).toEqual([
    'GET /orders/N',
    'GET /orders/export',
    'GET /products',
    'GET /products/N',
    'GET /products/N/recommendations',
    'GET /search',
    'POST /orders',
  ])
})

test('a slow one breaks its budgets', async () => {
  shop.delayMs = 250
  const { code, stdout } = await run('--rate', '50', '--duration', '3s', '--mix', 'browse=1')
  expect(stdout).toMatch(/^Budget broken: browse: p95 is \d+ ms, expected at most 100 ms$/m)
  expect(code).toBe(1)
})

test('a failing one breaks its budgets', async () => {
  shop.status = 503
  const { code, stdout } = await run('--rate', '20', '--duration', '1s', '--mix', 'search=1', '--json')
  const { broken } = JSON.parse(stdout) as { broken: string[] }
  expect(broken).toHaveLength(1)
  expect(broken[0]).toMatch(
    /^search: 100 % of requests failed \(\d+ × status 503\), expected at most 0\.1 %$/,
  )
  expect(code).toBe(1)
})

test('a run is compared with an earlier one', async () => {
  const earlier = join(mkdtempSync(join(tmpdir(), 'load-')), 'earlier.json')
  const settings = [...tooFewToJudge, '--mix', 'recommend=1']
  const first = await run(...settings, '--json')
  expect(first.code).toBe(0)
  writeFileSync(earlier, first.stdout)
  expect((JSON.parse(first.stdout) as LoadResult).journeys.recommend!.requests).toBe(12)

  shop.delayMs = 1000
  const slower = await run(...settings, '--compare', earlier)
  expect(slower.stdout).toMatch(/^Regression: recommend: p50 went from [\d.]+ ms to \d+ ms, \d+ % slower$/m)
  expect(slower.stdout).not.toContain('Budget broken')
  expect(slower.code).toBe(1)

  const other = await run('--rate', '10', '--compare', earlier)
  expect(other.stderr).toContain(`Cannot compare with ${earlier}: expected a run under the same load`)
  expect(other.code).toBe(2)
})

test('Ctrl-C prints the summary', async () => {
  const before = shop.requests
  const { process, finished } = load('--rate', '3', '--mix', 'browse=1', '--duration', 'forever')
  await vi.waitFor(() => expect(shop.requests).toBeGreaterThan(before + 3), { timeout: 20_000 })
  process.kill('SIGINT')
  const { code, stdout } = await finished
  expect(stdout).toMatch(/^browse +\d+/m)
  expect(stdout).toMatch(/^\d+ requests in [\d.]+m?s, 0 dropped$/m)
  expect(code).toBe(0)
})

test('its metrics can be scraped while it runs', async () => {
  const metricsPort = await freePort()
  const few = ['--arrivals', 'constant', '--rate', '2', '--mix', 'browse=1', '--duration', 'forever']
  const { process, finished } = load(...few, '--metrics-port', String(metricsPort))
  await vi.waitFor(
    async () => {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      expect(text).toMatch(/^load_target_rate 2$/m)
      expect(text).toMatch(/^load_request_duration_seconds_count\{journey="browse",outcome="ok"\} [1-9]/m)
      expect(text).toMatch(/^target_info\{service_name="load"/m)
      expect(text).toMatch(/^process_cpu_seconds_total /m)
    },
    { timeout: 10_000, interval: 200 },
  )
  process.kill('SIGTERM')
  expect((await finished).code).toBe(0)
})

test.each([
  [['--rate', 'fast'], 'Cannot read --rate: expected a number from 0.001 to 100000, got "fast"'],
  [['--duration', '5'], 'Cannot parse duration "5": expected'],
  [['--duration', '0s'], 'Cannot read --duration: expected a time above 0'],
  [['--arrivals', 'bursty'], 'Cannot read --arrivals: expected one of poisson, constant, got "bursty"'],
  [['--day', '10m'], 'Cannot use --day alone: expected --curve daily with it'],
  [['--mix', 'browse=1,browse=2'], 'Cannot read --mix: expected browse once'],
  [['--compare', '/nowhere.json'], 'Cannot compare with /nowhere.json: expected the --json output'],
  [['--url', 'shop'], 'Cannot read --url: expected an http URL, got "shop"'],
  [['--speed', '5'], "Unknown option '--speed'"],
])('wrong use: %j', async (args, message) => {
  const { code, stderr } = await run(...args)
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})

test('without a shop it says where it looked', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`
  const { code, stderr } = await run('--url', nowhere)
  expect(stderr).toContain(`Cannot reach the shop: expected it at ${nowhere}, got ECONNREFUSED`)
  expect(code).toBe(1)
})
