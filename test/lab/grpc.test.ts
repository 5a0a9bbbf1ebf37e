/** OTLP over gRPC: spans of the real exporter arrive, and what is wrong is refused with gRPC's own statuses. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { gzipSync } from 'node:zlib'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

let lab: RunningLab
let session: ClientHttp2Session | undefined

beforeAll(async () => {
  lab = await startLab(['--no-shop'])
})
afterEach(() => session?.destroy())
afterAll(async () => {
  expect((await lab.stop()).code).toBe(0)
})

interface Sent {
  path?: string
  headers?: Record<string, string>
  flag?: number
  message?: Uint8Array
  /** The whole body, instead of one made of flag and message. */
  body?: Uint8Array
}

const traces = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

async function send({ path = traces, headers = {}, flag = 0, message = new Uint8Array(), body }: Sent) {
  session = connect(lab.grpc)
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(flag)
  prefix.writeUInt32BE(message.length, 1)
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    ...headers,
  })
  stream.end(body ?? Buffer.concat([prefix, message]))
  const answered = once(stream, 'response')
  const trailed = Promise.race([once(stream, 'trailers'), once(stream, 'close')]).catch(() => [])
  const [head]: IncomingHttpHeaders[] = await answered
  stream.resume()
  const status = head!['grpc-status'] ?? (await trailed)[0]?.['grpc-status']
  return { http: head![':status'], status, message: decodeURIComponent(String(head!['grpc-message'] ?? '')) }
}

test.each(['none', 'gzip'])('spans of the real exporter are found, compression %s', async compression => {
  const name = `call by gRPC, ${compression}`
  const exporter = new OTLPTraceExporter({ url: lab.grpc, compression: compression as never })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'caller' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  const span = provider.getTracer('test').startSpan(name)
  span.end()
  await provider.shutdown()
  const { traceId } = span.spanContext()
  await expect
    .poll(async () => {
      const { batches } = await getJson(`${lab.url}/api/traces/${traceId}`).catch(() => ({ batches: [] }))
      return batches[0]?.scopeSpans[0].spans[0].name
    })
    .toBe(name)
})

test('logs and metrics have services of their own', async () => {
  for (const service of ['logs.v1.LogsService', 'metrics.v1.MetricsService']) {
    const path = `/opentelemetry.proto.collector.${service}/Export`
    expect(await send({ path })).toMatchObject({ http: 200, status: '0' })
  }
})

test.each<[name: string, sent: Sent, status: string, message: RegExp]>([
  ['another method', { path: '/grpc.health.v1.Health/Check' }, '12', /Cannot find .grpc.health/],
  ['half a message', { body: Buffer.from([0, 0, 0, 0, 9, 1]) }, '3', /one message of 9 bytes, got 1/],
  ['nothing', { body: new Uint8Array() }, '3', /a message of gRPC, got 0 bytes/],
  ['rubbish', { message: Buffer.from('rubbish') }, '3', /Cannot read protobuf at byte/],
  ['an odd flag', { flag: 7 }, '3', /a flag of 0 or 1, got 7/],
  ['gzip that was not announced', { flag: 1, message: gzipSync('') }, '3', /grpc-encoding: gzip/],
  [
    'gzip that is none',
    { flag: 1, message: Buffer.from('no'), headers: { 'grpc-encoding': 'gzip' } },
    '3',
    /expected gzip/,
  ],
  [
    'a bomb',
    { flag: 1, message: gzipSync(Buffer.alloc(20 * 1024 * 1024)), headers: { 'grpc-encoding': 'gzip' } },
    '8',
    /at most \d+ bytes once inflated/,
  ],
  ['too long a message', { message: Buffer.alloc(5 * 1024 * 1024) }, '8', /at most \d+ bytes/],
])('%s is refused', async (_name, sent, status, message) => {
  const answer = await send(sent)
  expect(answer).toMatchObject({ http: 200, status })
  expect(answer.message).toMatch(message)
})

test('a foreign host name and a type that a page can send are refused', async () => {
  expect(await send({ headers: { ':authority': 'evil.example' } })).toMatchObject({ http: 421 })
  expect(await send({ headers: { 'content-type': 'text/plain' } })).toMatchObject({ http: 415 })
  expect((await send({})).status).toBe('0')
})
