/** Posts OTLP bodies one after another per signal, with bounded retries, and says what became of their items. */

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { gzipSync } from 'node:zlib'
import type { DeliverySettings } from './delivery-settings.ts'

export type ExporterSettings = Pick<
  DeliverySettings,
  'headers' | 'gzip' | 'timeoutMs' | 'maxAttempts' | 'backoffMs' | 'maxBackoffMs'
> & { endpoint: string }

export interface Settled {
  signal: 'traces' | 'logs'
  outcome: 'sent' | 'failed'
  count: number
  bytes: number
}

interface Batch {
  body: Buffer
  count: number
  bytes: number
}

export function createExporter(settings: ExporterSettings, settled: (items: Settled) => void) {
  let { endpoint } = settings
  const secure = endpoint.startsWith('https:')
  const request = secure ? httpsRequest : httpRequest
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const queues = { traces: [] as Batch[], logs: [] as Batch[] }
  const busy: Record<'traces' | 'logs', Promise<void> | undefined> = { traces: undefined, logs: undefined }
  /** Wakes exports that wait for their next attempt. */
  let hurry = Promise.withResolvers<void>()

  function send(signal: 'traces' | 'logs', body: Buffer, count: number, bytes: number): void {
    queues[signal].push({ body, count, bytes })
    busy[signal] ??= work(signal)
  }

  async function work(signal: 'traces' | 'logs'): Promise<void> {
    for (let batch = queues[signal].shift(); batch !== undefined; batch = queues[signal].shift()) {
      const delivered = await deliver(signal, batch)
      settled({ signal, outcome: delivered ? 'sent' : 'failed', count: batch.count, bytes: batch.bytes })
    }
    busy[signal] = undefined
  }

  async function deliver(signal: 'traces' | 'logs', { body }: Batch): Promise<boolean> {
    const bytes = settings.gzip ? gzipSync(body) : body
    for (let attempt = 1; ; attempt++) {
      const answer = await post(`${endpoint}/v1/${signal}`, bytes)
      if (answer === 'accepted') return true
      if (answer === 'refused' || attempt === settings.maxAttempts) return false
      await pause(answer.retryAfterMs ?? backoff(attempt))
    }
  }

  /** Full jitter around the doubled delay, so that many processes do not come back at once. */
  function backoff(attempt: number): number {
    return (
      Math.min(settings.backoffMs * 2 ** (attempt - 1), settings.maxBackoffMs) * (0.5 + Math.random() / 2)
    )
  }

  async function pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      new Promise<void>(resolve => {
        timer = setTimeout(resolve, Math.min(ms, settings.maxBackoffMs))
      }),
      hurry.promise,
    ])
    clearTimeout(timer)
  }

  function post(url: string, bytes: Buffer): Promise<'accepted' | 'refused' | { retryAfterMs?: number }> {
    return new Promise(resolve => {
      const headers = {
        'content-type': 'application/json',
        'content-length': bytes.length,
        ...(settings.gzip ? { 'content-encoding': 'gzip' } : {}),
        ...settings.headers,
      }
      const sent = request(url, { method: 'POST', agent, headers, timeout: settings.timeoutMs }, response => {
        response.resume()
        response.on('error', () => resolve({}))
        response.on('end', () => resolve(judge(response)))
      })
      sent.on('timeout', () => sent.destroy(new Error('timeout')))
      sent.on('error', () => resolve({}))
      sent.end(bytes)
    })
  }

  /** Waits until nothing is queued; whoever waits for a retry tries at once. */
  async function drain(deadlineMs: number): Promise<void> {
    hurry.resolve()
    hurry = Promise.withResolvers<void>()
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      Promise.all([busy.traces, busy.logs]),
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
function judge({
  statusCode = 0,
  headers,
}: IncomingMessage): 'accepted' | 'refused' | { retryAfterMs?: number } {
  if (statusCode >= 200 && statusCode < 300) return 'accepted'
  if (![429, 502, 503, 504].includes(statusCode)) return 'refused'
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}
}
