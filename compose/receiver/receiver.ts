/**
 * Receives notifications in the lab: each becomes a JSON line on stdout, is kept for people and tests to read, and
 * goes on to an OTLP endpoint as a log record where one is configured. Needs nothing but Node.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Notification {
  time: string
  receiver: string
  status: 'firing' | 'resolved'
  alertname: string
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string | undefined
}

export interface ReceiverOptions {
  host: string
  /** 0 takes a free one. */
  port: number
  /** Such as `http://localhost:4318`; without it nothing is sent on. */
  otlpEndpoint?: string | undefined
  print?: (line: string) => void
}

const kept = 1_000
const largestBody = 1_000_000
const runbooks = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'runbooks')

export async function startReceiver(
  options: ReceiverOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const notifications: Notification[] = []
  const print = options.print ?? console.log
  const receive = async (body: string) => {
    const arrived = readNotifications(body)
    for (const notification of arrived) print(JSON.stringify(logLine(notification)))
    notifications.push(...arrived)
    notifications.splice(0, Math.max(0, notifications.length - kept))
    if (options.otlpEndpoint !== undefined) await pushLogs(options.otlpEndpoint, arrived, print)
  }
  const server = createServer((request, response) => {
    answer(request, response, notifications, receive).catch(error => {
      send(response, error instanceof BadRequest ? 400 : 500, { error: (error as Error).message })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

/** What Alertmanager posts to a webhook, one entry per alert of the group. */
export function readNotifications(body: string, now = new Date()): Notification[] {
  let payload: { receiver?: unknown; alerts?: unknown }
  try {
    payload = JSON.parse(body)
  } catch {
    throw new BadRequest('Cannot read the notification: expected JSON')
  }
  const areAlerts =
    Array.isArray(payload?.alerts) &&
    payload.alerts.every(alert => typeof alert === 'object' && alert !== null)
  if (typeof payload?.receiver !== 'string' || !areAlerts)
    throw new BadRequest("Cannot read the notification: expected Alertmanager's receiver and alerts")
  const { receiver } = payload
  return (payload.alerts as SentAlert[]).map(alert => ({
    time: now.toISOString(),
    receiver,
    status: alert.status === 'resolved' ? 'resolved' : 'firing',
    alertname: String(alert.labels?.alertname ?? ''),
    labels: alert.labels ?? {},
    annotations: alert.annotations ?? {},
    startsAt: String(alert.startsAt ?? ''),
    endsAt: alert.status === 'resolved' ? String(alert.endsAt) : undefined,
  }))
}

interface SentAlert {
  status?: unknown
  labels?: Record<string, string>
  annotations?: Record<string, string>
  startsAt?: unknown
  endsAt?: unknown
}

class BadRequest extends Error {}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  notifications: Notification[],
  receive: (body: string) => Promise<void>,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://receiver')
  const route = `${request.method} ${pathname}`
  if (route === 'POST /notify') {
    await receive(await bodyOf(request))
    return send(response, 200, { received: true })
  }
  if (route === 'GET /notifications') return send(response, 200, notifications)
  if (route === 'GET /healthz') return send(response, 200, { ready: true })
  const alert = /^GET \/runbooks\/([A-Za-z0-9]+)$/.exec(route)?.[1]
  const page = join(runbooks, `${alert}.md`)
  if (alert !== undefined && existsSync(page)) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(await readFile(page))
    return
  }
  send(response, 404, {
    error: `Cannot find ${route}: expected POST /notify, GET /notifications, GET /runbooks/ALERT or GET /healthz`,
  })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody)
      throw new BadRequest(`Cannot read the notification: expected at most ${largestBody} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function logLine(notification: Notification): object {
  const { time, ...rest } = notification
  return {
    time,
    level: levelOf(notification),
    service_name: 'notifications',
    msg: message(notification),
    ...rest,
  }
}

function message({ status, alertname, annotations }: Notification): string {
  return `${status}: ${annotations.summary ?? alertname}`
}

function levelOf({ status, labels }: Notification): 'info' | 'warn' | 'error' {
  if (status === 'resolved' || labels.severity === 'none') return 'info'
  return labels.severity === 'page' ? 'error' : 'warn'
}

/** A store of logs that is away must not cost a notification: the line on stdout is there already. */
async function pushLogs(
  endpoint: string,
  notifications: readonly Notification[],
  print: (line: string) => void,
): Promise<void> {
  const severities = { info: 9, warn: 13, error: 17 }
  const attribute = ([key, value]: [string, string]) => ({ key, value: { stringValue: value } })
  const logRecords = notifications.map(notification => ({
    timeUnixNano: `${BigInt(Date.parse(notification.time)) * 1_000_000n}`,
    severityNumber: severities[levelOf(notification)],
    severityText: levelOf(notification),
    body: { stringValue: message(notification) },
    attributes: Object.entries({
      ...notification.labels,
      ...notification.annotations,
      status: notification.status,
      receiver: notification.receiver,
    }).map(attribute),
  }))
  const resource = { attributes: [attribute(['service.name', 'notifications'])] }
  try {
    const response = await fetch(new URL('/v1/logs', endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords }] }] }),
      signal: AbortSignal.timeout(2_000),
    })
    if (!response.ok) throw new Error(`expected a 2xx answer, got ${response.status}`)
  } catch (error) {
    print(
      JSON.stringify({
        time: new Date().toISOString(),
        level: 'warn',
        service_name: 'notifications',
        msg: `Cannot send notifications to ${endpoint}: ${(error as Error).message}`,
      }),
    )
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { close } = await startReceiver({
    host: process.env.HOST ?? '127.0.0.1',
    port: Number(process.env.RECEIVER_PORT ?? 9094),
    otlpEndpoint: process.env.OTEL_EXPORTER_OTLP_ENDPOINT,
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
}
