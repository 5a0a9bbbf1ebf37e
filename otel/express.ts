/**
 * Express 4 and 5: `app.use(httpServerTelemetry)` before all other middleware, and `app.use(httpErrorTelemetry)` after
 * the routes, before the service's own error handlers.
 */

import { context } from '@opentelemetry/api'
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { type Framework, failRequest, keepContext, observationOf, observeRequest, setRoute } from './http.ts'

const express: Framework<Request> = {
  route: () => undefined,
  scheme: ({ protocol }) => protocol,
}

export const httpServerTelemetry: RequestHandler = (request, response, next) => {
  if (observationOf(request)?.framework === express) return next()
  const observed = observeRequest(request, response, request, express)
  keepContext(observed, request, response)
  followRouting(request)
  context.with(observed.context, next)
}

export const httpErrorTelemetry: ErrorRequestHandler = (error, request, _response, next) => {
  failRequest(request, error)
  next(error)
}

/**
 * Express sets `baseUrl` when it enters a mounted router and `route` when a route has matched, and forgets the former
 * when it leaves the router with an error. So both are noted when they are set.
 */
function followRouting(request: Request): void {
  let baseUrl: string | undefined = request.baseUrl
  let route: unknown = request.route
  /** From the outermost router inwards. */
  const mounts = [{ url: '', template: '' }]
  Object.defineProperties(request, {
    baseUrl: {
      configurable: true,
      enumerable: true,
      get: () => baseUrl,
      /** After the outermost router it is what it was before, undefined. */
      set: (set: string | undefined) => {
        baseUrl = set
        const url = set ?? ''
        while (mounts.length > 1 && !url.startsWith(mounts.at(-1)!.url)) mounts.pop()
        const { url: outer, template } = mounts.at(-1)!
        if (url.length > outer.length)
          mounts.push({ url, template: template + mountTemplate(url.slice(outer.length), request.params) })
      },
    },
    route: {
      configurable: true,
      enumerable: true,
      get: () => route,
      set: (matched: { path: unknown } | undefined) => {
        route = matched
        if (matched !== undefined) setRoute(request, join(mounts.at(-1)!.template, String(matched.path)))
      },
    },
  })
}

function join(mount: string, path: string): string {
  return path === '/' && mount !== '' ? mount : mount + path
}

const mountTemplates = new Set<string>()
const maxMountTemplates = 1000

/**
 * Express keeps where a router is mounted only as it was called, `/users/17`; with the parameter `user: '17'` that is
 * `/users/:user`. A mount by a regular expression has no parameters to be found by, hence the bound.
 */
function mountTemplate(path: string, params: Record<string, string | string[]>): string {
  const segments = path.split('/')
  for (const [name, value] of Object.entries(params).toReversed())
    for (const part of [value].flat()) {
      const exact = segments.findLastIndex(segment => decoded(segment) === part)
      const found = exact === -1 ? segments.findLastIndex(segment => decoded(segment).includes(part)) : exact
      if (found !== -1 && part !== '') segments[found] = `:${name}`
    }
  const isRepeated = (segment: string, index: number) => segment[0] === ':' && segment === segments[index - 1]
  const template = segments.filter((segment, index) => !isRepeated(segment, index)).join('/')
  if (mountTemplates.size >= maxMountTemplates && !mountTemplates.has(template)) return '/*'
  mountTemplates.add(template)
  return template
}

/** The router has decoded it before. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
