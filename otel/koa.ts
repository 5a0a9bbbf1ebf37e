/** Koa with @koa/router: `app.use(httpServerTelemetry)` before all other middleware. */

import { context } from '@opentelemetry/api'
import type { Context, Middleware } from 'koa'
import { type Framework, failRequest, keepContext, observeRequest } from './http.ts'

const koa: Framework<Context> = {
  route: ({ _matchedRoute }) => (_matchedRoute === undefined ? undefined : String(_matchedRoute)),
  scheme: ({ protocol }) => protocol,
}

export const httpServerTelemetry: Middleware = async (ctx, next) => {
  const observed = observeRequest(ctx.req, ctx.res, ctx, koa)
  keepContext(observed, ctx.req, ctx.res)
  try {
    await context.with(observed.context, next)
  } catch (error) {
    failRequest(ctx.req, error)
    throw error
  }
}
