/** What the kit sends in both forms of OTLP: read back by the lab's decoder, and found in the lab and in real servers. */

import { createTraceState, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoki } from '../engines/logql/diff/real-loki.ts'
import { startTempo } from '../engines/traceql/diff/real-tempo.ts'
import { decode, type Schema } from '../lab/otlp/protobuf.ts'
import { schemas } from '../lab/otlp/schema.ts'
import { createExponential, recordExponential } from '../otel/exponential.ts'
import { encodeLine, encodeScope, encodeSpan } from '../otel/otlp.ts'
import { toProtobuf } from '../otel/otlp-protobuf.ts'
import { readBooks } from '../otel/testing/books.ts'
import { type KitService, runKitService } from '../otel/testing/run-kit-service.ts'
import { findProgram, titled, use, whyMissing } from './support/programs.ts'
import { getJson, type RunningLab, startLab } from './support/running-lab.ts'

/** Empty lists leave nothing behind in protobuf. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      Array.isArray(inner) && inner.length === 0 ? [] : [[name, withoutEmpty(inner)]],
    ),
  )
}

function expectSame(signal: 'traces' | 'logs' | 'metrics', json: string): void {
  expect(decode(toProtobuf(signal, Buffer.from(json)), schemas[signal])).toEqual(
    withoutEmpty(JSON.parse(json)),
  )
}

const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer(
  'test',
  '1.2',
)

function richSpan() {
  const link = {
    context: {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      traceState: createTraceState('x=y'),
    },
    attributes: { why: 'batch' },
  }
  const span = tracer.startSpan('all of it', { kind: SpanKind.CLIENT, links: [link] })
  span.setAttributes({
    text: 'quote " ünïcode 𝄞 \ud800',
    long: 'x'.repeat(20_000),
    numbers: [1, -7, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1, 1e300],
    mixed: ['a', 'b'],
    yes: true,
    no: false,
    none: Number.NaN,
  })
  span.addEvent('retry', { attempt: 2 })
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' })
  span.end()
  const spans = exporter.getFinishedSpans()
  exporter.reset()
  return spans
}

const tracesJson = (spans: ReturnType<typeof richSpan>) =>
  `{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":${encodeScope({ name: 'test', version: '1.2' })},"spans":[${spans.map(encodeSpan).join()}]}]}]}`

test('spans in protobuf say what they say in JSON, and what those of the SDK say', () => {
  const spans = richSpan()
  const json = tracesJson(spans).replace('\\ud800', '\\ufffd')
  expectSame('traces', json)
  const decoded = (bytes: Uint8Array) => {
    const { resourceSpans } = decode(bytes, schemas.traces) as {
      resourceSpans: { scopeSpans: { spans: object[] }[] }[]
    }
    return resourceSpans[0]!.scopeSpans[0]!.spans[0]!
  }
  const [ours, theirs] = [
    decoded(toProtobuf('traces', Buffer.from(json))),
    decoded(ProtobufTraceSerializer.serializeRequest(spans)!),
  ]
  // They write counts of 0, which are the default.
  expect(theirs).toMatchObject(ours)
})

test('log lines in protobuf say what they say in JSON', () => {
  const lines = [
    `{"level":"info","time":1700000000000,"service_name":"shop","trace_id":"${'a'.repeat(32)}","span_id":"${'b'.repeat(16)}","method":"GET","route":"/things/:id","status":200,"duration_ms":1.25,"msg":"GET /things/:id 200 1.25 ms"}`,
    '{"level":"error","time":1700000000001,"msg":"ünïcode","err":{"type":"Error","deep":[{"a":null},[1,2.5,"x"]],"ok":true}}',
  ]
  expectSame(
    'logs',
    `{"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{"scope":{"name":"pino"},"logRecords":[${lines.map(encodeLine).join()}]}]}]}`,
  )
})

const metricsJson = (metric: object) =>
  JSON.stringify({
    resourceMetrics: [{ scopeMetrics: [{ scope: { name: 'otel-kit' }, metrics: [metric] }] }],
  })
const times = { startTimeUnixNano: '1700000000000000000', timeUnixNano: '1700000000123000000' }

test.each([
  {
    gauge: {
      dataPoints: [
        { ...times, asDouble: 'Infinity' },
        { ...times, asDouble: -0.5 },
      ],
    },
  },
  { sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...times, asDouble: 300 }] } },
  {
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          attributes: [{ key: 'route', value: { stringValue: '/' } }],
          ...times,
          count: '300',
          sum: 1.5,
          bucketCounts: Array.from({ length: 16 }, (_, index) => String(index * 1000)),
          explicitBounds: Array.from({ length: 15 }, (_, index) => index / 10),
          exemplars: [
            {
              timeUnixNano: times.timeUnixNano,
              asDouble: 0.2,
              spanId: 'b'.repeat(16),
              traceId: 'a'.repeat(32),
            },
          ],
        },
      ],
    },
  },
])('metrics in protobuf say what they say in JSON: %o', data => {
  expectSame('metrics', metricsJson({ name: 'a', description: 'A', unit: 's', ...data }))
})

/** The lab refuses exponential histograms, so only here they are read. */
const exponentialSchema: Schema = (() => {
  const one = (name: string, type: Schema | 'string' | 'fixed64' | 'double' | 'sint32' | 'enum') => ({
    name,
    type: typeof type === 'string' ? type : () => type,
  })
  const many = (name: string, type: Schema) => ({ name, type: () => type, repeated: true })
  const side: Schema = {
    1: one('offset', 'sint32'),
    2: { name: 'bucketCounts', type: 'uint64', repeated: true },
  }
  const point: Schema = {
    4: one('count', 'fixed64'),
    5: one('sum', 'double'),
    6: one('scale', 'sint32'),
    7: one('zeroCount', 'fixed64'),
    8: one('positive', side),
  }
  const data: Schema = { 1: many('dataPoints', point), 2: one('aggregationTemporality', 'enum') }
  const metric: Schema = { 1: one('name', 'string'), 10: one('exponentialHistogram', data) }
  return { 1: many('resourceMetrics', { 2: many('scopeMetrics', { 2: many('metrics', metric) }) }) }
})()

