/** Requests that are refused before anyone has looked at what they ask for. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { allowedHosts, createGuard } from '../../otel/guard.ts'
import { badRequest, httpError } from './errors.ts'

const guard = createGuard({ hosts: allowedHosts() })

export const unsupported =
  'Cannot read the body: expected content-type application/json in UTF-8, not encoded'

/** HTTP/1.1 asks for a host; and a body that is packed or written in other letters would be misread. */
export function refuseByHeaders(
  request: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
) {
  const { host, 'content-encoding': encoding, 'content-type': type } = request.headers
  if (host === undefined && request.raw.httpVersion === '1.1')
    return done(badRequest('Cannot read the request: expected a host header, got nothing'))
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type ?? '')?.[1]
  const isPlain = encoding === undefined || encoding.toLowerCase() === 'identity'
  const isUtf8 = charset === undefined || /^utf-?8$|^us-ascii$/i.test(charset)
  if (!(isPlain && isUtf8)) return done(httpError(415, unsupported))
  const refused = guard(request.raw)
  if (refused === undefined) return done()
  done(httpError(refused.status, refused.status === 415 ? unsupported : refused.message))
}

/** What Node's parser could not make a request of. */
export function unreadable(
  code: string | undefined,
  limits: { headerBytes: number; requestMs: number },
): { status: number; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        message: `Cannot read the request: expected at most ${limits.headerBytes} bytes of headers`,
      }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        message: `Cannot wait for the request: expected all of it within ${limits.requestMs / 1000} s`,
      }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, message: 'Cannot read the request: expected chunks without long extensions' }
    default:
      return { status: 400, message: 'Cannot read the request: expected well-formed HTTP' }
  }
}
