/** The kit as a service gets it: one process with --import, one OTLP endpoint, real requests. */

import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allMetrics } from '../contract/shop-signals.ts'
import { checkExposition, parseExposition } from '../otel/exposition.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { type KitService, runKitService } from '../otel/testing/run-kit-service.ts'

let receiver: OtlpReceiver
let service: KitService

beforeAll(async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3,deployment.environment.name=test',
    NODE_ENV: 'test',
  })
})

afterAll(async () => {
  service.child.kill('SIGTERM')
  await service.ended
  await receiver.stop()
})

const scrape = async (accept = 'application/openmetrics-text') =>
  (await fetch(`${service.adminUrl}/metrics`, { headers: { accept } })).text()

test('one trace runs through fetch and node:http, though both are imported as ES modules', async () => {
  await fetch(`${service.url}/chain`)
  await receiver.waitFor('six spans', ({ spans }) => spans.length >= 6)
  const spans = receiver.spans
  const root = spans.find(span => span.name === 'GET /chain')!
  expect(root).toMatchObject({
    kind: 'server',
    parentSpanId: '',
    status: 'unset',
    resource: {
      'service.name': 'shop',
      'service.version': '1.2.3',
      'deployment.environment.name': 'test',
    },
    attributes: { 'http.request.method': 'GET', 'http.route': '/chain', 'http.response.status_code': 200 },
  })
  expect(new Set(spans.map(span => span.traceId))).toEqual(new Set([root.traceId]))
  const children = spans.filter(span => span.parentSpanId === root.spanId)
  expect(children.map(span => [span.kind, span.name]).toSorted()).toEqual([
    ['client', 'GET'],
    ['client', 'GET'],
    ['internal', 'own work'],
  ])
  for (const client of children.filter(span => span.kind === 'client'))
    expect(spans.filter(span => span.parentSpanId === client.spanId).map(span => span.name)).toEqual([
      'GET /hello/:name',
    ])
})

test('no secret of an address or a header reaches a span', async () => {
  const { hostname, port } = new URL(service.url)
  const socket = connect(Number(port), hostname).on('error', () => {})
  const headers = `host: ${hostname}\r\ntracestate: shop=bearer hunter2hunter2\r\ntraceparent: 00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`
  for (const target of [
    'http://user:hunter2@host/hello/password=hunter2',
    'http://user:hunter2@host/nowhere/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.hunter2',
    '/hello/a?access_token=hunter2',
    '/hello/bearer%20hunter2hunter2',
    '//user:hunter2@host/hello',
    '/hello/token%3dhunter2',
  ])
    socket.write(`GET ${target} HTTP/1.1\r\n${headers}\r\n\r\n`)
  const ofIt = () => receiver.spans.filter(({ traceId }) => traceId === 'c'.repeat(32))
  await receiver.waitFor('all spans', () => ofIt().length === 6)
  socket.destroy()
  expect(ofIt().map(({ traceState }) => traceState)).toContain('shop=bearer [redacted]')
  expect(JSON.stringify(ofIt())).not.toContain('hunter2')
})

test('log lines carry the ids of their span, on stdout and as OTLP fields', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  await fetch(`${service.url}/hello/you`, {
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  })
  await receiver.waitFor(
    'two lines of the trace',
    ({ logs }) => logs.filter(line => line.traceId === traceId).length === 2,
  )
  await receiver.waitFor('its span', ({ spans }) => spans.some(span => span.traceId === traceId))
  const span = receiver.spans.find(candidate => candidate.traceId === traceId)!
  expect(span.parentSpanId).toBe('b7ad6b7169203331')
  const [greeting, request] = receiver.logs.filter(line => line.traceId === traceId)
  expect(greeting).toMatchObject({
    body: 'greeting',
    spanId: span.spanId,
    severity: 'info',
    severityNumber: 9,
  })
  expect(request).toMatchObject({
    body: expect.stringMatching(/^GET \/hello\/:name 200 [\d.]+ ms$/),
    spanId: span.spanId,
    resource: { 'service.name': 'shop' },
    attributes: { method: 'GET', route: '/hello/:name', status: 200, duration_ms: expect.any(Number) },
  })
  expect(service.lines()).toContainEqual(
    expect.objectContaining({
      trace_id: traceId,
      span_id: span.spanId,
      service_name: 'shop',
      level: 'info',
      msg: expect.stringMatching(/^GET \/hello\/:name 200 [\d.]+ ms$/),
    }),
  )
})

test('the line of a request, which is formatted by hand, is what pino would have written', () => {
  const lines = service.lines().filter(line => typeof line !== 'string')
  const byPino = lines.find(line => line.msg === 'greeting')!
  const byHand = lines.find(line => String(line.msg).endsWith(' ms'))!
  const common = Object.keys(byPino).slice(0, -1)
  expect(Object.keys(byHand)).toEqual([...common, 'method', 'route', 'status', 'duration_ms', 'msg'])
  for (const name of Object.keys(byPino)) expect(typeof byHand[name]).toBe(typeof byPino[name])
})

test('the duration of a sampled request carries its trace as an exemplar, in OpenMetrics only', async () => {
  const traceId = '1bf7651916cd43dd8448eb211c80319c'
  await fetch(`${service.url}/slow`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
  await fetch(`${service.url}/slow`, {
    headers: { traceparent: '00-2cf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' },
  })
  const exemplars = parseExposition(await scrape())
    .get('http_server_request_duration_seconds')!
    .samples.filter(sample => sample.labels.http_route === '/slow')
    .flatMap(sample => (sample.exemplar === undefined ? [] : [sample.exemplar]))
  expect(exemplars).toEqual([{ trace_id: traceId }])
  expect(await scrape('text/plain')).not.toContain('trace_id')
})

test('a job goes on with the trace of its sender', async () => {
  await fetch(`${service.url}/job`)
  await receiver.waitFor('the job', ({ spans }) => spans.some(span => span.name === 'GET /job'))
  const sender = receiver.spans.find(span => span.name === 'GET /job')!
  expect(receiver.spans.find(span => span.name === 'process fulfilment')).toMatchObject({
    kind: 'consumer',
    traceId: sender.traceId,
    parentSpanId: sender.spanId,
    attributes: { 'messaging.destination.name': 'fulfilment' },
  })
})

test('what the kit emits by itself is what the contract lists', async () => {
  await fetch(`${service.url}/chain`)
  const ofTheKit = allMetrics.filter(({ name }) =>
    /^(http_server_(request|active)|http_client|nodejs|v8js|process_|system_|target_|telemetry_)/.test(name),
  )
  const byTheService = allMetrics.filter(({ name }) => name.startsWith('messaging_'))
  for (const accept of ['application/openmetrics-text', 'text/plain']) {
    const problems = checkExposition(await scrape(accept), 'shop', [...ofTheKit, ...byTheService])
    expect(problems.filter(problem => !problem.startsWith('messaging_'))).toEqual([])
  }
})

test('says nothing on stderr and nothing but JSON on stdout', () => {
  expect(service.stderr()).toBe('')
  expect(service.lines().filter(line => typeof line === 'string')).toEqual([])
})
