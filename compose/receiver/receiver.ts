/**
 * Receives notifications in the lab: each becomes a JSON line on stdout, is kept for people and tests to read, and
 * goes on to an OTLP endpoint as a log record where one is configured.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { usualAddresses } from '../../contract/links.ts'
import { ports } from '../../contract/ports.ts'
import { allowedHosts, boundServer, createGuard, serverOptions } from '../../otel/guard.ts'
import { askHeldBack, type HeldBack } from './held-back.ts'
import { logLine, printToStdout, pushLogs } from './logs.ts'
import { BadRequest, keepLatest, readNotifications } from './notifications.ts'
import { notificationsPage } from './page.ts'
import { runbook, runbookIndex, runbookPage } from './runbooks.ts'

export type { Notification } from './notifications.ts'

interface ReceiverOptions extends ReceiverSettings {
  host: string
  /** 0 takes a free one. */
  port: number
}

interface ReceiverSettings {
  /** Names beside those of loopback under which the receiver is called. */
  hosts?: readonly string[]
  /** Base URL of OTLP over HTTP; without it nothing is sent on. */
  otlpEndpoint?: string | undefined
  /** Asked which alerts it holds back; without it the page does not speak of them. */
  alertmanagerUrl?: string | undefined
  /** Where a browser finds Grafana. */
  grafanaUrl?: string | undefined
  print?: (line: string) => void
}

/** Kept are the latest thousand, or as many as fit into four megabytes. */
const kept = { most: 1_000, bytes: 4_000_000 }
const largestBody = 1_000_000
/** Of all bodies that are being read or waiting, in bytes. */
const largestBacklog = 4_000_000
const connections = 64

export async function startReceiver(
  options: ReceiverOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer(serverOptions, createReceiver(options))
  boundServer(server, { connections })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

/** What belongs to the receiver, for whoever has it at a port of his own. */
export function isReceiverPath(path: string): boolean {
  return /^\/(notify|notifications(\.json)?|style\.css|runbooks(\/\w+)?)$/.test(path)
}

/** Answers the requests of a server that is bounded already. */
export function createReceiver(
  options: ReceiverSettings,
): (request: IncomingMessage, response: ServerResponse) => void {
  const notifications = keepLatest(kept)
  const print = options.print ?? printToStdout()
  const guard = createGuard({ hosts: options.hosts ?? [] })
  const grafanaUrl = options.grafanaUrl ?? usualAddresses.grafana
  const read = bodyReader()
  const { otlpEndpoint, alertmanagerUrl } = options
  const askAlertmanager =
    alertmanagerUrl === undefined ? undefined : onceAtATime(() => heldBackOrError(alertmanagerUrl))

  const receive = (body: string): Promise<void> => {
    const arrived = readNotifications(body)
    for (const notification of arrived) {
      print(logLine(notification))
      notifications.add(notification)
    }
    return otlpEndpoint === undefined ? Promise.resolve() : pushLogs(otlpEndpoint, arrived, print)
  }

  const showNotifications = async (response: ServerResponse) => {
    const heldBack = await askAlertmanager?.()
    const newestFirst = notifications.newestFirst()
    sendPage(response, notificationsPage({ newestFirst, heldBack, grafanaUrl, now: new Date() }))
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = guard(request)
    if (refusal !== undefined) return sendJson(response, refusal.status, { error: refusal.message })
    const path = request.url?.split('?', 1)[0] ?? ''
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const wantsPage = /text\/html/i.test(request.headers.accept ?? '')
    if (method === 'POST' && path === '/notify') {
      await read(request, receive)
      return sendJson(response, 200, { received: true })
    }
    if (method !== 'GET') return notFound(request, response)
    if (path === '/') return redirect(response, '/notifications')
    if (path === '/notifications.json' || (path === '/notifications' && !wantsPage))
      return sendArray(response, notifications.json())
    if (path === '/notifications') return showNotifications(response)
    if (path === '/healthz') return sendJson(response, 200, { ready: true })
    if (path === '/style.css') return send(response, 'text/css', style)
    if (path === '/runbooks') return sendPage(response, runbookIndex())
    const name = /^\/runbooks\/(\w+)$/.exec(path)?.[1] ?? ''
    const source = runbook(name, grafanaUrl)
    if (source === undefined) return notFound(request, response)
    if (wantsPage) sendPage(response, runbookPage(name, source, grafanaUrl))
    else send(response, 'text/plain', source)
  }

  return (request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    answer(request, response).catch(error => {
      // Of an answer that has begun, nothing can be taken back.
      if (response.headersSent) response.destroy()
      else {
        response.setHeader('connection', 'close')
        sendJson(response, statusOf(error), { error: (error as Error).message })
      }
    })
  }
}

const style = readFileSync(join(import.meta.dirname, 'style.css'), 'utf8')

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

class Busy extends Error {}

/** Reads bodies one by one into `use`, and refuses what would pile up more of them than there is memory for. */
function bodyReader() {
  let backlog = 0
  return async (request: IncomingMessage, use: (body: string) => Promise<void>): Promise<void> => {
    const chunks: Buffer[] = []
    let size = 0
    try {
      // The connection stays, for the answer that says what was wrong.
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        size += chunk.length
        backlog += chunk.length
        if (size > largestBody)
          throw new BadRequest(`Cannot read the notification: expected at most ${largestBody} bytes`)
        if (backlog > largestBacklog)
          throw new Busy('Cannot take the notification now: too many others are being read')
        chunks.push(chunk)
      }
      await use(Buffer.concat(chunks).toString('utf8'))
    } finally {
      backlog -= size
    }
  }
}

async function heldBackOrError(alertmanagerUrl: string): Promise<HeldBack[] | Error> {
  try {
    return await askHeldBack(alertmanagerUrl)
  } catch (error) {
    return error as Error
  }
}

/** Who asks while an answer is under way gets that one. */
function onceAtATime<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let underWay: Promise<Answer> | undefined
  return () => {
    underWay ??= ask().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

function statusOf(error: unknown): number {
  if (error instanceof BadRequest) return 400
  // Alertmanager sends again what was answered with 5xx.
  return error instanceof Busy ? 503 : 500
}

function notFound({ method, url }: IncomingMessage, response: ServerResponse): void {
  const asked = `${method} ${(url ?? '').slice(0, 200)}`
  sendJson(response, 404, {
    error: `Cannot find ${asked}: expected POST /notify, GET /notifications, GET /runbooks, GET /runbooks/ALERT or GET /healthz`,
  })
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location })
  response.end()
}

function sendPage(response: ServerResponse, page: string): void {
  send(response, 'text/html', page)
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, vary: 'accept' })
  response.end(body)
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** As fast as the client reads, one item at a time. A client that goes away is no error. */
async function sendArray(response: ServerResponse, items: Iterable<string>): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json', vary: 'accept' })
  await pipeline(Readable.from(arrayText(items), { highWaterMark: 1 }), response).catch(() =>
    response.destroy(),
  )
}

function* arrayText(items: Iterable<string>): Generator<string> {
  let separator = '['
  for (const item of items) {
    yield separator + item
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

if (import.meta.main) {
  const { close } = await startReceiver({
    host: process.env.HOST ?? '127.0.0.1',
    port: Number(process.env[ports.receiver.variable] ?? ports.receiver.number),
    hosts: allowedHosts(),
    otlpEndpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
    alertmanagerUrl: process.env.ALERTMANAGER_URL,
    grafanaUrl: process.env.GRAFANA_URL,
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
}
