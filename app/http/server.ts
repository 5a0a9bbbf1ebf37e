/** What every HTTP server of the shop has: telemetry, limits, one form of errors, faults, and a graceful end. */
import { STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import underPressure from '@fastify/under-pressure'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { httpServerTelemetry, observeRefused } from '../../otel/fastify.ts'
import { countUnreadable } from '../../otel/http.ts'
import { counter, initialise } from '../../otel/metrics.ts'
import { httpServer } from '../../otel/signals.ts'
import { unavailability } from '../database/unavailable.ts'
import { breakRequest } from '../faults/effects/requests.ts'
import { errorBody, retryAfterSeconds, tryAgain } from './errors.ts'
import { refuseByHeaders, unreadable, unsupported } from './refusals.ts'

export interface HttpServer {
  app: FastifyInstance
  /** False as soon as the process has been asked to end. */
  accepting: () => boolean
  /** Lets balancers see that no more requests are wanted, answers those that still come, then closes. */
  drain: () => Promise<void>
}

const pressureSampleMs = 1000
const limits = { bodyBytes: 64 * 1024, headerBytes: 16 * 1024, requestMs: 10_000, connections: 10_000 }

export const rejections = counter(httpServer.rejections)

export async function createHttpServer(drainMs: number): Promise<HttpServer> {
  const app = Fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 200 },
    connectionTimeout: 30_000,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.requestMs,
      connectionsCheckingInterval: 1000,
      // Node would answer by itself, past every metric.
      requireHostHeader: false,
    },
    frameworkErrors: (error, request: FastifyRequest, reply: FastifyReply) => {
      observeRefused(request, reply)
      const status = error.statusCode ?? 400
      reply.code(status).send(errorBody(status, error.message))
    },
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return void socket.destroy()
      const { status, message } = unreadable(error.code, limits)
      countUnreadable(socket, status)
      const body = JSON.stringify(errorBody(status, message))
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    },
  })
  let accepting = true
  initialise(
    httpServer.rejections,
    httpServer.rejections.labels.reason.map(reason => ({ reason })),
  )
  await app.register(httpServerTelemetry)
  app.addHook('onRequest', refuseByHeaders)
  app.removeContentTypeParser('text/plain')
  app.server.maxConnections = limits.connections
  initialiseRoutes(app)

  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const { statusCode, message } = publicError(error)
    if (statusCode === 503) reply.header('retry-after', retryAfterSeconds)
    reply.code(statusCode).send(errorBody(statusCode, message))
  })
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?')
    reply.code(404).send(errorBody(404, `No such path: ${request.method} ${path?.slice(0, 100)}`))
  })
  let measuredFrom = Number.POSITIVE_INFINITY
  app.addHook('onListen', async () => {
    measuredFrom = performance.now() + 2 * pressureSampleMs
  })
  await app.register(underPressure, {
    maxEventLoopUtilization: 0.98,
    // The default would average over the whole life of the process.
    eventLoopUtilizationMode: 'interval',
    maxEventLoopDelay: 1000,
    sampleInterval: pressureSampleMs,
    pressureHandler: () => {
      // The first samples are of the start itself, which is busy in any case.
      if (performance.now() < measuredFrom) return
      rejections.add({ reason: 'overload' })
      throw tryAgain('Too busy')
    },
  })
  app.addHook('onSend', async (_request, reply) => {
    if (!accepting) reply.header('connection', 'close')
  })
  app.addHook('preHandler', breakRequest)
  return {
    app,
    accepting: () => accepting,
    drain: async () => {
      accepting = false
      await sleep(drainMs)
      await app.close()
    },
  }
}

/** What went wrong inside stays inside; what passes by itself is worth another try. */
function publicError(error: FastifyError): { statusCode: number; message: string } {
  const { statusCode = 500 } = error
  const message = statusCode === 415 ? unsupported : error.message
  const unavailable = error.statusCode === undefined ? unavailability(error) : undefined
  if (unavailable !== undefined) return tryAgain(unavailable)
  return {
    statusCode,
    message: statusCode < 500 || statusCode === 503 ? message : 'Something went wrong here',
  }
}

export async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  variable: string,
): Promise<number> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new Error(
      `Cannot listen on ${host}:${port}: expected a free port, got ${code} (${variable} sets another)`,
    )
  }
  return (app.server.address() as AddressInfo).port
}

/** The series an objective counts exist before the first request, or its first errors would not be seen as an increase. */
function initialiseRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', route => {
    const methods = (Array.isArray(route.method) ? route.method : [route.method]).filter(
      method => method !== 'HEAD',
    )
    for (const method of methods)
      for (const status of [method === 'POST' ? '201' : '200', '500', '503'])
        initialise(httpServer.duration, [
          {
            http_request_method: method as 'GET',
            http_route: route.url,
            http_response_status_code: status,
          },
        ])
  })
}
