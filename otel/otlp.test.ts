import {
  type Attributes,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { encodeLine, encodeResource, encodeScope, encodeSpan } from './otlp.ts'

const resource = { 'service.name': 'shöp "1"', 'service.version': '1.0' }
const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({
  resource: resourceFromAttributes(resource),
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
})
const tracer = provider.getTracer('test', '1.2')

/** Spans as the SDK's own serializer writes them are what every backend accepts. */
function expectAsTheSdkWrites(): void {
  const spans = exporter.getFinishedSpans()
  exporter.reset()
  const bytes = JsonTraceSerializer.serializeRequest(spans)
  const expected = JSON.parse(new TextDecoder().decode(bytes))
  const ours = `{"resourceSpans":[{"resource":${encodeResource(resource)},"scopeSpans":[{"scope":${encodeScope({ name: 'test', version: '1.2' })},"spans":[${spans.map(encodeSpan).join()}]}]}]}`
  expect(normalise(JSON.parse(ours))).toEqual(normalise(expected))
}

/** Zero counts, empty lists and an unset status may be left out; numbers may stand as text. */
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !(name.startsWith('dropped') && inner === 0))
      .filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0))
      .filter(([name, inner]) => !(name === 'status' && (inner as { code: number }).code === 0))
      .map(([name, inner]) => [name, name === 'intValue' ? Number(inner) : normalise(inner)])
      .toSorted(),
  )
}

test('a bare span', () => {
  tracer.startSpan('bare').end()
  expectAsTheSdkWrites()
})

test('attributes of every type, in every script', () => {
  const attributes: Attributes = {
    text: 'quote " backslash \\ newline \n ünïcode 𝄞 \u2028',
    empty: '',
    whole: 42,
    negative: -7,
    large: Number.MAX_SAFE_INTEGER,
    fraction: 0.1,
    yes: true,
    list: ['a', 'b'],
    numbers: [1, 2.5],
  }
  tracer.startSpan('with "attributes"', { attributes, kind: SpanKind.SERVER }).end()
  expectAsTheSdkWrites()
})

test('parents near and far, trace state, links, events, errors and times', () => {
  const remote = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
    traceState: createTraceState('vendor=value'),
  }
  const context = trace.setSpanContext(ROOT_CONTEXT, remote)
  const parent = tracer.startSpan('parent', { startTime: [1_700_000_000, 5] }, context)
  const child = tracer.startSpan(
    'child',
    { kind: SpanKind.CONSUMER, links: [{ context: remote, attributes: { n: 1 } }] },
    trace.setSpan(ROOT_CONTEXT, parent),
  )
  child.addEvent('something', { where: 'here' })
  child.recordException(new Error('no "luck"'))
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'failed' })
  child.end()
  parent.setStatus({ code: SpanStatusCode.OK })
  parent.end([1_700_000_001, 999_999_999])
  expectAsTheSdkWrites()
})

test('no text of a span carries a credential, wherever it stands', () => {
  const secret = 'hunter2-hunter2'
  const attributes: Attributes = {
    'db.query.text': `select 1;\ntoken=${secret}`,
    'url.path': `/bearer%20${secret}`,
    password: secret,
    list: [`postgres://shop:${secret}@db`, `x api_key=${secret}`],
  }
  const linked = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    traceState: createTraceState(`vendor=token%3D${secret}`),
  }
  const span = tracer.startSpan(`GET /?token=${secret}`, {
    attributes,
    links: [{ context: linked, attributes }],
  })
  span.addEvent(`sent bearer ${secret}`, attributes)
  span.setStatus({ code: SpanStatusCode.ERROR, message: `refused password=${secret}` })
  span.end()
  const [finished] = exporter.getFinishedSpans()
  exporter.reset()
  const json = encodeSpan(finished!)
  expect(json).not.toContain(secret)
  expect(JSON.parse(json)).toMatchObject({
    name: 'GET /?token=[redacted]',
    status: { message: 'refused password=[redacted]' },
  })
})

test('a log line becomes a record with its ids as fields and the rest as attributes', () => {
  const line = {
    level: 'warn',
    time: 1_700_000_000_123,
    service_name: 'shop',
    trace_id: 'a'.repeat(32),
    span_id: 'b'.repeat(16),
    route: '/x',
    status: 200,
    ratio: 0.5,
    err: { message: 'no', stack: ['a'] },
    msg: 'a "message"',
  }
  expect(JSON.parse(encodeLine(JSON.stringify(line)))).toEqual({
    timeUnixNano: '1700000000123000000',
    severityNumber: 13,
    severityText: 'warn',
    body: { stringValue: 'a "message"' },
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    attributes: [
      { key: 'route', value: { stringValue: '/x' } },
      { key: 'status', value: { intValue: '200' } },
      { key: 'ratio', value: { doubleValue: 0.5 } },
      {
        key: 'err',
        value: {
          kvlistValue: {
            values: [
              { key: 'message', value: { stringValue: 'no' } },
              { key: 'stack', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
            ],
          },
        },
      },
    ],
  })
})

test('a line that is no JSON object is still delivered', () => {
  expect(JSON.parse(encodeLine('half a {"line'))).toMatchObject({ body: { stringValue: 'half a {"line' } })
})

test.each([
  [
    'with its trace',
    `"trace_id":"${'a'.repeat(32)}","span_id":"${'b'.repeat(16)}",`,
    '/products/:id',
    '12.345',
  ],
  ['without', '', '/', '7'],
  ['of a route that needs escaping', '', '/"quoted\\\\', '0.001'],
])("a request's line, %s, is the same record by the short way as by the long one", (_, ids, route, ms) => {
  const message = `GET ${route} 200 ${ms} ms`
  const line = `{"level":"info","time":1795265518361,"service_name":"shop",${ids}"method":"GET","route":${JSON.stringify(route)},"status":200,"duration_ms":${ms},"msg":${JSON.stringify(message)}}`
  // Only lines exactly as the kit writes them take the short way, so a space is enough to take the long one.
  expect(encodeLine(line)).toBe(encodeLine(line.replace('{', '{ ')))
  expect(JSON.parse(encodeLine(line))).toMatchObject({
    body: { stringValue: message },
    attributes: expect.arrayContaining([{ key: 'route', value: { stringValue: route } }]),
  })
})
