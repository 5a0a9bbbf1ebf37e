/** The service's own port for operators and machines: metrics, health, log level and whatever the service adds. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { allowedHosts, boundServer, createGuard, type Guard, serverOptions } from './guard.ts'
import { log, logLevel, setLogLevel } from './logs.ts'
import { contentTypes, exposition } from './metrics.ts'
import { sdkDisabled } from './sdk-disabled.ts'
import { metricsExporters } from './standard-settings.ts'

export interface AdminRequest {
  params: Record<string, string>
  query: URLSearchParams
  /** Parsed JSON; undefined without a body. */
  body: unknown
}

export interface AdminHandler {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Such as `/faults/:id`. */
  path: string
  /** What it returns is the JSON answer; throw an error with a `statusCode` to refuse. */
  handle: (request: AdminRequest) => unknown
}

export interface AdminOptions {
  host: string
  port: number
  /** Says whether requests may come, or throws why not. */
  ready: () => boolean | Promise<boolean>
  handlers?: AdminHandler[]
}

const adminSockets = new WeakSet<Socket>()

/** What operators and machines ask is no work of the service. */
export function isAdminRequest({ socket }: IncomingMessage): boolean {
  return adminSockets.has(socket)
}

const isScraped = sdkDisabled || metricsExporters(process.env).has('prometheus')
const maxBodyBytes = 64 * 1024

export async function startAdmin(
  options: AdminOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const { host, port, ready, handlers = [] } = options
  const routes: AdminHandler[] = [
    { method: 'GET', path: '/health/live', handle: () => ({ status: 'live' }) },
    { method: 'GET', path: '/health/ready', handle: () => readiness(ready) },
    { method: 'GET', path: '/log-level', handle: () => ({ level: logLevel() }) },
    { method: 'PUT', path: '/log-level', handle: changeLogLevel },
    ...handlers,
  ]
  const guard = createGuard({ hosts: allowedHosts() })
  const server = createServer(serverOptions, (request, response) => {
    answer(request, response, routes, guard).catch((error: unknown) => fail(response, error))
  })
  boundServer(server)
  server.on('connection', socket => adminSockets.add(socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(explain(error, host, port)))
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}

/** An error that `startAdmin` answers with this status. */
export function refusal(statusCode: number, message: string): Error & { statusCode: number } {
  return Object.assign(new Error(message), { statusCode })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: AdminHandler[],
  guard: Guard,
): Promise<void> {
  const refused = guard(request)
  if (refused !== undefined) throw refusal(refused.status, refused.message)
  const { pathname, searchParams } = readUrl(request.url ?? '/')
  if (pathname === '/metrics' && (request.method === 'GET' || request.method === 'HEAD')) {
    const format = request.headers.accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'text'
    if (!isScraped) throw refusal(404, 'No metrics here: OTEL_METRICS_EXPORTER does not have prometheus')
    response.setHeader('content-type', contentTypes[format])
    response.end(await exposition(format))
    return
  }
  const matching = routes.flatMap(route => {
    const params = match(route.path, pathname)
    return params === undefined ? [] : [{ route, params }]
  })
  if (matching.length === 0) throw refusal(404, `No such path: ${pathname}`)
  const found = matching.find(({ route }) => route.method === request.method)
  if (found === undefined) {
    response.setHeader('allow', matching.map(({ route }) => route.method).join(', '))
    throw refusal(405, `Cannot ${request.method} ${pathname}`)
  }
  const body = await readBody(request)
  const result = await found.route.handle({ params: found.params, query: searchParams, body })
  reply(response, 200, result ?? {})
}

function readUrl(path: string): URL {
  const url = URL.parse(path, 'http://admin')
  if (url === null) throw refusal(400, `Cannot read the path "${path}"`)
  return url
}

async function readiness(ready: AdminOptions['ready']): Promise<{ status: string }> {
  let reason = ''
  const isReady = await Promise.resolve()
    .then(ready)
    .catch((error: unknown) => {
      reason = error instanceof Error ? `: ${error.message}` : ''
      return false
    })
  if (!isReady) throw refusal(503, `Not ready${reason}`)
  return { status: 'ready' }
}

function changeLogLevel({ body }: AdminRequest): { level: string } {
  const level = typeof body === 'object' && body !== null && 'level' in body ? body.level : undefined
  if (typeof level !== 'string')
    throw refusal(400, 'Cannot set the log level: expected a body like {"level": "debug"}')
  try {
    setLogLevel(level)
  } catch (error) {
    throw refusal(400, (error as Error).message)
  }
  return { level }
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/')
  const actual = path.split('/')
  if (expected.length !== actual.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(value)
    else if (part !== value) return undefined
  }
  return params
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refusal(400, `Cannot read the path: "${part}" is not percent-encoded text`)
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBodyBytes)
      throw refusal(413, `Cannot read the body: expected at most ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw refusal(400, 'Cannot read the body: expected JSON')
  }
}

function fail(response: ServerResponse, error: unknown): void {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status >= 500 && status !== 503) log.error({ err: error }, 'admin request failed')
  const message = status === 500 ? 'Internal error' : (error as Error).message
  if (response.headersSent) response.destroy()
  else reply(response, status, { error: names[status] ?? 'error', message })
}

const names: Record<number, string> = {
  400: 'bad_request',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  421: 'misdirected_request',
  500: 'internal_error',
  503: 'unavailable',
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(body))
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  return error.code === 'EADDRINUSE'
    ? new Error(`Cannot start the admin server: expected port ${port} of ${host} to be free, got EADDRINUSE`)
    : error
}
