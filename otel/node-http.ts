/** node:http and node:https without a framework: `createServer(httpServerTelemetry(handler))`. */

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { context } from '@opentelemetry/api'
import { type Framework, failRequest, keepContext, observeRequest, schemeOf } from './http.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** Nobody but the handler knows the route: it calls `setRoute`. */
const node: Framework<IncomingMessage> = {
  route: () => undefined,
  scheme: schemeOf,
}

export function httpServerTelemetry(handler: Handler): Handler {
  return (request, response) => {
    const observed = observeRequest(request, response, request, node)
    keepContext(observed, request, response)
    return context.with(observed.context, async () => {
      try {
        await handler(request, response)
      } catch (error) {
        // Such an error ends the process. Its request is broken off before that, or it would be in no signal.
        failRequest(request, error)
        if (!response.closed) {
          response.destroy(error instanceof Error ? error : new Error(String(error)))
          await once(response, 'close')
        }
        throw error
      }
    })
  }
}
