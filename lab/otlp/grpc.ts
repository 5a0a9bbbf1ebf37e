/** OTLP over gRPC, the default of many SDKs: one message a request, and the answer's status after it, over HTTP/2. */
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Guard } from '../../otel/guard.ts'
import { HttpError, listening } from '../http.ts'
import type { OtlpIntake } from './intake.ts'
import { encodeResponse } from './response.ts'
import type { Signal } from './schema.ts'

interface GrpcOptions {
  host: string
  port: number
  guard: Guard
  intake: OtlpIntake
  onRefused: (signal: Signal) => void
}

const services: { readonly [path: string]: Signal | undefined } = {
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': 'traces',
  '/opentelemetry.proto.collector.logs.v1.LogsService/Export': 'logs',
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export': 'metrics',
}

export const grpcTypes = ['application/grpc', 'application/grpc+proto']

/** Numbers of gRPC. */
const codes = { invalid: 3, tooMuch: 8, unknownMethod: 12, internal: 13, unavailable: 14 }
const codeOf: { readonly [status: number]: number | undefined } = {
  400: codes.invalid,
  413: codes.tooMuch,
  503: codes.unavailable,
}

/** Milliseconds for a whole request, and for a connection without one. */
const patience = { request: 15_000, idle: 300_000 }
const mostConnections = 256
/** Before a message: whether it is compressed, and its length. */
const prefixLength = 5

export async function startGrpcServer(options: GrpcOptions) {
  const { host, port, guard, intake, onRefused } = options
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer({ unknownProtocolTimeout: 5000, settings: { maxConcurrentStreams: 64 } })

  server.on('session', session => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.setTimeout(patience.idle, () => session.close())
    session.on('error', () => session.destroy())
    if (sessions.size > mostConnections) session.destroy()
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => stream.destroy())
    const overdue = setTimeout(() => stream.destroy(), patience.request)
    stream.once('close', () => clearTimeout(overdue))
    answer(stream, headers).catch(error => {
      if (stream.destroyed) return
      if (!(error instanceof HttpError)) console.error(error)
      const isTheirs = error instanceof HttpError
      refuse(
        stream,
        (isTheirs ? codeOf[error.status] : undefined) ?? codes.internal,
        isTheirs ? error.message : 'Internal error',
      )
    })
  })

  async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const { ':path': path = '', ':method': method = '', ':authority': authority } = headers
    const request = { headers: { ...headers, host: authority }, method, socket: stream.session?.socket }
    const refusal = guard(request as unknown as Parameters<Guard>[0])
    if (refusal !== undefined) {
      stream.respond({ ':status': refusal.status, 'content-type': 'text/plain' })
      stream.end(refusal.message)
      return
    }
    const signal = services[String(path)]
    if (signal === undefined)
      return refuse(stream, codes.unknownMethod, `Cannot find ${String(path).slice(0, 200)}`)
    try {
      const isZippable = headers['grpc-encoding'] === 'gzip'
      const body: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false })
      const open = (whole: Buffer) => messageOf(whole, isZippable)
      const taken = await intake(body, signal, { isJson: false, open })
      const message = encodeResponse(signal, taken, false) as Buffer
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(framed(message))
    } catch (error) {
      onRefused(signal)
      throw error
    }
  }

  await listening(server, port, host)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        for (const session of sessions) session.destroy()
      }),
  }
}

function refuse(stream: ServerHttp2Stream, code: number, message: string): void {
  if (stream.headersSent) {
    stream.destroy()
    return
  }
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(code),
      'grpc-message': encodeURIComponent(message),
    },
    { endStream: true },
  )
  // What is left of a message that was not read is not waited for.
  stream.close()
}

/** The one message of a request. */
function messageOf(body: Buffer, isZippable: boolean): { bytes: Buffer; isZipped: boolean } {
  if (body.length < prefixLength)
    throw new HttpError(400, `expected a message of gRPC, got ${body.length} bytes`)
  const [flag, length] = [body.readUInt8(0), body.readUInt32BE(1)]
  if (length !== body.length - prefixLength)
    throw new HttpError(400, `expected one message of ${length} bytes, got ${body.length - prefixLength}`)
  if (flag > 1) throw new HttpError(400, `expected a flag of 0 or 1, got ${flag}`)
  if (flag === 1 && !isZippable)
    throw new HttpError(400, 'expected grpc-encoding: gzip for a compressed message')
  return { bytes: body.subarray(prefixLength), isZipped: flag === 1 }
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixLength)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}
