/**
 * One place for what a request leaves behind: a server span named by its route, the RED metrics and one log line.
 * Everything is taken when the response has closed, so streamed responses count to their end and aborted ones count.
 */

import type { Socket } from 'node:net'
import {
  type Context,
  context,
  defaultTextMapGetter,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { log, logRequest, requestMessage } from './logs.ts'
import { histogram, observe } from './metrics.ts'
import { httpServer, type Labels } from './signals.ts'
import { errorType, tracer } from './traces.ts'

type Method = Labels<typeof httpServer.duration>['http_request_method']

interface Observation {
  span: Span
  context: Context
  error?: Error
}

const observation = Symbol('observation of a request')
type Observed = FastifyRequest & { [observation]?: Observation }

const duration = histogram(httpServer.duration)
const methods = httpServer.duration.labels.http_request_method
const knownMethods: ReadonlySet<string> = new Set(methods)
const active = Object.fromEntries(methods.map(method => [method, 0])) as Record<Method, number>
observe(httpServer.active, () =>
  methods.map(method => ({ labels: { http_request_method: method }, value: active[method] })),
)

/** Connections with a request that has begun. */
const answering = new WeakSet<Socket>()

/** Requests whose client went away before the response was complete, as nginx writes them. */
const clientClosedRequest = 499

export async function httpServerTelemetry(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', (request, reply, done) => context.with(begin(request, reply), done))
  // A body is read in the events of its socket, which know nothing of the request's context.
  app.addHook('preValidation', (request: Observed, _reply, done) => {
    const observed = request[observation]
    if (observed === undefined || trace.getActiveSpan() === observed.span) done()
    else context.with(observed.context, done)
  })
  app.addHook('onError', (request: Observed, _reply, error, done) => {
    const observed = request[observation]
    if (observed !== undefined) observed.error = error
    done()
  })
}

/** For Fastify's `frameworkErrors`: a request that is refused before any hook has run. */
export function observeRefused(request: FastifyRequest, reply: FastifyReply): void {
  begin(request, reply)
}

/** For Fastify's `clientErrorHandler`: what never became a request; one that is being answered counts by itself. */
export function countUnreadable(socket: Socket, status: number): void {
  if (answering.has(socket)) return
  const labels = { http_request_method: '_OTHER', http_route: 'unmatched' } as const
  duration.record({ ...labels, http_response_status_code: String(status) }, 0)
}

/** Hooks of a plugin apply to its own routes only; this mark makes them apply to the whole service. */
Object.assign(httpServerTelemetry, { [Symbol.for('skip-override')]: true })

function begin(request: Observed, reply: FastifyReply): Context {
  const startedAt = performance.now()
  const method = knownMethods.has(request.method) ? (request.method as Method) : '_OTHER'
  const route = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched')
  const parent = propagation.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)
  const span = tracer.startSpan(
    `${method === '_OTHER' ? 'HTTP' : method} ${route}`,
    { kind: SpanKind.SERVER },
    parent,
  )
  const observed: Observation = { span, context: trace.setSpan(parent, span) }
  request[observation] = observed
  active[method]++
  const { socket } = request.raw
  answering.add(socket)
  reply.raw.once('close', () => {
    answering.delete(socket)
    const aborted = !reply.raw.writableFinished
    const status = aborted ? clientClosedRequest : reply.raw.statusCode
    const seconds = (performance.now() - startedAt) / 1000
    active[method]--
    duration.record(
      { http_request_method: method, http_route: route, http_response_status_code: String(status) },
      seconds,
      span,
    )
    const failure =
      status >= 500 ? (observed.error === undefined ? String(status) : errorType(observed.error)) : ''
    if (span.isRecording()) {
      span.setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        'url.path': pathOf(request.url),
        'url.scheme': request.protocol,
      })
      if (failure !== '') {
        span.setAttribute('error.type', failure)
        span.setStatus({ code: SpanStatusCode.ERROR })
        if (observed.error !== undefined) span.recordException(observed.error)
      }
    }
    span.end()
    const fields = { method, route, status, duration_ms: Math.round(seconds * 1e6) / 1000 }
    if (failure === '') logRequest(span.spanContext(), fields)
    else
      context.with(observed.context, () =>
        log.error({ ...fields, error_type: failure, err: observed.error }, requestMessage(fields)),
      )
  })
  return observed.context
}

/** Without the query, which may carry anything, and without the address that a proxy's client writes in front. */
function pathOf(url: string): string {
  const query = url.indexOf('?')
  const path = query === -1 ? url : url.slice(0, query)
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '')
}
