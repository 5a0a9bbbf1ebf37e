/**
 * OpenTelemetry's own instrumentation of node:http, for services that no adapter fits: with
 * `TELEMETRY_HTTP_SERVER=stock` it begins each request and the core ends it, with the same metrics and line.
 */

import { type IncomingMessage, ServerResponse } from 'node:http'
import { type Context, context } from '@opentelemetry/api'
import type { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node'
import { getRPCMetadata } from '@opentelemetry/core'
import { isAdminRequest } from './admin.ts'
import { type Framework, observeRequest, schemeOf } from './http.ts'

type Settings = NonNullable<Parameters<typeof getNodeAutoInstrumentations>[0]>
type HttpSettings = NonNullable<Settings['@opentelemetry/instrumentation-http']>

interface Begun {
  request: IncomingMessage
  context: Context
}

/** Known where the framework's own instrumentation is loaded too, such as `hapi`. */
const stock: Framework<Begun> = {
  route: begun => getRPCMetadata(begun.context)?.route,
  scheme: begun => schemeOf(begun.request),
}

export function stockHttp(env = process.env): HttpSettings {
  const loaded = env.OTEL_NODE_ENABLED_INSTRUMENTATIONS ?? ''
  if (!loaded.split(',').some(name => name.trim() === 'http'))
    throw new Error(
      `Cannot use the stock instrumentation: expected OTEL_NODE_ENABLED_INSTRUMENTATIONS to have http, got "${loaded}"`,
    )
  return {
    ignoreIncomingRequestHook: isAdminRequest,
    responseHook: (span, response) => {
      if (!(response instanceof ServerResponse)) return
      const { req } = response
      observeRequest(req, response, { request: req, context: context.active() }, stock, span)
    },
  }
}
