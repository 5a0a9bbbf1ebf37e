import { TraceFlags, trace } from '@opentelemetry/api'
import { beforeEach, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_STDOUT = 'off'
  process.env.TELEMETRY_METRIC_MAX_SERIES = '3'
})

import { parseExposition } from './exposition.ts'
import { log } from './logs.ts'
import { counter, exposition, gauge, histogram, initialise, observe } from './metrics.ts'
import { refusedSamples } from './series.ts'
import {
  cache,
  database,
  defineCounter,
  defineGauge,
  defineHistogram,
  httpServer,
  jobs,
  resilience,
  runtime,
} from './signals.ts'

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

const refusedOf = (name: string) =>
  refusedSamples().flatMap(({ metric, reason, count }) => (metric === name ? [[reason, count]] : []))

test('beyond the most label sets new ones are refused, counted and said once, and those that exist go on', async () => {
  const error = vi.spyOn(log, 'error').mockClear()
  const users = { user: 'ids that should not be here' }
  const visits = defineCounter('visits_total', 'business', 'Visits', users)
  const sizes = defineHistogram('visit_bytes', 'business', 'Sizes', users, { buckets: [1] })
  const depth = defineGauge('visit_depth', 'business', 'Depth', users)
  const everyone = ['1', '2', '3', '4', '5', '1'].map(user => ({ user }))
  for (const labels of everyone) {
    counter(visits).add(labels)
    histogram(sizes).record(labels, 1)
  }
  expect(histogram(sizes).series({ user: '6' })).toBeUndefined()
  observe(depth, () => everyone.map(labels => ({ labels, value: 1 })))
  expect((await samplesOf('visits_total'))!.map(({ labels, value }) => [labels.user, value])).toEqual([
    ['1', 2],
    ['2', 1],
    ['3', 1],
  ])
  const counts = (await samplesOf('visit_bytes'))!.filter(({ name }) => name.endsWith('_count'))
  expect(counts.map(({ value }) => value)).toEqual([2, 1, 1])
  expect(refusedOf('visits_total')).toEqual([['limit', 2]])
  expect(refusedOf('visit_bytes')).toEqual([['limit', 3]])
  // What is read anew has its full room each time: read twice so far, with two too many.
  expect((await samplesOf('visit_depth'))!.map(({ value }) => value)).toEqual([2, 1, 1])
  expect(refusedOf('visit_depth')).toEqual([['limit', 6]])
  expect(error.mock.calls.map(([, text]) => text)).toEqual(
    ['visits_total', 'visit_bytes', 'visit_depth'].map(
      name =>
        `Cannot record ${name}: expected at most 3 label sets (TELEMETRY_METRIC_MAX_SERIES), got another`,
    ),
  )
})

test('a label too many or too few, and a value that is none, throw while developing and are counted elsewhere', async () => {
  const error = vi.spyOn(log, 'error').mockClear()
  const doors = defineCounter('doors_total', 'business', 'Doors', { door: 'doors of the house' })
  const wait = defineHistogram('door_wait_seconds', 'business', 'Wait', {}, { buckets: [1] })
  const front = { door: 'front' }
  const wrong = [
    {},
    { ...front, floor: '1' },
    { flor: '1' },
    { door: undefined },
  ] as unknown as (typeof front)[]
  for (const labels of wrong)
    expect(() => counter(doors).add(labels)).toThrow('expected the labels "door", got')
  for (const by of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => counter(doors).add(front, by)).toThrow(`expected 0 or more, got ${by}`)
  expect(() => histogram(wait).record({}, Number.NaN)).toThrow('expected a finite number, got NaN')
  vi.stubEnv('NODE_ENV', 'production')
  for (const labels of wrong) counter(doors).add(labels)
  counter(doors).add(front, -1)
  histogram(wait).record({}, Number.NaN)
  counter(doors).add(front)
  expect(await samplesOf('doors_total')).toEqual([expect.objectContaining({ labels: front, value: 1 })])
  expect(refusedOf('doors_total')).toEqual([
    ['label', 8],
    ['value', 4],
  ])
  expect(error.mock.calls.map(([fields]) => fields)).toEqual([
    { metric: 'doors_total' },
    { metric: 'doors_total' },
    { metric: 'door_wait_seconds' },
  ])
})

test('a metric may be defined in two files only where it is the same', () => {
  const labels = { outcome: ['paid', 'refused'], shop: 'shops' } as const
  const buckets = { buckets: [1, 2] }
  counter(defineCounter('twice_total', 'business', 'Twice', labels))
  histogram(defineHistogram('twice_seconds', 'business', 'Twice', {}, buckets))
  counter(
    defineCounter('twice_total', 'business', 'Said otherwise', {
      shop: 'the same',
      outcome: ['refused', 'paid'],
    }),
  )
  const before =
    'Cannot define twice_total twice: expected counter {outcome: paid|refused, shop} as before, got '
  expect(() => counter(defineCounter('twice_total', 'business', 'Twice', { shop: 'shops' }))).toThrow(
    `${before}counter {shop}`,
  )
  expect(() =>
    counter(defineCounter('twice_total', 'business', 'Twice', { ...labels, outcome: ['paid'] })),
  ).toThrow(`${before}counter {outcome: paid, shop}`)
  const asGauge = { ...defineGauge('twice', 'business', 'Twice'), name: 'twice_total' } as const
  expect(() => gauge(asGauge)).toThrow(`${before}gauge {}`)
  expect(() =>
    histogram(defineHistogram('twice_seconds', 'business', 'Twice', {}, { buckets: [1, 3] })),
  ).toThrow('expected histogram {} with buckets 1 2 as before, got histogram {} with buckets 1 3')
})

beforeEach(() => {
  vi.unstubAllEnvs()
})
