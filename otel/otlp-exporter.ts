/** Posts OTLP bodies one after another per signal, with bounded retries, and says what became of their items. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { gzipSync } from 'node:zlib'
import type { DeliverySettings, ExportedSignal } from './delivery-settings.ts'
import { rejectedItems } from './otlp-answer.ts'
import { toProtobuf } from './otlp-protobuf.ts'

type ExporterSettings = Pick<
  DeliverySettings,
  | 'headers'
  | 'protocols'
  | 'gzip'
  | 'timeoutMs'
  | 'maxAttempts'
  | 'backoffMs'
  | 'maxBackoffMs'
  | 'retryWithinMs'
> & { endpoint: string }

interface Settled {
  signal: ExportedSignal
  outcome: 'sent' | 'failed'
  count: number
  bytes: number
}

type Answer =
  | { kind: 'accepted'; rejected: number }
  | { kind: 'refused' }
  | { kind: 'unavailable'; retryAfterMs?: number }

interface Batch {
  body: Buffer
  count: number
  bytes: number
}

const maxAnswer = 64 * 1024

export function createExporter(settings: ExporterSettings, settled: (items: Settled) => void) {
  let { endpoint } = settings
  const secure = endpoint.startsWith('https:')
  const request = secure ? httpsRequest : httpRequest
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const queues: Record<ExportedSignal, Batch[]> = { traces: [], logs: [], metrics: [] }
  const busy: Record<ExportedSignal, Promise<void> | undefined> = {
    traces: undefined,
    logs: undefined,
    metrics: undefined,
  }
  /** Wakes exports that wait for their next attempt. */
  let hurry = Promise.withResolvers<void>()

  function send(signal: ExportedSignal, body: Buffer, count: number, bytes: number): void {
    queues[signal].push({ body, count, bytes })
    busy[signal] ??= work(signal)
  }

  async function work(signal: ExportedSignal): Promise<void> {
    for (let batch = queues[signal].shift(); batch !== undefined; batch = queues[signal].shift()) {
      const rejected = await deliver(signal, batch)
      const bytes = Math.round((batch.bytes * rejected) / batch.count)
      if (rejected > 0) settled({ signal, outcome: 'failed', count: rejected, bytes })
      if (rejected < batch.count)
        settled({ signal, outcome: 'sent', count: batch.count - rejected, bytes: batch.bytes - bytes })
    }
    busy[signal] = undefined
  }

  /** How many of the batch's items did not arrive. */
  async function deliver(signal: ExportedSignal, { body, count }: Batch): Promise<number> {
    const isJson = settings.protocols[signal] === 'http/json'
    const written = isJson ? body : toProtobuf(signal, body)
    const bytes = settings.gzip ? gzipSync(written) : written
    const type = isJson ? 'application/json' : 'application/x-protobuf'
    for (let attempt = 1; ; attempt++) {
      const begunAt = performance.now()
      const answer = await post(`${endpoint}/v1/${signal}`, bytes, type)
      if (answer.kind === 'accepted') return Math.min(count, answer.rejected)
      if (answer.kind === 'refused' || attempt === settings.maxAttempts) return count
      // A backend that is back is noticed in time, whatever it asked for before, and however long it kept silent.
      const atMost = Math.max(0, settings.retryWithinMs - (performance.now() - begunAt))
      await pause(Math.min(answer.retryAfterMs ?? backoff(attempt), atMost))
    }
  }

  /** Doubled each time, with jitter, so that many processes do not come back at once. */
  function backoff(attempt: number): number {
    return (
      Math.min(settings.backoffMs * 2 ** (attempt - 1), settings.maxBackoffMs) * (0.5 + Math.random() / 2)
    )
  }

  async function pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      new Promise<void>(resolve => {
        timer = setTimeout(resolve, ms)
      }),
      hurry.promise,
    ])
    clearTimeout(timer)
  }

  /** However slowly the endpoint answers, an attempt ends at its deadline and gives its connection up. */
  function post(url: string, bytes: Buffer, type: string): Promise<Answer> {
    return new Promise(resolve => {
      const headers = {
        'content-type': type,
        'content-length': bytes.length,
        ...(settings.gzip ? { 'content-encoding': 'gzip' } : {}),
        ...settings.headers,
      }
      const sent = request(url, { method: 'POST', agent, headers }, response => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size > maxAnswer) settle({ kind: 'refused' })
        })
        response.on('error', () => settle({ kind: 'unavailable' }))
        response.on('end', () => settle(judge(response, Buffer.concat(chunks))))
      })
      const deadline = setTimeout(() => settle({ kind: 'unavailable' }), settings.timeoutMs)
      sent.on('error', () => settle({ kind: 'unavailable' }))
      sent.end(bytes)

      function settle(answer: Answer): void {
        clearTimeout(deadline)
        // An answer that has been read to its end leaves the connection to the next request.
        if (answer.kind !== 'accepted') sent.destroy()
        resolve(answer)
      }
    })
  }

  /** Waits until nothing is queued; whoever waits for a retry tries at once. */
  async function drain(deadlineMs: number): Promise<void> {
    hurry.resolve()
    hurry = Promise.withResolvers<void>()
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      Promise.all(Object.values(busy)),
      new Promise(resolve => {
        timer = setTimeout(resolve, deadlineMs)
      }),
    ])
    clearTimeout(timer)
  }

  return {
    send,
    drain,
    /** Of the same protocol; waiting batches go there too. */
    redirect(to: string): void {
      endpoint = to
    },
  }
}

/** The specification's list of answers worth another attempt. */
function judge({ statusCode = 0, headers }: IncomingMessage, answer: Buffer): Answer {
  if (statusCode >= 200 && statusCode < 300) {
    const rejected = rejectedItems(answer, headers['content-type'] ?? '')
    return rejected === undefined ? { kind: 'refused' } : { kind: 'accepted', rejected }
  }
  if (![429, 502, 503, 504].includes(statusCode)) return { kind: 'refused' }
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? { kind: 'unavailable', retryAfterMs: seconds * 1000 } : { kind: 'unavailable' }
}
