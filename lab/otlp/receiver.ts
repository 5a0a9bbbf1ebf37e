/** OTLP over HTTP, in JSON and protobuf: reads and inflates bodies within bounds, and hands them to the stores. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { HttpError, pathOf, type Route } from '../http.ts'
import { Refused } from '../intake.ts'
import { encodeResponse, encodeStatus, type Taken } from './response.ts'
import type { Signal } from './schema.ts'

interface OtlpOptions {
  take: (signal: Signal, bytes: Uint8Array<ArrayBuffer>, isJson: boolean) => Promise<Taken>
  /** Bytes that wait for their stores. */
  waiting: () => number
  /** Told of each request that was answered with an error, by signal. */
  onRefused: (signal: Signal) => void
}

/** Of a body as it is sent, and of the same once inflated. */
const largestBody = 4 * 1024 * 1024
const largestInflated = 16 * 1024 * 1024
/** Of bodies that are being read, inflated or waiting for their store. */
export const largestBacklog = 64 * 1024 * 1024

const signals: { readonly [path: string]: Signal | undefined } = {
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
  '/v1/metrics': 'metrics',
}

export const otlpTypes = ['application/json', 'application/x-protobuf']

export function otlpRoute(options: OtlpOptions): Route {
  let reading = 0

  async function receive(request: IncomingMessage, signal: Signal, isJson: boolean): Promise<Taken> {
    if (request.method !== 'POST') throw new HttpError(405, `expected POST, got ${request.method}`)
    if (reading + options.waiting() > largestBacklog)
      throw new HttpError(503, 'too much is waiting to be stored, send it again later')
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'gzip' && encoding !== 'identity')
      throw new HttpError(415, `expected a content-encoding of gzip or none, got "${encoding.slice(0, 40)}"`)
    let held = 0
    try {
      const body = await bodyOf(request, size => {
        held += size
        reading += size
      })
      const bytes = encoding === 'gzip' ? await inflated(body) : body
      return await options.take(signal, ownBytes(bytes), isJson)
    } catch (error) {
      if (error instanceof Refused) throw new HttpError(isFull(error) ? 503 : 400, error.message)
      throw error
    } finally {
      reading -= held
    }
  }

  return {
    matches: path => signals[path] !== undefined,
    async handle(request, response) {
      const signal = signals[pathOf(request)]!
      const isJson = !request.headers['content-type']?.startsWith('application/x-protobuf')
      try {
        send(response, 200, isJson, encodeResponse(signal, await receive(request, signal, isJson), isJson))
      } catch (error) {
        options.onRefused(signal)
        if (!(error instanceof HttpError)) throw error
        const message = `Cannot take the ${signal}: ${error.message}`
        send(response, error.status, isJson, encodeStatus(message, isJson))
      }
    },
  }
}

function isFull({ name }: Refused): boolean {
  return name === 'LogStoreError' || name === 'StoreError'
}

function send(response: ServerResponse, status: number, isJson: boolean, body: string | Buffer): void {
  response.writeHead(status, {
    'content-type': isJson ? 'application/json' : 'application/x-protobuf',
    'content-length': Buffer.byteLength(body),
    ...(status === 503 && { 'retry-after': '1' }),
    // What is left of a body that was not read must not be taken for the next request.
    ...(status >= 400 && { connection: 'close' }),
  })
  response.end(body)
}

async function bodyOf(request: IncomingMessage, onSize: (bytes: number) => void): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length
    onSize(part.length)
    if (size > largestBody) throw new HttpError(413, `expected a body of at most ${largestBody} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const inflate = promisify(gunzip)

async function inflated(body: Buffer): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: largestInflated })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new HttpError(413, `expected at most ${largestInflated} bytes once inflated`)
    throw new HttpError(400, `expected gzip, got ${(error as Error).message}`)
  }
}

/** Bytes in a buffer of their own, which can be moved to another thread: small ones share Node's pool. */
function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes)
}