test('an exponential histogram in protobuf is the one that the SDK sends of the same values', async () => {
  const kept = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: kept, exportIntervalMillis: 1e6 })],
    views: [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  })
  const theirs = provider.getMeter('otel-kit').createHistogram('a')
  const ours = createExponential()
  let sum = 0
  for (let index = 1; index <= 500; index++) {
    const value = index ** 2 / 1024
    theirs.record(value)
    recordExponential(ours, value)
    sum += value
  }
  await provider.forceFlush()
  const expected = decode(
    ProtobufMetricsSerializer.serializeRequest(kept.getMetrics()[0]!)!,
    exponentialSchema,
  )
  await provider.shutdown()
  const { scale, zeros, positive } = ours
  const point = {
    ...times,
    count: '500',
    sum,
    scale,
    zeroCount: String(zeros),
    positive: { offset: positive.offset, bucketCounts: positive.counts.map(String) },
  }
  const json = metricsJson({
    name: 'a',
    exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point] },
  })
  expect(decode(toProtobuf('metrics', Buffer.from(json)), exponentialSchema)).toEqual(expected)
})

/** A service that answers one request with a trace of its own and hands everything over at once. */
async function serve(env: Record<string, string>, traceId: string): Promise<KitService> {
  const service = await runKitService({
    TELEMETRY_BATCH_DELAY_MS: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    ...env,
  })
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
  expect((await fetch(`${service.url}/hello/you`, { headers })).status).toBe(200)
  return service
}

const patience = { timeout: 60_000, interval: 300 }

