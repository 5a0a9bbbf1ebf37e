/** Sends alerts to an Alertmanager of somebody's own, as Prometheus does, and asks it what the page wants to know. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { systemReason } from '../../contract/user-error.ts'
import { HttpError, type Route, readJson } from '../http.ts'
import type { SentAlert } from '../metrics/rules.ts'
import { isAlertsPath } from './api.ts'

interface Forwarder {
  take(alerts: readonly SentAlert[]): void
  /** Alertmanager's API, as the other answers it. */
  route: Route
  stop(): void
}

interface ForwarderOptions {
  url: string
  /** Told when it does not take alerts any more, and when it does again. */
  onNotice: (text: string) => void
}

/** An alert that is not sent again for so long has ended: whoever tells of it may have crashed. */
const validFor = 4 * 60_000
const retryMs = 1000
const patience = 5000
const largestAnswer = 16 * 1024 * 1024

export function createForwarder({ url, onNotice }: ForwarderOptions): Forwarder {
  /** Each evaluation tells of all alerts, so the latest is all there is to send. */
  let latest: readonly SentAlert[] | undefined
  let isSending = false
  let isReached = true
  let retry: NodeJS.Timeout | undefined
  const stopped = new AbortController()

  async function send(): Promise<void> {
    if (latest === undefined || isSending || stopped.signal.aborted) return
    clearTimeout(retry)
    const alerts = latest
    latest = undefined
    isSending = true
    const problem = alerts.length === 0 ? undefined : await post(alerts)
    isSending = false
    if (stopped.signal.aborted) return
    if ((problem === undefined) !== isReached && alerts.length > 0) {
      isReached = problem === undefined
      onNotice(
        isReached
          ? `Alertmanager at ${url} takes alerts again`
          : `Cannot send alerts to Alertmanager at ${url}: ${problem}; the lab goes on trying`,
      )
    }
    if (problem === undefined) return void send()
    latest ??= alerts
    retry = setTimeout(send, retryMs)
  }

  /** What went wrong, if anything did. */
  async function post(alerts: readonly SentAlert[]): Promise<string | undefined> {
    const until = Date.now() + validFor
    const body = alerts.map(({ labels, annotations, startsAt, endsAt = until, generatorUrl }) => ({
      ...{ labels, annotations, generatorURL: generatorUrl },
      ...{ startsAt: new Date(startsAt), endsAt: new Date(endsAt) },
    }))
    try {
      const answer = await ask('/api/v2/alerts', 'POST', body)
      if (answer.ok) return undefined
      return `it answered ${answer.status} ${(await answer.text()).slice(0, 200)}`
    } catch (error) {
      return systemReason(error)
    }
  }

  function ask(path: string, method: string, body?: unknown): Promise<Response> {
    return fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
      redirect: 'error',
      signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(patience)]),
    })
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: target = '/' } = request
    const body = method === 'POST' ? await readJson(request) : undefined
    let status: number
    let text: string
    try {
      const answer = await ask(target, method, body)
      status = answer.status
      text = method === 'HEAD' ? '' : await bounded(answer)
    } catch (error) {
      throw new HttpError(502, `Cannot ask Alertmanager at ${url}: ${systemReason(error)}`)
    }
    // As what it is: an answer of another server must not become a page of this one.
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(text)
  }

  return {
    take(alerts) {
      latest = alerts
      void send()
    },
    route: { matches: isAlertsPath, handle },
    stop() {
      stopped.abort()
      clearTimeout(retry)
    },
  }
}

async function bounded(answer: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > largestAnswer) throw new Error(`expected at most ${largestAnswer} bytes, got more`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
