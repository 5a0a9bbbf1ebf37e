/** Metrics by OTLP, beside the page that is scraped or instead of it, from a service in a process of its own. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseExposition } from './exposition.ts'
import { type OtlpReceiver, type ReceivedPoint, startOtlpReceiver } from './testing/otlp-receiver.ts'
import { type KitService, runKitService } from './testing/run-kit-service.ts'

let receiver: OtlpReceiver
let service: KitService | undefined

beforeEach(async () => {
  receiver = await startOtlpReceiver()
})

afterEach(async () => {
  service?.child.kill('SIGKILL')
  await service?.ended
  await receiver.stop()
})

async function start(env: Record<string, string>): Promise<KitService> {
  service = await runKitService({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    ...env,
  })
  return service
}

const traceId = '0af7651916cd43dd8448eb211c80319c'
const visit = (path: string) =>
  fetch(`${service!.url}${path}`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
const named = (points: ReceivedPoint[], name: string) => points.filter(point => point.name === name)
const last = () => receiver.snapshots.at(-1)!

test('what is sent is what the page says, with exemplars, kinds and units', async () => {
  const { adminUrl, child, ended } = await start({ OTEL_METRIC_EXPORT_INTERVAL: '500' })
  await visit('/hello/you')
  await visit('/hello/me')
  await receiver.waitFor(
    'both requests',
    ({ snapshots }) =>
      named(snapshots.at(-1) ?? [], 'http_server_request_duration_seconds')[0]?.data.count === '2',
  )
  const page = parseExposition(await (await fetch(`${adminUrl}/metrics`)).text())
  const kinds = { counter: 'sum', gauge: 'gauge', histogram: 'histogram' } as Record<string, string>
  const expected = [...page]
    .filter(([name, { samples }]) => name !== 'target_info' && samples.length > 0)
    .map(([name, { kind }]) => [name, kinds[kind]])
  expect([...new Map(last().map(({ name, kind }) => [name, kind]))]).toEqual(expected)

  const [duration] = named(last(), 'http_server_request_duration_seconds')
  const inPage = page.get('http_server_request_duration_seconds')!.samples
  expect(duration).toMatchObject({
    unit: 's',
    resource: { 'service.name': 'shop', 'service.instance.id': expect.stringMatching(/^[\da-f-]{36}$/) },
    attributes: {
      http_request_method: 'GET',
      http_route: '/hello/:name',
      http_response_status_code: '200',
    },
    data: {
      sum: inPage.find(({ name }) => name.endsWith('_sum'))!.value,
      explicitBounds: inPage.flatMap(({ labels: { le } }) =>
        le === undefined || le === '+Inf' ? [] : [Number(le)],
      ),
      exemplars: expect.arrayContaining([
        expect.objectContaining({ traceId, spanId: expect.stringMatching(/^[\da-f]{16}$/) }),
      ]),
    },
  })
  const counts = (duration!.data.bucketCounts as string[]).map(Number)
  let cumulative = 0
  expect(counts.map(count => (cumulative += count))).toEqual(
    inPage.filter(({ name }) => name.endsWith('_bucket')).map(({ value }) => value),
  )
  const [cpu] = named(last(), 'process_cpu_seconds_total')
  expect(Number(cpu!.data.startTimeUnixNano)).toBeLessThan(Number(cpu!.data.timeUnixNano))
  expect(named(last(), 'process_open_fds')[0]!.unit).toBe('')

  await visit('/hello/last')
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(named(last(), 'http_server_request_duration_seconds')[0]!.data.count).toBe('3')
})

test('exponential histograms by the variable of the specification; the page keeps the buckets of the contract', async () => {
  const { adminUrl } = await start({
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
  })
  for (let request = 0; request < 20; request++) await visit('/hello/you')
  const page = parseExposition(await (await fetch(`${adminUrl}/metrics`)).text())
  await receiver.waitFor(
    'all requests',
    ({ snapshots }) =>
      named(snapshots.at(-1) ?? [], 'http_server_request_duration_seconds')[0]?.data.count === '20',
  )
  const [{ kind, data }] = named(last(), 'http_server_request_duration_seconds') as [ReceivedPoint]
  expect(kind).toBe('exponentialHistogram')
  const { bucketCounts } = data.positive as { bucketCounts: string[] }
  expect(bucketCounts.reduce((sum, count) => sum + Number(count), 0)).toBe(20)
  expect(data).toMatchObject({
    count: '20',
    zeroCount: '0',
    exemplars: expect.arrayContaining([expect.anything()]),
  })
  expect(Number(data.scale)).toBeGreaterThan(2)
  const buckets = page.get('http_server_request_duration_seconds')!.samples
  expect(buckets.find(({ labels }) => labels.le === '+Inf')!.value).toBe(20)
})

test.each([
  ['otlp', 404],
  ['prometheus', 200],
  ['none', 404],
])('OTEL_METRICS_EXPORTER=%s answers a scrape with %i, and sends what it says', async (value, status) => {
  const { url, adminUrl } = await start({ OTEL_METRICS_EXPORTER: value, OTEL_METRIC_EXPORT_INTERVAL: '100' })
  expect((await fetch(`${adminUrl}/metrics`)).status).toBe(status)
  if (value === 'otlp') await receiver.waitFor('metrics', ({ snapshots }) => snapshots.length > 0)
  await fetch(`${url}/hello/you`)
  await receiver.waitFor('the span', ({ spans }) => spans.length > 0)
  expect('/v1/metrics' in receiver.requests).toBe(value === 'otlp')
})

test('while the endpoint refuses, every point is accounted for; of what waits only the newest is worth sending', async () => {
  receiver.behave({ kind: 'status', status: 503 })
  const { adminUrl } = await start({ OTEL_METRIC_EXPORT_INTERVAL: '200' })
  const books = async () => {
    const page = parseExposition(await (await fetch(`${adminUrl}/metrics`)).text())
    const of = (name: string) =>
      page
        .get(name)!
        .samples.flatMap(({ labels, value }) =>
          labels.signal === 'metrics' ? [[labels.outcome ?? 'queued', value] as const] : [],
        )
    return Object.fromEntries([...of('telemetry_items_total'), ...of('telemetry_queue_items')]) as Record<
      string,
      number
    >
  }
  await expect.poll(async () => (await books()).dropped, { timeout: 10_000 }).toBeGreaterThan(0)
  const waiting = await books()
  expect(waiting.sent).toBe(0)
  expect(waiting.queued).toBeGreaterThan(0)
  receiver.behave({ kind: 'accept' })
  await receiver.waitFor('a snapshot', ({ snapshots }) => snapshots.length > 1, 20_000)
  const points = receiver.snapshots.reduce((sum, snapshot) => sum + snapshot.length, 0)
  await expect.poll(async () => (await books()).sent).toBeGreaterThanOrEqual(points)
  expect((await books()).failed).toBe(0)
})