describe('in the lab', () => {
  let lab: RunningLab
  beforeAll(async () => {
    lab = await startLab(['--no-shop'])
  }, 120_000)
  afterAll(() => lab?.stop())

  test.each(['http/json', 'http/protobuf'])(
    'traces, logs and metrics arrive by %s',
    { timeout: 180_000 },
    async protocol => {
      const traceId = (protocol === 'http/json' ? '1' : '2').repeat(32)
      const name = `shop-${protocol.slice(5)}`
      const service = await serve(
        {
          OTEL_SERVICE_NAME: name,
          OTEL_EXPORTER_OTLP_ENDPOINT: lab.otlp,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        },
        traceId,
      )
      const ask = async (path: string, query = '') =>
        (await getJson(`${lab.url}${path}?query=${encodeURIComponent(query)}`)).data
      await expect
        .poll(() => getJson(`${lab.url}/api/traces/${traceId}`).catch(String), patience)
        .toMatchObject({ batches: [{ scopeSpans: [{ spans: [{ name: 'GET /hello/:name' }] }] }] })
      const lines = `{service_name="${name}"} | trace_id="${traceId}"`
      await expect
        .poll(async () => {
          const { result } = await ask('/loki/api/v1/query_range', lines)
          return result.flatMap((stream: { values: unknown[] }) => stream.values).length
        }, patience)
        .toBe(2)
      const requests = `http_server_request_duration_seconds_count{job="${name}",http_route="/hello/:name"}`
      const values = async (query: string) =>
        (await ask('/api/v1/query', query)).result.map(({ value }: { value: [number, string] }) => value[1])
      await expect.poll(() => values(requests), patience).toEqual(['1'])
      expect(await values(`count(process_cpu_seconds_total{job="${name}"} > 0)`)).toEqual(['1'])
      const buckets = `http_server_request_duration_seconds_bucket{job="${name}"}`
      expect(JSON.stringify(await ask('/api/v1/query_exemplars', buckets))).toContain(traceId)
      const { traces, logs } = await readBooks(service.adminUrl)
      expect([traces.failed, traces.dropped, logs.failed, logs.dropped]).toEqual([0, 0, 0, 0])
      service.child.kill('SIGTERM')
      expect(await service.ended).toBe(0)
    },
  )
})

const foundTempo = findProgram('tempo', 'tempo 3 from https://github.com/grafana/tempo/releases')
const foundLoki = findProgram('loki', 'loki 3.7 from https://github.com/grafana/loki/releases')
const [noTempo, noLoki] = [whyMissing(foundTempo), whyMissing(foundLoki)]

describe.each(['http/json', 'http/protobuf'])('by %s', protocol => {
  test.skipIf(noTempo !== undefined)(
    titled('a real Tempo takes the spans', noTempo),
    { timeout: 180_000 },
    async () => {
      const tempo = await startTempo(use(foundTempo).program)
      const traceId = '3'.repeat(32)
      const tenant = 'kit'
      const service = await serve(
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: tempo.otlp,
          OTEL_EXPORTER_OTLP_HEADERS: `x-scope-orgid=${tenant}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        },
        traceId,
      )
      await expect
        .poll(async () => JSON.stringify((await tempo.get(tenant, `/api/traces/${traceId}`, {})).body), {
          timeout: 60_000,
        })
        .toContain('GET /hello/:name')
      service.child.kill('SIGKILL')
      await tempo.stop()
    },
  )

  test.skipIf(noLoki !== undefined)(
    titled('a real Loki takes the lines', noLoki),
    { timeout: 180_000 },
    async () => {
      const loki = await startLoki(use(foundLoki).program, { discovers: true })
      const traceId = '4'.repeat(32)
      const tenant = 'kit'
      const service = await serve(
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: `${loki.url}/otlp`,
          OTEL_EXPORTER_OTLP_HEADERS: `x-scope-orgid=${tenant}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        },
        traceId,
      )
      const query = `{service_name="shop"} | trace_id="${traceId}"`
      await expect
        .poll(async () => (await loki.get(tenant, '/loki/api/v1/query_range', { query })).body, {
          timeout: 60_000,
        })
        .toContain('greeting')
      service.child.kill('SIGKILL')
      await loki.stop()
    },
  )
})
