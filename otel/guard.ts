/**
 * Stands at the door of every HTTP server on this machine. A page of any site that is open in somebody's browser can
 * send requests to 127.0.0.1, and a site whose name points there (DNS rebinding) can read the answers too. So a request
 * must name a host that is ours, must not come from another site, and must say that it sends JSON when it changes
 * something. Slow and idle clients cannot keep others out.
 */

import type { IncomingMessage, Server } from 'node:http'
import { isIP, type Socket } from 'node:net'

interface Refusal {
  status: number
  message: string
}

interface GuardOptions {
  /** Names beside those of loopback under which the server is called, such as `shop` in a container network. */
  hosts?: readonly string[]
  /** Media types of requests that change something; a page of another site cannot send these without being asked about first. */
  types?: readonly string[]
}

export type Guard = (request: IncomingMessage) => Refusal | undefined

export function createGuard({ hosts = [], types = ['application/json'] }: GuardOptions = {}): Guard {
  const known = new Set(hosts.map(host => host.toLowerCase()))
  return request => {
    const { headers, method = 'GET', socket } = request
    const host = hostOf(headers.host)
    // Browsers always name a host; what names none is a program.
    if (host !== undefined && !isOurs(host, known, socket.localAddress))
      return {
        status: 421,
        message: `Cannot answer for the host "${host.slice(0, 100)}": expected a name of this machine, such as localhost (ALLOWED_HOSTS adds others)`,
      }
    if (comesFromAnotherSite(request))
      return { status: 403, message: 'Cannot take requests from a page of another site' }
    if (isReading(method)) return undefined
    const { origin } = headers
    if (origin !== undefined && URL.parse(origin)?.host !== headers.host?.toLowerCase())
      return { status: 403, message: 'Cannot take orders from a page of another site' }
    const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
    if (method !== 'DELETE' && !types.includes(type))
      return {
        status: 415,
        message: `Cannot take this request: expected a content-type of ${types.join(' or ')}, got ${type === '' ? 'none' : `"${type.slice(0, 100)}"`}`,
      }
    return undefined
  }
}

/** `ALLOWED_HOSTS=shop,shop.internal`. */
export function allowedHosts(env: Readonly<Record<string, string | undefined>> = process.env): string[] {
  return (env.ALLOWED_HOSTS ?? '').split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()]))
}

interface Bounds {
  /** For the whole head of a request, and for the whole request. */
  headersMs?: number
  requestMs?: number
  /** How long a client may leave an answer unread. */
  unreadMs?: number
  /** Connections at once; past them the one that has been without a request for longest is closed. */
  connections?: number
}

/** Sets the deadlines of a server and its number of connections. */
export function boundServer(
  server: Server,
  { headersMs = 5000, requestMs = 15_000, unreadMs = 15_000, connections = 256 }: Bounds = {},
): void {
  server.headersTimeout = headersMs
  server.requestTimeout = requestMs
  server.keepAliveTimeout = 5000
  server.timeout = unreadMs
  /** In the order in which they became idle. */
  const idle = new Set<Socket>()
  let open = 0
  server.on('connection', (socket: Socket) => {
    open++
    idle.add(socket)
    socket.once('close', () => {
      open--
      idle.delete(socket)
    })
    if (open <= connections) return
    const [longest] = idle
    ;(longest ?? socket).destroy()
  })
  // A query may take its time; what has been answered has to be read.
  server.on('timeout', (socket: Socket) => {
    if (idle.has(socket) || socket.writableLength > 0) socket.destroy()
  })
  server.on('request', ({ socket }: IncomingMessage, response) => {
    idle.delete(socket)
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket)
    })
  })
}

/** Node looks for clients past their deadline this often; its own choice of 30 s would let them stay. */
export const serverOptions = { connectionsCheckingInterval: 1000, maxHeaderSize: 16 * 1024 } as const

/** `[::1]:9464` and `localhost:9464` without their port. */
function hostOf(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined
  return header
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

/** A name of the attacker's can point here, an address cannot be his when it is the one he was answered from. */
function isOurs(host: string, known: ReadonlySet<string>, localAddress = ''): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || known.has(host)) return true
  if (isIP(host) === 0) return false
  return host === '::1' || host.startsWith('127.') || host === localAddress.replace(/^::ffff:/, '')
}

/** Following a link from another site is fine: its page cannot read what opens. */
function comesFromAnotherSite({ headers, method }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] !== 'cross-site') return false
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return !(method === 'GET' && isLink)
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}
