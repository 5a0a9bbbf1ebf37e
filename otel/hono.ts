/** Hono on @hono/node-server: `app.use(httpServerTelemetry)` before the routes. */

import type { HttpBindings } from '@hono/node-server'
import { context } from '@opentelemetry/api'
import type { Context, MiddlewareHandler } from 'hono'
import { type Framework, failRequest, observeRequest } from './http.ts'
import { log } from './logs.ts'

type Node = { Bindings: HttpBindings }

const hono: Framework<Context<Node>> = {
  route: ({ req }) => {
    const { matchedRoutes, routeIndex } = req
    const answered = matchedRoutes[routeIndex]
    // Middleware stands among the routes: for all methods, and with a `next` that a handler has no use for.
    const isRoute = answered !== undefined && (answered.method !== 'ALL' || answered.handler.length < 2)
    return isRoute ? answered.path : undefined
  },
  scheme: ({ req }) => req.url.slice(0, req.url.indexOf(':')),
}

export const httpServerTelemetry: MiddlewareHandler<Node> = async (c, next) => {
  // Tests call an app without a server.
  if (c.env?.incoming === undefined) {
    warnOnce()
    return next()
  }
  const { incoming, outgoing } = c.env
  const observed = observeRequest(incoming, outgoing, c, hono)
  await context.with(observed.context, next)
  if (c.error !== undefined) failRequest(incoming, c.error)
}

let isWarned = false
function warnOnce(): void {
  if (isWarned) return
  isWarned = true
  log.warn('Cannot observe a request of Hono: expected it to come from the server of @hono/node-server')
}
