import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { exposition } from '../../otel/metrics.ts'
import { type LoadPlan, type LoadRun, startLoad } from './generator.ts'
import type { Journey } from './journeys.ts'

/** A server in a thread of its own, which can be frozen for a while as by a long collection or a blocked loop. */
const serverCode = `
  const { parentPort } = require('node:worker_threads')
  const { createServer } = require('node:http')
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    if (request.url === '/fail') response.statusCode = 503
    if (request.url === '/never') return
    if (request.url === '/garbage') return response.end('not JSON')
    response.end(JSON.stringify({ requests }))
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
  parentPort.on('message', ms => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms))`

interface TestServer {
  url: string
  freeze: (ms: number) => void
}

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

async function startServer(): Promise<TestServer> {
  const thread = new Worker(serverCode, { eval: true, execArgv: [] })
  ending.push(() => thread.terminate())
  const port = await new Promise<number>(resolve => thread.once('message', resolve))
  return { url: `http://127.0.0.1:${port}`, freeze: ms => thread.postMessage(ms) }
}

function start(url: string, path: string, plan: Partial<LoadPlan> = {}): LoadRun {
  const journey: Journey = {
    weight: 1,
    async walk({ call }) {
      const { body } = await call({ method: 'GET', path })
      JSON.parse(body)
    },
  }
  const walks = { browse: journey, search: journey, recommend: journey, checkout: journey, export: journey }
  return startLoad(
    {
      url,
      traffic: { rate: 100, spikes: [] },
      spacing: 'constant',
      duration: 4,
      seed: 1,
      mix: { browse: 1 },
      maxInFlight: 1000,
      timeout: 10,
      ...plan,
    },
    walks,
  )
}

test('a healthy server is fast, and every due request is sent', async () => {
  const { url } = await startServer()
  const run = start(url, '/', { duration: 2 })
  await run.finished
  const browse = run.measurements.results().browse!
  expect(browse.requests).toBe(200)
  expect(browse.errors).toBe(0)
  expect(browse.p50.value).toBeLessThan(0.1)
})

test('whoever waits for a stalled server is counted: no coordinated omission', async () => {
  const { url, freeze } = await startServer()
  const run = start(url, '/')
  setTimeout(() => freeze(1000), 1000)
  await run.finished
  const browse = run.measurements.results().browse!
  // A quarter of the visitors come within the stalled second and wait for its end, half a second on average.
  expect(browse.requests).toBe(400)
  expect(browse.errors).toBe(0)
  expect(browse.p50.value).toBeLessThan(0.3)
  expect(browse.p99.value).toBeGreaterThan(0.85)
  expect(browse.p95.value).toBeGreaterThan(0.6)
  expect(run.measurements.dropped()).toBe(0)
})

test('the time for which the generator itself stalls counts as latency', async () => {
  const { url } = await startServer()
  const run = start(url, '/')
  setTimeout(() => {
    const end = performance.now() + 1000
    while (performance.now() < end);
  }, 1000)
  await run.finished
  expect(run.measurements.results().browse!.requests).toBe(400)
  expect(run.measurements.results().browse!.p99.value).toBeGreaterThan(0.85)
})

test('beyond the bound, visitors are turned away and counted', async () => {
  const { url, freeze } = await startServer()
  const run = start(url, '/', { maxInFlight: 10 })
  setTimeout(() => freeze(1000), 1000)
  await run.finished
  const dropped = run.measurements.dropped()
  expect(dropped).toBeGreaterThan(60)
  expect(run.measurements.results().browse!.requests).toBe(400 - dropped)
})

test('failures are counted by their reason', async () => {
  const { url } = await startServer()
  const runs = [
    start(url, '/fail', { duration: 0.5 }),
    start(url, '/garbage', { duration: 0.5 }),
    start(url, '/never', { duration: 0.5, timeout: 0.2 }),
    start('http://127.0.0.1:1', '/', { duration: 0.5 }),
  ]
  await Promise.all(runs.map(run => run.finished))
  const reasons = runs.map(run => Object.keys(run.measurements.results().browse!.reasons))
  expect(reasons).toEqual([['status 503'], ['unreadable answer'], ['timeout'], ['ECONNREFUSED']])
  for (const run of runs) expect(run.measurements.results().browse!.errors).toBe(50)
})

test('stopping ends the arrivals and still counts what is under way', async () => {
  const { url, freeze } = await startServer()
  const run = start(url, '/', { duration: Number.POSITIVE_INFINITY })
  setTimeout(() => freeze(500), 500)
  setTimeout(() => run.stop(), 800)
  await run.finished
  const browse = run.measurements.results().browse!
  expect(run.inFlight()).toBe(0)
  expect(browse.errors).toBe(0)
  expect(browse.requests).toBeGreaterThan(50)
  expect(browse.requests).toBeLessThan(100)
  expect(browse.max).toBeGreaterThan(0.3)
})

test('think time passes between the steps and is no latency', async () => {
  const { url } = await startServer()
  let thought = 0
  const journey: Journey = {
    weight: 1,
    async walk({ call, think }) {
      await call({ method: 'GET', path: '/' })
      const before = performance.now()
      await think(0.2)
      thought += performance.now() - before
      await call({ method: 'GET', path: '/' })
    },
  }
  const walks = { browse: journey, search: journey, recommend: journey, checkout: journey, export: journey }
  const plan: LoadPlan = {
    url,
    traffic: { rate: 100, spikes: [] },
    spacing: 'poisson',
    duration: 3,
    seed: 3,
    mix: { browse: 3, search: 1 },
    maxInFlight: 1000,
    timeout: 10,
  }
  const run = startLoad(plan, walks)
  await run.finished
  const { browse, search } = run.measurements.results()
  const visits = (browse!.requests + search!.requests) / 2
  expect(thought / visits / 1000).toBeGreaterThan(0.1)
  expect(thought / visits / 1000).toBeLessThan(0.35)
  expect(browse!.p50.value).toBeLessThan(0.1)
  expect(browse!.requests / search!.requests).toBeGreaterThan(2)
  expect(browse!.requests / search!.requests).toBeLessThan(4.5)
})

test('the metrics of the contract are exposed', async () => {
  const text = await exposition('text')
  expect(text).toMatch(/load_request_duration_seconds_count\{journey="browse",outcome="ok"\} [1-9]/)
  expect(text).toMatch(/load_request_duration_seconds_count\{journey="browse",outcome="error"\} [1-9]/)
  expect(text).toMatch(/load_request_duration_seconds_count\{journey="export",outcome="ok"\} 0/)
  expect(text).toMatch(/load_dropped_total [1-9]/)
})
