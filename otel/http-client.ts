/** RED of outgoing requests made with `fetch` or undici, one observation per attempt. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type Span, trace } from '@opentelemetry/api'
import { histogram } from './metrics.ts'
import { httpClient, type Labels } from './signals.ts'
import { errorType } from './traces.ts'

interface ClientRequest {
  origin: string | URL
  method: string
}

interface Attempt {
  startedAt: number
  status: number
  span: Span | undefined
}

type Method = Labels<typeof httpClient.duration>['http_request_method']

const knownMethods: ReadonlySet<string> = new Set(httpClient.duration.labels.http_request_method)
const maxOrigins = 100

/** Starts observing; returns how to stop. */
export function observeHttpClient(): () => void {
  const attempts = new WeakMap<object, Attempt>()
  const origins = new Map<string, { server_address: string; server_port: string }>()

  const handlers: Record<string, (message: unknown) => void> = {
    'undici:request:create': message => {
      const { request } = message as { request: ClientRequest }
      attempts.set(request, { startedAt: performance.now(), status: 0, span: trace.getActiveSpan() })
    },
    'undici:request:headers': message => {
      const { request, response } = message as { request: ClientRequest; response: { statusCode: number } }
      const attempt = attempts.get(request)
      if (attempt !== undefined) attempt.status = response.statusCode
    },
    'undici:request:trailers': message => end((message as { request: ClientRequest }).request),
    'undici:request:error': message => {
      const { request, error } = message as { request: ClientRequest; error: unknown }
      end(request, errorType(error))
    },
  }

  function end(request: ClientRequest, failure = ''): void {
    const attempt = attempts.get(request)
    if (attempt === undefined) return
    attempts.delete(request)
    // Made with the first request, so that a process that makes none does not claim the metric.
    histogram(httpClient.duration).record(
      {
        http_request_method: knownMethods.has(request.method) ? (request.method as Method) : '_OTHER',
        ...serverOf(String(request.origin)),
        http_response_status_code: attempt.status === 0 ? '' : String(attempt.status),
        error_type: failure === '' && attempt.status >= 400 ? String(attempt.status) : failure,
      },
      (performance.now() - attempt.startedAt) / 1000,
      attempt.span,
    )
  }

  /** A service calls few hosts; should it follow links of its users, the others share one label. */
  function serverOf(origin: string): { server_address: string; server_port: string } {
    let server = origins.get(origin)
    if (server !== undefined) return server
    if (origins.size >= maxOrigins) return { server_address: '_OTHER', server_port: '' }
    const { hostname, port, protocol } = new URL(origin)
    server = { server_address: hostname, server_port: port || (protocol === 'https:' ? '443' : '80') }
    origins.set(origin, server)
    return server
  }

  for (const [channel, handler] of Object.entries(handlers)) subscribe(channel, handler)
  return () => {
    for (const [channel, handler] of Object.entries(handlers)) unsubscribe(channel, handler)
  }
}
