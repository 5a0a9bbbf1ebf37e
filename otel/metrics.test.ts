import { TraceFlags, trace } from '@opentelemetry/api'
import { beforeEach, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { parseExposition } from './exposition.ts'
import { counter, exposition, gauge, histogram, initialise, observe } from './metrics.ts'
import { cache, database, httpServer, jobs, resilience, runtime } from './signals.ts'

const samplesOf = async (name: string) => parseExposition(await exposition('openmetrics')).get(name)?.samples

test('counts by labels, from 0 for label sets that were announced', async () => {
  initialise(cache.requests, [{ cache: 'products', result: 'hit' }])
  counter(cache.requests).add({ cache: 'products', result: 'miss' })
  counter(cache.requests).add({ cache: 'products', result: 'miss' }, 2)
  expect(await samplesOf('cache_requests_total')).toEqual([
    { name: 'cache_requests_total', labels: { cache: 'products', result: 'hit' }, value: 0 },
    { name: 'cache_requests_total', labels: { cache: 'products', result: 'miss' }, value: 3 },
  ])
})

test('sets and moves gauges', async () => {
  gauge(cache.entries).set({ cache: 'products' }, 5)
  gauge(cache.entries).add({ cache: 'products' }, -2)
  expect(await samplesOf('cache_entries')).toEqual([
    { name: 'cache_entries', labels: { cache: 'products' }, value: 3 },
  ])
})

test('puts each value in its bucket, bounds included', async () => {
  const labels = { messaging_destination_name: 'fulfilment' }
  for (const value of [0.1, 0.1001, 1000]) histogram(jobs.wait).record(labels, value)
  const samples = (await samplesOf('messaging_process_wait_seconds'))!
  const bucket = (le: string) => samples.find(sample => sample.labels.le === le)?.value
  expect([bucket('0.1'), bucket('0.25'), bucket('900'), bucket('+Inf')]).toEqual([1, 2, 2, 3])
  expect(samples.find(sample => sample.name.endsWith('_count'))?.value).toBe(3)
  expect(samples.find(sample => sample.name.endsWith('_sum'))?.value).toBeCloseTo(1000.2001)
})

test('a histogram whose contract says so carries the trace of a sampled span, never of another', async () => {
  const spanOf = (traceId: string, traceFlags: TraceFlags) =>
    trace.wrapSpanContext({ traceId, spanId: 'b7ad6b7169203331', traceFlags })
  const labels = {
    http_request_method: 'GET',
    http_route: '/exemplars',
    http_response_status_code: '200',
  } as const
  histogram(httpServer.duration).record(labels, 0.02, spanOf('a'.repeat(32), TraceFlags.SAMPLED))
  histogram(httpServer.duration).record(labels, 0.2, spanOf('b'.repeat(32), TraceFlags.NONE))
  const samples = (await samplesOf('http_server_request_duration_seconds'))!
  expect(
    samples.filter(sample => sample.exemplar).map(sample => [sample.labels.le, sample.exemplar]),
  ).toEqual([['0.025', { trace_id: 'a'.repeat(32) }]])
})

test('reads several sources of one metric at scrape time, and leaves out one that fails', async () => {
  const pool = (name: string) => ({ db_client_connection_pool_name: name })
  const stop = [
    observe(database.connectionsMax, () => [{ labels: pool('a'), value: 1 }]),
    observe(database.connectionsMax, async () => [{ labels: pool('b'), value: 2 }]),
    observe(database.connectionsMax, () => {
      throw new Error('pool is gone')
    }),
  ]
  const values = async () => (await samplesOf('db_client_connection_max'))?.map(({ value }) => value)
  expect(await values()).toEqual([1, 2])
  expect(await values()).toEqual([1, 2])
  stop[0]?.()
  expect(await values()).toEqual([2])
})

test('the text format has the same series under the same names, however often the formats alternate', async () => {
  gauge(runtime.heapLimit).set({}, 1)
  for (let round = 0; round < 2; round++) {
    const text = await exposition('text')
    const openMetrics = await exposition('openmetrics')
    expect(openMetrics.endsWith('# EOF\n')).toBe(true)
    expect(text).not.toContain('# EOF')
    expect(text).toContain('# TYPE cache_requests_total counter')
    expect(openMetrics).toContain('# TYPE cache_requests counter')
    const withoutExemplars = (families: ReturnType<typeof parseExposition>) =>
      Array.from(families, ([name, { kind, samples }]) => [
        name,
        kind,
        samples.map(({ name, labels, value }) => ({ name, labels, value })),
      ])
    expect(withoutExemplars(parseExposition(text))).toEqual(withoutExemplars(parseExposition(openMetrics)))
  }
})

test('a value outside a closed set throws while developing', () => {
  const wrong = { dependency: 'payments', state: 'ajar' } as unknown as { dependency: string; state: 'open' }
  expect(() => gauge(resilience.breakerState).set(wrong, 1)).toThrow(
    'Cannot record circuit_breaker_state: expected state to be one of closed, half_open, open, got "ajar"',
  )
})

test('in production it costs the sample, not the request', async () => {
  vi.stubEnv('NODE_ENV', 'production')
  const wrong = { dependency: 'payments', state: 'ajar' } as unknown as { dependency: string; state: 'open' }
  counter(resilience.breakerTransitions).add(wrong)
  counter(resilience.breakerTransitions).add({ dependency: 'payments', state: 'open' })
  expect(await samplesOf('circuit_breaker_transitions_total')).toEqual([
    expect.objectContaining({ labels: { dependency: 'payments', state: 'open' }, value: 1 }),
  ])
})

beforeEach(() => {
  vi.unstubAllEnvs()
})
