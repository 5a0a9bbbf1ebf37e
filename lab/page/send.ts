/** Sends a page or one of its files to a browser. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { HttpError } from '../http.ts'

export interface PageAnswer {
  status: number
  type: string
  body: Uint8Array
  headers: Record<string, string>
}

export function refuseWriting({ method }: IncomingMessage, what: string): void {
  if (method !== 'GET' && method !== 'HEAD')
    throw new HttpError(405, `Cannot ${method} ${what}: expected GET`)
}

/** Scripts pack to less than a third, and most of them are sent to a browser that unpacks them. */
export function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, body, headers }: PageAnswer,
): void {
  const isPacked = body.length > 1000 && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const sent = isPacked ? gzipSync(body) : body
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': sent.length,
    vary: 'accept-encoding',
    ...(isPacked && { 'content-encoding': 'gzip' }),
  })
  response.end(request.method === 'HEAD' ? undefined : sent)
}
