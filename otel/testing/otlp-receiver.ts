/** An OTLP/HTTP endpoint for tests: keeps what it is sent, and can be slow, refuse, hang or be away. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'

type AttributeValues = Record<string, unknown>

export interface ReceivedSpan {
  resource: AttributeValues
  scope: string
  traceId: string
  spanId: string
  /** Empty for a root span. */
  parentSpanId: string
  traceState: string
  name: string
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  startMs: number
  durationMs: number
  attributes: AttributeValues
  events: { name: string; attributes: AttributeValues }[]
  status: 'unset' | 'ok' | 'error'
}

interface ReceivedLog {
  resource: AttributeValues
  traceId: string
  spanId: string
  severity: string
  severityNumber: number
  timeMs: number
  body: unknown
  attributes: AttributeValues
}

/** One point of a metric, with what its kind calls the data. */
export interface ReceivedPoint {
  resource: AttributeValues
  name: string
  kind: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram'
  unit: string
  attributes: AttributeValues
  /** As OTLP has it in JSON. */
  data: Record<string, unknown>
}

/** What the receiver answers: accepts, answers another status, or takes a body and never answers. */
export type Behaviour =
  | { kind: 'accept'; delayMs?: number; answer?: string }
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  | { kind: 'hang' }
  /** Writes the text again and again, without an end. */
  | { kind: 'drip'; head: string; text: string; everyMs: number }
  /** Breaks the connection. */
  | { kind: 'reset' }

export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  endpoint: string
  port: number
  spans: ReceivedSpan[]
  logs: ReceivedLog[]
  /** Each time metrics were sent, their points. */
  snapshots: ReceivedPoint[][]
  /** Requests by path, refused ones included. */
  requests: Record<string, number>
  /** How each body came: `gzip` where it was compressed, else `identity`. */
  encodings: string[]
  behave: (behaviour: Behaviour) => void
  /** Resolves once `condition` holds, or throws after the timeout with what has come so far. */
  waitFor: (what: string, condition: (received: OtlpReceiver) => boolean, timeoutMs?: number) => Promise<void>
  /** Nothing listens any more, as with a backend that is gone. */
  stop: () => Promise<void>
  /** Listens again, on the same port. */
  start: () => Promise<void>
}

function drip(socket: Socket, { head, text, everyMs }: Extract<Behaviour, { kind: 'drip' }>): void {
  socket.write(head)
  const timer = setInterval(() => socket.write(text), everyMs)
  socket.once('close', () => clearInterval(timer))
  socket.on('error', () => {})
}

export async function startOtlpReceiver({ port = 0, host = '127.0.0.1' } = {}): Promise<OtlpReceiver> {
  let behaviour: Behaviour = { kind: 'accept' }
  let server: Server | undefined

  const receiver: OtlpReceiver = {
    endpoint: '',
    port,
    spans: [],
    logs: [],
    snapshots: [],
    requests: {},
    encodings: [],
    behave: next => {
      behaviour = next
    },
    waitFor,
    stop,
    start,
  }

  async function start(): Promise<void> {
    const started = createServer((request, response) => {
      answer(request, response).catch(error => {
        response.statusCode = 400
        response.end(String(error))
      })
    })
    await new Promise<void>((resolve, reject) => {
      started.once('error', reject)
      started.listen(receiver.port, host, resolve)
    })
    server = started
    receiver.port = (started.address() as AddressInfo).port
    receiver.endpoint = `http://${host}:${receiver.port}`
  }

  async function stop(): Promise<void> {
    const stopping = server
    server = undefined
    if (stopping === undefined) return
    await new Promise(resolve => {
      stopping.close(resolve)
      stopping.closeAllConnections()
    })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const current = behaviour
    const body = await read(request)
    receiver.requests[path] = (receiver.requests[path] ?? 0) + 1
    receiver.encodings.push(request.headers['content-encoding'] ?? 'identity')
    if (current.kind === 'hang') return
    if (current.kind === 'reset') return void request.socket.resetAndDestroy()
    if (current.kind === 'drip') return drip(request.socket, current)
    if (current.kind === 'status') {
      response.writeHead(current.status, current.headers).end(current.body)
      return
    }
    if (current.delayMs !== undefined) await new Promise(resolve => setTimeout(resolve, current.delayMs))
    if (!request.headers['content-type']?.includes('json'))
      throw new Error(
        `Cannot decode ${path}: expected JSON, got ${request.headers['content-type']} (set OTEL_EXPORTER_OTLP_PROTOCOL=http/json)`,
      )
    if (path === '/v1/traces') receiver.spans.push(...readSpans(JSON.parse(body.toString())))
    else if (path === '/v1/logs') receiver.logs.push(...readLogs(JSON.parse(body.toString())))
    else if (path === '/v1/metrics') receiver.snapshots.push(readPoints(JSON.parse(body.toString())))
    response.writeHead(200, { 'content-type': 'application/json' }).end(current.answer ?? '{}')
  }

  async function waitFor(
    what: string,
    condition: (received: OtlpReceiver) => boolean,
    timeoutMs = 10_000,
  ): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (!condition(receiver)) {
      if (Date.now() > deadline)
        throw new Error(
          `Waited ${timeoutMs} ms for ${what}; received ${receiver.spans.length} spans (${unique(receiver.spans.map(span => span.name))}) and ${receiver.logs.length} log lines (${unique(receiver.logs.map(line => String(line.body)))})`,
        )
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  await start()
  return receiver
}

interface OtlpValue {
  stringValue?: string
  intValue?: string | number
  doubleValue?: number | string
  boolValue?: boolean
  arrayValue?: { values?: OtlpValue[] }
  kvlistValue?: { values?: OtlpAttribute[] }
  bytesValue?: string
}

interface OtlpAttribute {
  key: string
  value: OtlpValue
}

interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  traceState?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes?: OtlpAttribute[]
  events?: { name: string; attributes?: OtlpAttribute[] }[]
  status?: { code?: number }
}

