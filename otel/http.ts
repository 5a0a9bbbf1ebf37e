/**
 * One place for what a request to a server of node:http or node:https leaves behind: a server span named by its route,
 * the RED metrics and one log line. All of it is taken when the response has closed, so that streamed responses count
 * to their last byte and aborted ones count. The adapters beside this file tell it what only their framework knows.
 */

import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { incomingContext } from './incoming-context.ts'
import { log, requestLogger, requestMessage } from './logs.ts'
import { histogram, observe } from './metrics.ts'
import { httpServer, type Labels } from './signals.ts'
import { errorType, tracer } from './traces.ts'

/** How an adapter reads its framework's own request; asked once, when the response has closed. */
export interface Framework<Request> {
  /** The template as the code has it, such as `/orders/:id`; undefined where no route matched. */
  route: (request: Request) => string | undefined
  /** `http` or `https`, as the client used it. */
  scheme: (request: Request) => string
}

interface Observation {
  framework: Framework<unknown>
  /** What the framework is asked about. */
  own: unknown
  span: Span
  /** Handlers run in it. */
  context: Context
  /** What went wrong; whatever was thrown. */
  error?: unknown
  /** Why the stream broke that the response is made of. */
  streamError?: unknown
  /** Said by the service itself; goes before what the framework knows. */
  route?: string
}

type Method = Labels<typeof httpServer.duration>['http_request_method']

const observation = Symbol('observation of a request')
type Observed = IncomingMessage & { [observation]?: Observation }

const duration = histogram(httpServer.duration)
const methods = httpServer.duration.labels.http_request_method
const knownMethods: ReadonlySet<string> = new Set(methods)
const active = Object.fromEntries(methods.map(method => [method, 0])) as Record<Method, number>
observe(httpServer.active, () =>
  methods.map(method => ({ labels: { http_request_method: method }, value: active[method] })),
)

/** What all requests of one method, route and status leave behind alike, made with the first of them. */
interface Outcome {
  spanName: string
  record: (seconds: number, span: Span) => void
  log: ReturnType<typeof requestLogger>
}

/** By route and status; only those whose series the histogram has, so that there are as few. */
const outcomes = Object.fromEntries(
  methods.map(method => [method, new Map<string, Map<number, Outcome>>()]),
) as Record<Method, Map<string, Map<number, Outcome>>>

/** Connections with a request that has begun. */
const answering = new WeakSet<Socket>()

/** Requests whose client went away before the response was complete, as nginx writes them. */
const clientClosedRequest = 499

const unmatched = 'unmatched'

/**
 * Begins with a request; the rest follows by itself when its response closes. A request whose observation has begun
 * keeps it, and from now on the framework that came last says its route. `given` is the span of the active context
 * that somebody else has begun.
 */
export function observeRequest<Request>(
  request: IncomingMessage,
  response: ServerResponse,
  own: Request,
  framework: Framework<Request>,
  given?: Span,
): Observation {
  const begun = observationOf(request)
  if (begun !== undefined) return Object.assign(begun, { own, framework })
  const startedAt = performance.now()
  const method = knownMethods.has(request.method!) ? (request.method as Method) : '_OTHER'
  const url = request.url ?? ''
  const { socket } = request
  const parent = given === undefined ? incomingContext(request.headers) : context.active()
  const span = given ?? tracer.startSpan(nameOf(method), { kind: SpanKind.SERVER }, parent)
  const observed: Observation = {
    framework: framework as Framework<unknown>,
    own,
    span,
    context: given === undefined ? trace.setSpan(parent, span) : parent,
  }
  ;(request as Observed)[observation] = observed
  active[method]++
  answering.add(socket)
  response.on('pipe', noteBreak)
  // It comes once by itself; `once` would wrap it for every request.
  response.on('close', () => {
    answering.delete(socket)
    active[method]--
    let status = response.statusCode
    if (!response.writableFinished) {
      // Broken off by the service itself: its head may have said 200, but the client has no whole answer.
      const broken = observed.streamError ?? breakOf(response)
      observed.error ??= broken
      status = broken === undefined ? clientClosedRequest : 500
    }
    const seconds = (performance.now() - startedAt) / 1000
    const { framework, own } = observed
    const route = observed.route ?? framework.route(own) ?? unmatched
    const outcome = outcomeOf(method, route, status)
    outcome.record(seconds, span)
    const { error } = observed
    const failure = status < 500 ? '' : error === undefined ? String(status) : errorType(error)
    if (span.isRecording()) {
      span.updateName(outcome.spanName)
      span.setAttributes({
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
        'url.path': pathOf(url),
        'url.scheme': framework.scheme(own),
      })
      if (failure !== '') {
        span.setAttribute('error.type', failure)
        span.setStatus({ code: SpanStatusCode.ERROR })
        if (error !== undefined) span.recordException(error instanceof Error ? error : String(error))
      }
    }
    span.end()
    const duration_ms = Math.round(seconds * 1e6) / 1000
    if (failure === '') outcome.log(span.spanContext(), duration_ms)
    else {
      const fields = { method, route, status, duration_ms }
      context.with(observed.context, () =>
        log.error({ ...fields, error_type: failure, err: error }, requestMessage(fields)),
      )
    }
  })
  return observed
}

