/**
 * Takes spans and log lines away from the request path: they are collected as bytes and handed in batches to a thread
 * that writes lines to stdout and sends both signals to the OTLP endpoint. Queues are bounded; what does not fit is
 * dropped and counted.
 */

import { Worker } from 'node:worker_threads'
import {
  type DeliverySettings,
  type ExportedSignal,
  type FromWorker,
  settingsFromEnv,
  shared,
  type ToWorker,
} from './delivery-settings.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createLineQueue } from './line-queue.ts'
import { createSpanQueue } from './span-queue.ts'

export interface Delivery {
  line: (line: string) => void
  span: (scope: string, json: string) => void
  /** Takes metrics as OTLP JSON, and how many points they have. */
  metrics: (json: string, points: number) => void
  ledgers: Readonly<Record<ExportedSignal, Ledger>>
  maxItems: number
  /** Where everything goes; undefined where nothing is exported. */
  endpoint: () => string | undefined
  /** Sends to another endpoint from now on, or without one to the configured endpoint again. */
  redirect: (endpoint?: string) => void
  /**
   * Sends everything that waits. The endpoint has so long from when the thread turns to it; a thread that is still
   * starting, or has no CPU, is waited for until `latestMs`.
   */
  flush: (deadlineMs: number, latestMs?: number) => Promise<void>
  /** Lines reach stdout before this returns, for when the process is about to die. */
  flushLinesSync: () => void
  close: () => Promise<void>
}

export const delivery: Delivery = createDelivery(settingsFromEnv(process.env))
process.on('exit', () => delivery.flushLinesSync())

export function createDelivery(settings: DeliverySettings): Delivery {
  const { maxItems, maxQueueBytes, batchDelayMs, lineDelayMs } = settings
  const flags = new Int32Array(new SharedArrayBuffer(shared.length * Int32Array.BYTES_PER_ELEMENT))
  const ledgers = {
    traces: createLedger(maxItems, maxQueueBytes),
    logs: createLedger(maxItems, maxQueueBytes),
    metrics: createLedger(maxItems, maxQueueBytes),
  }
  const spanTimer = createTimer(() => spans.post(), batchDelayMs)
  const lineTimer = createTimer(() => lines.post(), lineDelayMs)
  const spans = createSpanQueue(settings, ledgers.traces, spanTimer.start, send)
  const lines = createLineQueue(settings, flags, ledgers.logs, lineTimer.start, send)
  let endpoint = settings.endpoint
  let worker: Worker | undefined
  let flushes = 0
  const flushing = new Map<number, () => void>()

  function send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    worker ??= start()
    worker.postMessage(message, transfer)
  }

  function metrics(json: string, points: number): void {
    const bytes = Buffer.from(json)
    ledgers.metrics.queue(points, bytes.length)
    ledgers.metrics.handOver(points, bytes.length)
    send({ kind: 'metrics', bytes, count: points })
  }

  function redirect(to = settings.endpoint): void {
    if (to === undefined || settings.endpoint === undefined) return
    endpoint = to
    worker?.postMessage({ kind: 'redirect', endpoint } satisfies ToWorker)
  }

  function start(): Worker {
    const started = new Worker(new URL('./delivery-worker.ts', import.meta.url), {
      workerData: { settings: { ...settings, endpoint }, flags: flags.buffer },
      execArgv: [],
      env: {},
      name: 'telemetry delivery',
    })
    started.on('message', (message: FromWorker) => {
      if (message.kind === 'flushed') flushing.get(message.flush)?.()
      else ledgers[message.signal].settle(message.outcome, message.count, message.bytes)
    })
    started.on('error', error => lose(error))
    // Listening to messages holds the process again, so this comes after it.
    started.unref()
    return started
  }

  /** The thread has died: what it held is gone, what comes gets a new thread. */
  function lose(error: Error): void {
    worker = undefined
    Atomics.store(flags, shared.online, 0)
    lines.rescue()
    ledgers.traces.lose()
    ledgers.logs.lose()
    ledgers.metrics.lose()
    for (const done of flushing.values()) done()
    process.emitWarning(`Telemetry delivery thread died and starts again: ${error.message}`)
  }

  async function flush(deadlineMs: number, latestMs = deadlineMs): Promise<void> {
    lines.post()
    spans.post()
    if (worker === undefined) return
    const flush = ++flushes
    await new Promise<void>(resolve => {
      const deadline = setTimeout(resolve, latestMs)
      flushing.set(flush, () => {
        clearTimeout(deadline)
        resolve()
      })
      send({ kind: 'flush', flush, deadlineMs })
    })
    flushing.delete(flush)
  }

  async function close(): Promise<void> {
    spanTimer.stop()
    lineTimer.stop()
    lines.flushSync()
    await worker?.terminate()
    worker = undefined
  }

  return {
    line: lines.add,
    span: spans.add,
    metrics,
    ledgers,
    maxItems,
    endpoint: () => endpoint,
    redirect,
    flush,
    flushLinesSync: lines.flushSync,
    close,
  }
}

/** Runs once, some time after it was first started; does not keep the process alive. */
function createTimer(run: () => void, ms: number) {
  let timer: NodeJS.Timeout | undefined
  return {
    start: () => {
      timer ??= setTimeout(() => {
        timer = undefined
        run()
      }, ms).unref()
    },
    stop: () => clearTimeout(timer),
  }
}
