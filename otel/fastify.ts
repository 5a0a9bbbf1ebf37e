/** Fastify: `await app.register(httpServerTelemetry)` before the routes. */

import { context, trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Framework, failRequest, observationOf, observeRequest } from './http.ts'

const fastify: Framework<FastifyRequest> = {
  route: request => (request.is404 ? undefined : request.routeOptions.url),
  scheme: request => request.protocol,
}

export async function httpServerTelemetry(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', (request, reply, done) =>
    context.with(observeRequest(request.raw, reply.raw, request, fastify).context, done),
  )
  // A body is read in the events of its socket, which know nothing of the request's context.
  app.addHook('preValidation', ({ raw }, _reply, done) => {
    const observed = observationOf(raw)
    if (observed === undefined || trace.getActiveSpan() === observed.span) done()
    else context.with(observed.context, done)
  })
  app.addHook('onError', ({ raw }, _reply, error, done) => {
    failRequest(raw, error)
    done()
  })
}

/** Hooks of a plugin apply to its own routes only; this mark makes them apply to the whole service. */
Object.assign(httpServerTelemetry, { [Symbol.for('skip-override')]: true })

/** For Fastify's `frameworkErrors`: a request that is refused before any hook has run. */
export function observeRefused(request: FastifyRequest, reply: FastifyReply): void {
  observeRequest(request.raw, reply.raw, request, fastify)
}
