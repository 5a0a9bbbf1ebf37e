/** OTLP over HTTP, in JSON and protobuf. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError, pathOf, type Route } from '../http.ts'
import type { OtlpIntake } from './intake.ts'
import { encodeResponse, encodeStatus, type Taken } from './response.ts'
import type { Signal } from './schema.ts'

interface OtlpOptions {
  intake: OtlpIntake
  /** Told of each request that was answered with an error, by signal. */
  onRefused: (signal: Signal) => void
}

const signals: { readonly [path: string]: Signal | undefined } = {
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
  '/v1/metrics': 'metrics',
}

export const otlpTypes = ['application/json', 'application/x-protobuf']

export function otlpRoute({ intake, onRefused }: OtlpOptions): Route {
  async function receive(request: IncomingMessage, signal: Signal, isJson: boolean): Promise<Taken> {
    if (request.method !== 'POST') throw new HttpError(405, `expected POST, got ${request.method}`)
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding !== 'gzip' && encoding !== 'identity')
      throw new HttpError(415, `expected a content-encoding of gzip or none, got "${encoding.slice(0, 40)}"`)
    const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
    return await intake(body, signal, { isJson, open: bytes => ({ bytes, isZipped: encoding === 'gzip' }) })
  }

  return {
    matches: path => signals[path] !== undefined,
    async handle(request, response) {
      const signal = signals[pathOf(request)]!
      const isJson = !request.headers['content-type']?.startsWith('application/x-protobuf')
      try {
        send(response, 200, isJson, encodeResponse(signal, await receive(request, signal, isJson), isJson))
      } catch (error) {
        onRefused(signal)
        if (!(error instanceof HttpError)) throw error
        const message = `Cannot take the ${signal}: ${error.message}`
        send(response, error.status, isJson, encodeStatus(message, isJson))
      }
    },
  }
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
