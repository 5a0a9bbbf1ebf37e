/** The lab's one port: the guard at the door, then whoever answers for the path. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { ports } from '../contract/ports.ts'
import { UserError } from '../contract/user-error.ts'
import { allowedHosts, boundServer, createGuard, serverOptions } from '../otel/guard.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface Route {
  /** Whether the path is this one's. */
  matches: (path: string) => boolean
  handle: Handler
}

interface ServerSettings {
  host: string
  port: number
  routes: readonly Route[]
  /** Media types of requests that change something or ask by POST. */
  types: readonly string[]
  maxHeaderSize?: number
}

export interface LabServer {
  port: number
  close(): Promise<void>
}

export async function startServer(settings: ServerSettings): Promise<LabServer> {
  const { host, port, routes, types, maxHeaderSize = 64 * 1024 } = settings
  const guard = createGuard({ hosts: allowedHosts(), types })
  const server = createServer({ ...serverOptions, maxHeaderSize }, (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff')
    answer(request, response).catch((error: unknown) => {
      // Who has gone away needs no answer, and is no fault of ours.
      if (response.headersSent || request.destroyed) response.destroy()
      else sendError(response, error)
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = guard(request)
    if (refusal !== undefined) return sendJson(response, refusal.status, { error: refusal.message })
    const path = pathOf(request)
    const route = routes.find(({ matches }) => matches(path))
    if (route === undefined)
      return sendJson(response, 404, { error: `Cannot find ${request.method} ${path.slice(0, 200)}` })
    await route.handle(request, response)
  }

  boundServer(server)
  await listening(server, port, host)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0]!
}

/** An error that is answered with this status, and whose message is for whoever asked. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 413 && { connection: 'close' }),
  })
  response.end(JSON.stringify(body))
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof HttpError) sendJson(response, error.status, { error: error.message })
  else {
    console.error(error)
    sendJson(response, 500, { error: 'Internal error' })
  }
}

/** The body, up to a number of bytes; undefined where there is none. */
export async function readJson(request: IncomingMessage, most = 256 * 1024): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length
    if (size > most) throw new HttpError(413, `Cannot read the body: expected at most ${most} bytes`)
    parts.push(part)
  }
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw new HttpError(400, 'Cannot read the body: expected JSON')
  }
}

export function listening(server: NetServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const variable = Object.values(ports).find(({ number }) => number === port) as { variable?: string }
      const hint = variable?.variable === undefined ? '' : `, or set ${variable.variable} to another one`
      reject(
        new UserError(
          error.code === 'EADDRINUSE'
            ? `Cannot listen on ${host}:${port}: the port is taken; stop what uses it${hint}`
            : `Cannot listen on ${host}:${port}: got ${error.code}`,
        ),
      )
    })
    server.listen(port, host, resolve)
  })
}
