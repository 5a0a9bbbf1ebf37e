import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseExposition } from './exposition.ts'
import { type KeptSpans, keepSpans } from './testing/in-process-telemetry.ts'
import { type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.ts'

let app: FastifyInstance
let url: string
let spans: KeptSpans
let receiver: OtlpReceiver
let scrape: () => Promise<string>
const seen: (string | undefined)[] = []

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.endpoint
  process.env.LOG_STDOUT = 'off'
  const { httpServerTelemetry } = await import('./fastify.ts')
  const { exposition } = await import('./metrics.ts')
  scrape = () => exposition('openmetrics')
  spans = keepSpans()
  const remember = () => seen.push(trace.getActiveSpan()?.spanContext().traceId)

  app = Fastify({ bodyLimit: 1000 })
  await app.register(httpServerTelemetry)
  app.get('/things/:id', async () => ({ ok: true }))
  app.post('/things', async request => {
    remember()
    await new Promise(resolve => setTimeout(resolve, 5))
    remember()
    return request.body
  })
  app.get('/broken', () => {
    throw Object.assign(new Error('disk is full'), { code: 'ENOSPC' })
  })
  app.get('/refused', (_request, reply) => reply.code(402).send({}))
  app.get('/unavailable', (_request, reply) => reply.code(503).send({}))
  app.get('/stream', (_request, reply) => reply.send(Readable.from(slowly(10, 20))))
  app.get('/endless', (_request, reply) => reply.send(Readable.from(slowly(1000, 20))))
  app.get('/torn', (_request, reply) => reply.send(Readable.from(torn())))
  await app.register(async inner => {
    inner.get('/inner', async () => ({}))
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as { port: number }).port}`
})

afterAll(async () => {
  await app.close()
  await receiver.stop()
})

beforeEach(() => {
  spans.clear()
  seen.length = 0
})

async function* slowly(chunks: number, ms: number) {
  for (let chunk = 0; chunk < chunks; chunk++) {
    await new Promise(resolve => setTimeout(resolve, ms))
    yield 'x'.repeat(100)
  }
}

async function* torn() {
  yield* slowly(2, 5)
  throw Object.assign(new Error('tape torn'), { code: 'ETORN' })
}

const request = async (path: string, init?: RequestInit) => {
  const answer = await fetch(url + path, init)
  await answer.text()
  await until(() => spans.all().length > 0)
}

const until = async (condition: () => boolean) => {
  for (const deadline = Date.now() + 5000; !condition() && Date.now() < deadline; )
    await new Promise(resolve => setTimeout(resolve, 5))
}

const durations = async (labels: Record<string, string>) =>
  parseExposition(await scrape())
    .get('http_server_request_duration_seconds')!
    .samples.filter(sample => Object.entries(labels).every(([name, value]) => sample.labels[name] === value))

test.each([
  ['GET', '/things/17', 'GET /things/:id', '/things/:id', 200],
  ['GET', '/inner', 'GET /inner', '/inner', 200],
  ['GET', '/no/such/path', 'GET unmatched', 'unmatched', 404],
  ['PROPFIND', '/things/17', 'HTTP unmatched', 'unmatched', 404],
  ['GET', '/refused', 'GET /refused', '/refused', 402],
])('%s %s is "%s" in its span, metric and log line', async (method, path, name, route, status) => {
  await request(path, { method })
  const span = spans.all()[0]!
  expect(span.name).toBe(name)
  expect(span.attributes).toMatchObject({ 'http.route': route, 'http.response.status_code': status })
  expect(span.status.code).toBe(SpanStatusCode.UNSET)
  const label = method === 'GET' ? 'GET' : '_OTHER'
  const series = await durations({
    http_request_method: label,
    http_route: route,
    http_response_status_code: String(status),
  })
  expect(series.find(sample => sample.name.endsWith('_count'))?.value).toBeGreaterThan(0)
  const { traceId, spanId } = span.spanContext()
  await receiver.waitFor('its log line', ({ logs }) => logs.some(line => line.spanId === spanId))
  expect(receiver.logs.find(line => line.spanId === spanId)).toMatchObject({
    traceId,
    severity: 'info',
    body: expect.stringContaining(`${label} ${route} ${status} `),
    attributes: { method: label, route, status },
  })
})

test('an error is recorded with its code, stack and one error line', async () => {
  await request('/broken')
  const span = spans.all()[0]!
  expect(span.status.code).toBe(SpanStatusCode.ERROR)
  expect(span.attributes['error.type']).toBe('ENOSPC')
  expect(span.events[0]?.attributes).toMatchObject({ 'exception.message': 'disk is full' })
  const { spanId } = span.spanContext()
  await receiver.waitFor('its log line', ({ logs }) => logs.some(line => line.spanId === spanId))
  expect(receiver.logs.filter(line => line.spanId === spanId)).toEqual([
    expect.objectContaining({
      severity: 'error',
      attributes: expect.objectContaining({
        route: '/broken',
        status: 500,
        error_type: 'ENOSPC',
        err: expect.objectContaining({
          message: 'disk is full',
          stack: expect.stringContaining('fastify.test.ts'),
        }),
      }),
    }),
  ])
})

test('a 5xx without an exception fails the span by its status', async () => {
  await request('/unavailable')
  expect(spans.all()[0]!.attributes['error.type']).toBe('503')
  expect(spans.all()[0]!.status.code).toBe(SpanStatusCode.ERROR)
})

test('a streamed response lasts until its end', async () => {
  await request('/stream')
  const series = await durations({ http_route: '/stream' })
  expect(series.find(sample => sample.name.endsWith('_sum'))?.value).toBeGreaterThan(0.15)
})

test('a client that goes away is a 499, and no longer active', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write('GET /endless HTTP/1.1\r\nhost: test\r\n\r\n')
  await once(socket, 'data')
  const active = async () =>
    parseExposition(await scrape())
      .get('http_server_active_requests')!
      .samples.find(sample => sample.labels.http_request_method === 'GET')?.value
  expect(await active()).toBe(1)
  socket.destroy()
  await until(() => spans.all().length > 0)
  expect(spans.all()[0]!.attributes['http.response.status_code']).toBe(499)
  expect(await durations({ http_route: '/endless', http_response_status_code: '499' })).not.toEqual([])
  expect(await active()).toBe(0)
})

test('a stream that breaks after its head is a failure of the service, not of the client', async () => {
  await expect(request('/torn')).rejects.toThrow()
  await until(() => spans.all().length > 0)
  expect(spans.all()[0]!.attributes).toMatchObject({
    'http.response.status_code': 500,
    'error.type': 'ETORN',
  })
  expect(await durations({ http_route: '/torn', http_response_status_code: '500' })).not.toEqual([])
})

test('a handler that waited for its body is still in its request, however many run at once', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      request('/things', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          traceparent: `00-${trace32(index)}-b7ad6b7169203331-01`,
        },
        body: JSON.stringify({ index }),
      }),
    ),
  )
  const counts = Map.groupBy(seen, traceId => traceId)
  expect(counts.size).toBe(20)
  expect([...counts.values()].map(ids => ids.length)).toEqual(Array.from({ length: 20 }, () => 2))
})

test('a refused body is measured like any answer', async () => {
  await request('/things', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify('x'.repeat(2000)),
  })
  expect(spans.all()[0]!.attributes['http.response.status_code']).toBe(413)
})

const trace32 = (index: number) => String(index + 1).padStart(32, 'a')
