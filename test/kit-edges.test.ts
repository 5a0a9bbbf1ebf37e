/** The kit where something around it is missing or stuck: no endpoint, nothing sampled, nobody reading stdout. */

import { afterEach, expect, test } from 'vitest'
import { parseExposition, type Sample } from '../otel/exposition.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { type KitService, runKitService } from '../otel/testing/run-kit-service.ts'

let service: KitService
let receiver: OtlpReceiver | undefined

afterEach(async () => {
  service.child.kill('SIGKILL')
  await receiver?.stop()
  receiver = undefined
})

async function samples(name: string): Promise<Sample[]> {
  const answer = await fetch(`${service.adminUrl}/metrics`, {
    headers: { accept: 'application/openmetrics-text' },
  })
  return parseExposition(await answer.text()).get(name)?.samples ?? []
}

const items = async (signal: string, outcome: string) =>
  (await samples('telemetry_items_total')).find(
    ({ labels }) => labels.signal === signal && labels.outcome === outcome,
  )?.value

test('without an endpoint lines still carry ids, and no exemplar points at a trace nobody has', async () => {
  service = await runKitService()
  await fetch(`${service.url}/chain`)
  await expect.poll(() => service.lines().length).toBeGreaterThanOrEqual(5)
  const ids = new Set(service.lines().map(line => (typeof line === 'string' ? line : line.trace_id)))
  expect(ids.size).toBe(1)
  expect([...ids][0]).toMatch(/^[0-9a-f]{32}$/)
  const durations = await samples('http_server_request_duration_seconds')
  expect(durations.filter(sample => sample.exemplar !== undefined)).toEqual([])
  expect(await items('traces', 'sent')).toBe(0)
  expect(await items('logs', 'sent')).toBeGreaterThanOrEqual(5)
})

test('a ratio of 0 samples nothing of its own, but goes on with what a caller has sampled', async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_TRACES_SAMPLER_ARG: '0',
  })
  await fetch(`${service.url}/hello/unsampled`)
  const traceId = '3df7651916cd43dd8448eb211c80319c'
  await fetch(`${service.url}/hello/sampled`, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  })
  await receiver.waitFor('the sampled span', ({ spans }) => spans.length > 0)
  await receiver.waitFor('lines of both', ({ logs }) => logs.length === 4)
  expect(receiver.spans.map(span => span.traceId)).toEqual([traceId])
})

test('a stdout that nobody reads holds up no request, and what it cannot take is counted', async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService(
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, TELEMETRY_QUEUE_MAX_BYTES: '100000' },
    { readStdout: false },
  )
  const requests = 2000
  for (let sent = 0; sent < requests; sent += 50)
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const answer = await fetch(`${service.url}/hello/you`)
        expect(answer.status).toBe(200)
        await answer.text()
      }),
    )
  expect(await items('logs', 'dropped')).toBeGreaterThan(0)
  const total = async () => {
    const queued = (await samples('telemetry_queue_items')).find(
      ({ labels }) => labels.signal === 'logs',
    )!.value
    return (
      queued +
      (await samples('telemetry_items_total'))
        .filter(({ labels }) => labels.signal === 'logs')
        .reduce((sum, { value }) => sum + value, 0)
    )
  }
  expect(await total()).toBe(2 * requests)
  const received = receiver.spans.length
  await fetch(`${service.url}/slow`)
  await receiver.waitFor('a span that comes later', ({ spans }) => spans.length > received)
})

test('the level of a running service changes what it writes', async () => {
  service = await runKitService({ LOG_LEVEL: 'warn' })
  await fetch(`${service.url}/hello/quiet`)
  const answer = await fetch(`${service.adminUrl}/log-level`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"level":"info"}',
  })
  expect(answer.status).toBe(200)
  await fetch(`${service.url}/hello/loud`)
  await expect.poll(() => service.lines().length).toBe(2)
})

test('further instrumentations are loaded by their names', async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,undici,net',
  })
  await fetch(`${service.url}/chain`)
  await receiver.waitFor('a span of the net instrumentation', ({ spans }) =>
    spans.some(({ name }) => name === 'tcp.connect'),
  )
})

test('a trace context that is rubbish, and more baggage than may be taken, are dropped and counted, not the request', async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint })
  const traceId = '5df7651916cd43dd8448eb211c80319c'
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`
  const tenKilobytes = Array.from({ length: 100 }, (_, index) => `key${index}=${'v'.repeat(96)}`).join(',')
  const sent: Record<string, string>[] = [
    { traceparent: 'rubbish' },
    { traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' },
    { traceparent: `${traceparent}, ${traceparent}` },
    { traceparent: 'x'.repeat(8000) },
    { traceparent, baggage: tenKilobytes },
    { traceparent, baggage: '%%%,=,;' },
    { traceparent, baggage: 'tenant=north,plan=gold' },
    {},
  ]
  for (const headers of sent) expect((await fetch(`${service.url}/hello/you`, { headers })).status).toBe(200)
  await receiver.waitFor('a span of each', ({ spans }) => spans.length === sent.length)
  const ids = receiver.spans.map(span => span.traceId)
  expect(ids.filter(id => id === traceId)).toHaveLength(3)
  expect(new Set(ids).size).toBe(sent.length - 2)
  const dropped = (await samples('telemetry_incoming_context_dropped_total')).map(({ labels, value }) => [
    labels.header,
    value,
  ])
  expect(dropped).toEqual([
    ['traceparent', 4],
    ['baggage', 2],
  ])
})

test('where nobody reads traceparent and baggage, they are not missed', async () => {
  service = await runKitService({ OTEL_PROPAGATORS: 'b3' })
  await fetch(`${service.url}/hello/you`, { headers: { traceparent: 'rubbish', baggage: '%%%' } })
  const values = (await samples('telemetry_incoming_context_dropped_total')).map(({ value }) => value)
  expect(values).toEqual([0, 0])
})

test('routes without end cost no memory without end: those beyond the limit are counted, not kept', async () => {
  service = await runKitService({ TELEMETRY_METRIC_MAX_SERIES: '20' }, { service: './services/node-http.ts' })
  const paths = Array.from({ length: 50 }, (_, index) => `/named/${index}`)
  for (const path of paths) expect((await fetch(service.url + path)).status).toBe(200)
  const routes = (await samples('http_server_request_duration_seconds')).filter(({ name }) =>
    name.endsWith('_count'),
  )
  expect(routes).toHaveLength(20)
  expect(await samples('telemetry_samples_refused_total')).toEqual([
    expect.objectContaining({
      labels: { metric: 'http_server_request_duration_seconds', reason: 'limit' },
      value: 30,
    }),
  ])
})
