/** Loki's tail: over a WebSocket, the last lines of a query and then those that come in. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { parse, QueryError } from '../../engines/logql/index.ts'
import { BadRequest, limitParameter } from '../../engines/logql/serve/parameters.ts'
import { HttpError, parametersOf, type Route, type Upgrade } from '../http.ts'
import { Refused } from '../intake.ts'
import type { StoreThread } from '../threads.ts'
import type { Tailed, TailedLine } from './tails.ts'

interface TailOptions {
  logs: Pick<StoreThread, 'evaluator'>
  /** Where lines are taken in. */
  send: StoreThread['send']
}

interface Tail {
  upgrade: Upgrade
  /** For who asks without a WebSocket. */
  route: Route
  /** Lines have come in that somebody waits for. */
  take(tailed: Tailed): void
}

interface Listener {
  take(lines: readonly TailedLine[]): void
}

const path = '/loki/api/v1/tail'

/** As Loki's own limits: listeners, entries of a message, dropped ones that are told of, seconds of `delay_for`. */
const most = { listeners: 10, entries: 100, dropped: 1000, delay: 5, lines: 5000 }
/** Lines that wait for their time, and bytes that wait for whoever reads them; beyond, lines are dropped and named. */
const mostWaiting = 5000
const mostUnsent = 1024 * 1024
const longestTail = 3_600_000
const pingMs = 10_000
const tickMs = 200
/** How much later this thread may be told of a line than a query saw it. */
const knownMs = 30_000

export function createTail({ logs, send }: TailOptions): Tail {
  const server = new WebSocketServer({ noServer: true, maxPayload: 4096, perMessageDeflate: false })
  const listeners = new Map<number, Listener>()
  let lastId = 0

  async function listen(socket: WebSocket, asked: Asked): Promise<void> {
    const id = ++lastId
    const outgoing = createOutgoing(socket, asked.delay)
    let held: TailedLine[] | undefined = []
    // A query may see a line before this thread is told of it: such a line is told once all the same.
    const known = new Set<string>()
    listeners.set(id, {
      take(lines) {
        if (held === undefined)
          outgoing.add(known.size === 0 ? lines : lines.filter(line => !known.has(key(line))))
        else held.push(...lines.slice(0, mostWaiting - held.length))
      },
    })
    let isAlive = true
    const ping = setInterval(() => {
      if (!isAlive) return socket.terminate()
      isAlive = false
      socket.ping()
    }, pingMs)
    const over = setTimeout(() => socket.close(1011, 'reached tail max duration limit'), longestTail)
    socket.on('pong', () => {
      isAlive = true
    })
    const gone = new AbortController()
    socket.on('error', () => socket.terminate())
    socket.once('close', () => {
      gone.abort()
      clearInterval(ping)
      clearTimeout(over)
      outgoing.stop()
      listeners.delete(id)
      send({ kind: 'end tail', id }).catch(() => {})
    })
    try {
      await send({ kind: 'tail', id, query: asked.query })
      const before = await linesBefore(logs, asked, gone.signal)
      for (const line of before) known.add(key(line))
      setTimeout(() => known.clear(), knownMs).unref()
      const since = held.filter(line => !known.has(key(line)))
      held = undefined
      outgoing.add([...before, ...since])
    } catch (error) {
      // As much as a closing frame has room for.
      if (error instanceof Refused || error instanceof HttpError)
        return socket.close(1011, error.message.slice(0, 100))
      socket.terminate()
      throw error
    }
  }

  return {
    upgrade: {
      matches: asked => asked === path,
      handle(request: IncomingMessage, socket: Duplex, head: Buffer) {
        const asked = readTail(parametersOf(request))
        if (listeners.size >= most.listeners)
          throw new HttpError(429, `Cannot tail: expected at most ${most.listeners} listeners at once`)
        server.handleUpgrade(request, socket, head, opened => {
          listen(opened, asked).catch(console.error)
        })
      },
    },
    route: {
      matches: asked => asked === path,
      handle(request) {
        readTail(parametersOf(request))
        throw new HttpError(400, 'Cannot tail: expected a WebSocket')
      },
    },
    take(tailed) {
      for (const [id, lines] of tailed) listeners.get(id)?.take(lines)
    },
  }
}