function outcomeOf(method: Method, route: string, status: number): Outcome {
  const kept = outcomes[method].get(route)?.get(status)
  if (kept !== undefined) return kept
  const labels = {
    http_request_method: method,
    http_route: route,
    http_response_status_code: String(status),
  }
  const record = duration.series(labels)
  const outcome: Outcome = {
    spanName: `${nameOf(method)} ${route}`,
    record: record ?? (() => {}),
    log: requestLogger({ method, route, status }),
  }
  if (record === undefined) return outcome
  const ofRoute = outcomes[method].get(route) ?? new Map<number, Outcome>()
  outcomes[method].set(route, ofRoute.set(status, outcome))
  return outcome
}

function nameOf(method: Method): string {
  return method === '_OTHER' ? 'HTTP' : method
}

/**
 * The events of a request and its response come from their socket, which knows nothing of the request's context; so
 * whoever listens to them, to read a body for one, is put back into it.
 */
export function keepContext({ context: own }: Observation, ...emitters: EventEmitter[]): void {
  for (const emitter of emitters) {
    const emit = emitter.emit
    emitter.emit = (...event) => context.with(own, () => emit.apply(emitter, event))
  }
}

export function schemeOf({ socket }: IncomingMessage): string {
  return (socket as TLSSocket).encrypted ? 'https' : 'http'
}

/** Names the route of a request where no framework knows it, such as `/orders/:id`; never the path itself. */
export function setRoute(request: IncomingMessage, route: string): void {
  const observed = observationOf(request)
  if (observed !== undefined) observed.route = route
}

/** Says why a request failed, where the service answers the error by itself. */
export function failRequest(request: IncomingMessage, error: unknown): void {
  const observed = observationOf(request)
  if (observed !== undefined) observed.error = error
}

/** Node itself breaks off answers that wait behind another one of a connection whose client went away. */
function breakOf({ errored }: ServerResponse): Error | undefined {
  const isClientGone = errored?.message === 'aborted' && Reflect.get(errored, 'code') === 'ECONNRESET'
  return isClientGone ? undefined : (errored ?? undefined)
}

function noteBreak(this: ServerResponse, source: Readable): void {
  const observed = observationOf(this.req)
  if (observed === undefined) return
  source.once('error', error => {
    observed.streamError = error
  })
}

export function observationOf(request: IncomingMessage): Observation | undefined {
  return (request as Observed)[observation]
}

/** What never became a request; one that is being answered counts by itself. */
export function countUnreadable(socket: Socket, status: number): void {
  if (answering.has(socket)) return
  const labels = { http_request_method: '_OTHER', http_route: unmatched } as const
  duration.record({ ...labels, http_response_status_code: String(status) }, 0)
}

/** Without the query, which may carry anything, and without the address that a proxy's client writes in front. */
function pathOf(url: string): string {
  const query = url.indexOf('?')
  const path = query === -1 ? url : url.slice(0, query)
  return path.startsWith('/') ? path : path.replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '')
}
