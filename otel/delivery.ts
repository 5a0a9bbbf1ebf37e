/**
 * Takes spans and log lines away from the request path: they are collected here and handed in batches to a thread
 * that writes lines to stdout and sends both signals to the OTLP endpoint. Queues are bounded; what does not fit is
 * dropped and counted.
 */

import { writeSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import {
  type DeliverySettings,
  type FromWorker,
  settingsFromEnv,
  shared,
  type ToWorker,
} from './delivery-settings.ts'

export type Signal = 'traces' | 'logs'
export type Outcome = 'sent' | 'failed' | 'dropped'

export interface Delivery {
  /** Takes one log line that ends with a newline. */
  line: (line: string) => void
  /** Takes one finished span as OTLP JSON, with the scope that made it. */
  span: (scope: string, json: string) => void
  settled: () => Record<Signal, Record<Outcome, number>>
  queued: () => Record<Signal, number>
  queueMax: Record<Signal, number>
  exportsTraces: boolean
  /** Sends to another endpoint from now on, or without one to the configured endpoint again. */
  redirect: (endpoint?: string) => void
  /** Sends everything that waits; resolves at the deadline at the latest. */
  flush: (deadlineMs: number) => Promise<void>
  /** Lines reach stdout before this returns, for when the process is about to die. */
  flushLinesSync: () => void
  close: () => Promise<void>
}

export const delivery: Delivery = createDelivery(settingsFromEnv(process.env))
process.on('exit', () => delivery.flushLinesSync())

export function createDelivery(settings: DeliverySettings): Delivery {
  const { stdout, maxQueueBytes, maxItems, batchItems, batchDelayMs } = settings
  const exports = settings.endpoint !== undefined
  let endpoint = settings.endpoint
  const keepsLines = stdout || exports
  const flags = new Int32Array(new SharedArrayBuffer(shared.length * 4))
  const settled = {
    traces: { sent: 0, failed: 0, dropped: 0 },
    logs: { sent: 0, failed: 0, dropped: 0 },
  }
  const queued = { traces: 0, logs: 0 }
  const queuedBytes = { traces: 0, logs: 0 }

  const spans = new Map<string, string>()
  let spanCount = 0
  let spanBytes = 0
  let lines = ''
  let lineCount = 0
  let linesAreExported = exports
  /** Chunks the thread has not yet written to stdout; they are what a crash has to save. */
  let unwritten: { chunk: number; lines: string }[] = []
  let unwrittenBytes = 0
  let chunk = 0

  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let flushes = 0
  const waiting = new Map<number, () => void>()

  function line(text: string): void {
    if (!keepsLines) return
    forgetWritten()
    if (stdout && unwrittenBytes + lines.length > maxQueueBytes) {
      settled.logs.dropped++
      return
    }
    const fits = exports && queued.logs < maxItems && queuedBytes.logs < maxQueueBytes
    if (exports && !fits) settled.logs.dropped++
    if (!fits && !stdout) return
    if (fits !== linesAreExported) {
      postLines()
      linesAreExported = fits
    }
    if (fits || !exports) {
      queued.logs++
      queuedBytes.logs += text.length
    }
    lines += text
    lineCount++
    if (lineCount >= batchItems || lines.length > 65_536) postLines()
    else schedule()
  }

  function span(scope: string, json: string): void {
    if (!exports) return
    if (queued.traces >= maxItems || queuedBytes.traces >= maxQueueBytes) {
      settled.traces.dropped++
      return
    }
    const earlier = spans.get(scope)
    spans.set(scope, earlier === undefined ? json : `${earlier},${json}`)
    queued.traces++
    queuedBytes.traces += json.length
    spanBytes += json.length
    if (++spanCount >= batchItems) postSpans()
    else schedule()
  }

  function schedule(): void {
    if (timer !== undefined) return
    timer = setTimeout(post, batchDelayMs)
    timer.unref()
  }

  function post(): void {
    clearTimeout(timer)
    timer = undefined
    postLines()
    postSpans()
  }

  function postLines(): void {
    if (lineCount === 0) return
    chunk++
    if (stdout) {
      unwritten.push({ chunk, lines })
      unwrittenBytes += lines.length
    }
    send({ kind: 'lines', chunk, lines, count: lineCount, exported: linesAreExported && exports })
    lines = ''
    lineCount = 0
  }

  function postSpans(): void {
    if (spanCount === 0) return
    const scopes = Array.from(spans, ([scope, json]) => `{"scope":${scope},"spans":[${json}]}`)
    send({ kind: 'spans', scopes: scopes.join(), count: spanCount, bytes: spanBytes })
    spans.clear()
    spanCount = 0
    spanBytes = 0
  }

  function send(message: ToWorker): void {
    worker ??= start()
    worker.postMessage(message)
  }

  function redirect(to = settings.endpoint): void {
    if (!exports || to === undefined) return
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
    started.unref()
    started.on('message', (message: FromWorker) => {
      if (message.kind === 'flushed') waiting.get(message.flush)?.()
      else settle(message)
    })
    started.on('error', error => lose(error))
    return started
  }

  function settle({ signal, outcome, count, bytes }: Extract<FromWorker, { kind: 'settled' }>): void {
    settled[signal][outcome] += count
    queued[signal] -= count
    queuedBytes[signal] -= bytes
  }

  /** The thread has died, of lack of memory at worst: what it held is gone, what comes gets a new thread. */
  function lose(error: Error): void {
    worker = undefined
    Atomics.store(flags, shared.online, 0)
    for (const { lines } of unwritten) writeAll(lines)
    unwritten = []
    unwrittenBytes = 0
    settled.traces.dropped += queued.traces - spanCount
    queued.traces = spanCount
    queuedBytes.traces = spanBytes
    const collecting = linesAreExported || !exports ? lineCount : 0
    settled.logs.dropped += queued.logs - collecting
    queued.logs = collecting
    queuedBytes.logs = collecting === 0 ? 0 : lines.length
    for (const done of waiting.values()) done()
    process.emitWarning(`Telemetry delivery thread died and is started again: ${error.message}`)
  }

  function forgetWritten(): void {
    if (unwritten.length === 0) return
    const written = Atomics.load(flags, shared.written)
    while (unwritten[0] !== undefined && unwritten[0].chunk <= written) {
      unwrittenBytes -= unwritten[0].lines.length
      unwritten.shift()
    }
  }

  async function flush(deadlineMs: number): Promise<void> {
    post()
    if (worker === undefined) return
    const flush = ++flushes
    await new Promise<void>(resolve => {
      const deadline = setTimeout(resolve, deadlineMs)
      waiting.set(flush, () => {
        clearTimeout(deadline)
        resolve()
      })
      send({ kind: 'flush', flush, deadlineMs })
    })
    waiting.delete(flush)
  }

  function flushLinesSync(): void {
    if (!stdout) return
    postLines()
    const deadline = Date.now() + 1000
    while (Atomics.load(flags, shared.online) === 1 && Date.now() < deadline) {
      const written = Atomics.load(flags, shared.written)
      if (written >= chunk) break
      Atomics.wait(flags, shared.written, written, 50)
    }
    Atomics.store(flags, shared.closed, 1)
    forgetWritten()
    for (const { lines } of unwritten) writeAll(lines)
    unwritten = []
  }

  async function close(): Promise<void> {
    clearTimeout(timer)
    flushLinesSync()
    await worker?.terminate()
    worker = undefined
  }

  return {
    line,
    span,
    settled: () => settled,
    queued: () => queued,
    queueMax: { traces: maxItems, logs: maxItems },
    exportsTraces: exports,
    redirect,
    flush,
    flushLinesSync,
    close,
  }
}

/** Best effort: the process is dying and stdout may be full or gone. */
function writeAll(text: string): void {
  let rest = Buffer.from(text)
  const deadline = Date.now() + 1000
  while (rest.length > 0 && Date.now() < deadline) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
