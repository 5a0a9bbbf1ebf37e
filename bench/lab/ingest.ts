/** Sends spans and lines as services do, as fast as they are taken, and says what taking them costs. */
import { setTimeout as wait } from 'node:timers/promises'
import { UserError } from '../../contract/user-error.ts'
import { usesOf } from './processes.ts'
import type { System } from './system.ts'

export interface Cost {
  /** Seconds of a core per 10,000. */
  cpu: number
  perSecond: number
}

const batch = 500
/** What the servers still do with what came, such as writing it to disk. */
const settleMs = 5000

type Signal = 'logs' | 'traces'

/** Undefined where no server takes that signal. `idle` is what the servers use of a core without it. */
export async function ingest(
  system: System,
  signal: Signal,
  count: number,
  idle: number,
): Promise<Cost | undefined> {
  const url = system[signal]
  if (url === undefined) return undefined
  const before = usesOf(system.child.pid!).servers.cpu
  const began = performance.now()
  for (let sent = 0; sent < count; sent += batch) await post(url, JSON.stringify(requestOf(signal, sent)))
  const took = (performance.now() - began) / 1000
  await wait(settleMs)
  const used = usesOf(system.child.pid!).servers.cpu - before - idle * (took + settleMs / 1000)
  return { cpu: (Math.max(0, used) / count) * 10_000, perSecond: count / took }
}

/** A server that is busy says so; what it does not take in ten tries it refuses. */
async function post(url: string, body: string): Promise<void> {
  let told = ''
  for (let tries = 0; tries < 10; tries++) {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body })
    told = `${answer.status} ${(await answer.text()).slice(0, 200)}`
    if (answer.ok) return
    await wait(200 * (tries + 1))
  }
  throw new UserError({ action: `send to ${url}`, expected: 'an answer of 200', got: told })
}

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } })
const services = ['orders', 'basket', 'search']

function requestOf(signal: Signal, from: number): object {
  const service = services[(from / batch) % services.length]!
  const resource = { attributes: [attribute('service.name', `bench-${service}`)] }
  const items = Array.from({ length: batch }, (_, at) => from + at)
  return signal === 'logs'
    ? { resourceLogs: [{ resource, scopeLogs: [{ logRecords: items.map(lineOf) }] }] }
    : { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench' }, spans: items.map(spanOf) }] }] }
}

/** Always another id, in this run and over runs. */
const seed = BigInt(Date.now()) << 40n
const idOf = (index: number, digits: number) =>
  (seed + BigInt(index)).toString(16).padStart(digits, '0').slice(-digits)
const nanoseconds = (offset = 0) => `${Date.now() - offset}000000`

function lineOf(index: number): object {
  const status = index % 97 === 0 ? 503 : 200
  const body = JSON.stringify({
    msg: 'request completed',
    status,
    took_ms: (index * 7919) % 1000,
    route: `/products/${index % 50}`,
  })
  return {
    timeUnixNano: nanoseconds(),
    severityText: status === 503 ? 'error' : 'info',
    body: { stringValue: body },
    traceId: idOf(Math.floor(index / 5), 32),
    attributes: [attribute('http.route', `/products/${index % 50}`)],
  }
}

/** Traces of five spans. */
function spanOf(index: number): object {
  const trace = Math.floor(index / 5)
  const isRoot = index % 5 === 0
  return {
    traceId: idOf(trace, 32),
    spanId: idOf(index, 16),
    ...(!isRoot && { parentSpanId: idOf(trace * 5, 16) }),
    name: isRoot ? `GET /products/${trace % 50}` : 'query',
    kind: isRoot ? 2 : 3,
    startTimeUnixNano: nanoseconds((index * 7919) % 300),
    endTimeUnixNano: nanoseconds(),
    status: { code: trace % 97 === 0 ? 2 : 0 },
    attributes: [
      attribute('http.route', `/products/${trace % 50}`),
      attribute('http.response.status_code', '200'),
    ],
  }
}
