/** The lab's one port: the guard at the door, then whoever answers for the path. */
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { ports } from '../contract/ports.ts'
import { UserError } from '../contract/user-error.ts'
import { allowedHosts, boundServer, createGuard, serverOptions } from '../otel/guard.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface Route {
  /** Whether the path is this one's. */
  matches: (path: string) => boolean
  handle: Handler
}

/** Takes a connection over, such as for a WebSocket; throws an HttpError before it does where it will not. */
export interface Upgrade {
  matches: (path: string) => boolean
  handle: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
}

interface ServerSettings {
  host: string
  port: number
  routes: readonly Route[]
  upgrades?: readonly Upgrade[]
  /** Media types of requests that change something or ask by POST. */
  types: readonly string[]
  maxHeaderSize?: number
}

export interface LabServer {
  port: number
  close(): Promise<void>
}

export async function startServer(settings: ServerSettings): Promise<LabServer> {
  const { host, port, routes, upgrades = [], types, maxHeaderSize = 64 * 1024 } = settings
  const guard = createGuard({ hosts: allowedHosts(), types })
  const upgradeOf = (request: IncomingMessage) => upgrades.find(({ matches }) => matches(pathOf(request)))
  // Whoever offers another protocol elsewhere is answered over this one.
  const shouldUpgradeCallback = (request: IncomingMessage) => upgradeOf(request) !== undefined
  const options = { ...serverOptions, maxHeaderSize, shouldUpgradeCallback }
  const server = createServer(options, (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff')
    answer(request, response).catch((error: unknown) => {
      // Who has gone away needs no answer, and is no fault of ours. A request that was read is destroyed in any case.
      if (response.headersSent || request.socket.destroyed) response.destroy()
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

  const takenOver = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    takenOver.add(socket)
    socket.once('close', () => takenOver.delete(socket))
    socket.on('error', () => socket.destroy())
    const refusal = guard(request) ?? refusalOfOrigin(request)
    if (refusal !== undefined) return refuse(socket, refusal.status, refusal.message)
    try {
      upgradeOf(request)?.handle(request, socket, head)
    } catch (error) {
      if (!(error instanceof HttpError)) console.error(error)
      const isTheirs = error instanceof HttpError
      refuse(socket, isTheirs ? error.status : 500, isTheirs ? error.message : 'Internal error')
    }
  })
  boundServer(server)
  await listening(server, port, host)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of takenOver) socket.destroy()
      }),
  }
}

export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0]!
}

export function parametersOf({ url = '/' }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url.split('?').slice(1).join('?'))
}

/** What a WebSocket brings can be read by a page of any site that may open it. */
function refusalOfOrigin({ headers }: IncomingMessage) {
  const { origin, host } = headers
  return origin === undefined || URL.parse(origin)?.host === host?.toLowerCase()
    ? undefined
    : { status: 403, message: 'Cannot open a WebSocket for a page of another site' }
}

function refuse(socket: Duplex, status: number, error: string): void {
  const body = JSON.stringify({ error })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
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