interface OtlpLog {
  traceId?: string
  spanId?: string
  severityText?: string
  severityNumber?: number
  timeUnixNano: string
  body?: OtlpValue
  attributes?: OtlpAttribute[]
}

interface OtlpTraces {
  resourceSpans: {
    resource?: { attributes?: OtlpAttribute[] }
    scopeSpans: { scope?: { name?: string }; spans: OtlpSpan[] }[]
  }[]
}

interface OtlpLogs {
  resourceLogs: {
    resource?: { attributes?: OtlpAttribute[] }
    scopeLogs: { logRecords: OtlpLog[] }[]
  }[]
}

interface OtlpMetrics {
  resourceMetrics: {
    resource?: { attributes?: OtlpAttribute[] }
    scopeMetrics: { metrics: OtlpMetric[] }[]
  }[]
}

type OtlpMetric = { name: string; unit?: string } & {
  [kind in ReceivedPoint['kind']]?: {
    dataPoints: (Record<string, unknown> & { attributes?: OtlpAttribute[] })[]
  }
}

const metricKinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram'] as const

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const statuses = ['unset', 'ok', 'error'] as const

function readSpans({ resourceSpans }: OtlpTraces): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map(span => ({
        resource: readAttributes(resource?.attributes),
        scope: scope?.name ?? '',
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        traceState: span.traceState ?? '',
        name: span.name,
        kind: kinds[span.kind] ?? 'internal',
        startMs: Number(span.startTimeUnixNano) / 1e6,
        durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        attributes: readAttributes(span.attributes),
        events: (span.events ?? []).map(({ name, attributes }) => ({
          name,
          attributes: readAttributes(attributes),
        })),
        status: statuses[span.status?.code ?? 0] ?? 'unset',
      })),
    ),
  )
}

function readLogs({ resourceLogs }: OtlpLogs): ReceivedLog[] {
  return resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(record => ({
        resource: readAttributes(resource?.attributes),
        traceId: record.traceId ?? '',
        spanId: record.spanId ?? '',
        severity: record.severityText ?? '',
        severityNumber: record.severityNumber ?? 0,
        timeMs: Number(record.timeUnixNano) / 1e6,
        body: readValue(record.body),
        attributes: readAttributes(record.attributes),
      })),
    ),
  )
}

function readPoints({ resourceMetrics }: OtlpMetrics): ReceivedPoint[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(metric =>
        metricKinds.flatMap(kind =>
          (metric[kind]?.dataPoints ?? []).map(({ attributes, ...data }) => ({
            resource: readAttributes(resource?.attributes),
            name: metric.name,
            kind,
            unit: metric.unit ?? '',
            attributes: readAttributes(attributes),
            data,
          })),
        ),
      ),
  )
}

function readAttributes(attributes: OtlpAttribute[] = []): AttributeValues {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]))
}

function readValue(value: OtlpValue = {}): unknown {
  if (value.intValue !== undefined) return Number(value.intValue)
  if (value.doubleValue !== undefined) return Number(value.doubleValue)
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(readValue)
  if (value.kvlistValue !== undefined) return readAttributes(value.kvlistValue.values)
  return value.stringValue ?? value.boolValue ?? value.bytesValue ?? null
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
}

function unique(values: string[]): string {
  return [...new Set(values)].slice(0, 10).join(', ')
}