interface Asked {
  query: string
  limit: number
  start: string | undefined
  /** Milliseconds. */
  delay: number
}

function readTail(parameters: URLSearchParams): Asked {
  const query = parameters.get('query') ?? ''
  const delay = parameters.get('delay_for') || '0'
  try {
    if (parse(query).kind !== 'logs') throw new BadRequest('only log selector is supported')
    if (!/^\d$/.test(delay) || Number(delay) > most.delay)
      throw new BadRequest(`delay_for can't be greater than ${most.delay}, nor anything but whole seconds`)
    const limit = limitParameter(parameters, most.lines)
    return { query, limit, start: parameters.get('start') || undefined, delay: Number(delay) * 1000 }
  } catch (error) {
    if (error instanceof BadRequest || error instanceof QueryError) throw new HttpError(400, error.message)
    throw error
  }
}

/** The last lines, oldest first. */
async function linesBefore(
  logs: TailOptions['logs'],
  { query, limit, start }: Asked,
  signal: AbortSignal,
): Promise<TailedLine[]> {
  const now = Date.now()
  const parameters = new URLSearchParams({
    ...{ query, limit: String(limit), direction: 'backward' },
    ...{ start: start ?? String((now - 3_600_000) / 1000), end: String(now / 1000) },
  })
  const { status, body } = await logs.evaluator.answer('/loki/api/v1/query_range', parameters, signal)
  if (status !== 200) throw new HttpError(status, String(body).trim())
  const { data } = JSON.parse(String(body)) as {
    data: { result: { stream: Record<string, string>; values: [string, string][] }[] }
  }
  return data.result
    .flatMap(({ stream, values }) =>
      values.map(([nanoseconds, line]): TailedLine => ({ stream, nanoseconds, line })),
    )
    .sort(byTime)
}

const key = ({ stream, nanoseconds, line }: TailedLine) => `${nanoseconds} ${JSON.stringify(stream)} ${line}`

/** Nanoseconds have the same number of digits for some centuries yet. */
const byTime = (a: TailedLine, b: TailedLine) =>
  a.nanoseconds < b.nanoseconds ? -1 : a.nanoseconds > b.nanoseconds ? 1 : 0

/** Sends lines in order of time once they are as old as the delay, and drops those for which there is no room. */
function createOutgoing(socket: WebSocket, delay: number) {
  let waiting: TailedLine[] = []
  let dropped: object[] = []
  const ticking = setInterval(flush, tickMs)

  function drop({ stream: labels, nanoseconds: timestamp }: TailedLine): void {
    if (dropped.length < most.dropped) dropped.push({ timestamp, labels })
  }

  function flush(): void {
    const until = `${Date.now() - delay}999999`
    const isDue = ({ nanoseconds }: TailedLine) => nanoseconds.length < until.length || nanoseconds <= until
    const due = waiting.filter(isDue).sort(byTime)
    if (due.length === 0 || socket.readyState !== socket.OPEN) return
    waiting = waiting.filter(line => !isDue(line))
    for (let at = 0; at < due.length; at += most.entries) {
      const part = due.slice(at, at + most.entries)
      if (socket.bufferedAmount > mostUnsent) {
        part.forEach(drop)
        continue
      }
      const streams = part.map(({ stream, nanoseconds, line }) => ({ stream, values: [[nanoseconds, line]] }))
      socket.send(JSON.stringify({ streams, ...(dropped.length > 0 && { dropped_entries: dropped }) }))
      dropped = []
    }
  }

  return {
    add(lines: readonly TailedLine[]) {
      const room = mostWaiting - waiting.length
      waiting.push(...lines.slice(0, room))
      lines.slice(room).forEach(drop)
      flush()
    },
    stop: () => clearInterval(ticking),
  }
}
