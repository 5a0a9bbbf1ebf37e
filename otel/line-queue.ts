/**
 * Log lines on their way to stdout and the OTLP endpoint. A line the export queue cannot hold still goes to stdout;
 * when stdout itself is stuck, lines are dropped. Lines stay readable for this thread until they are written, so that
 * a dying process can write them itself.
 */

import { writeSync } from 'node:fs'
import { createByteBatch } from './byte-batch.ts'
import { type DeliverySettings, shared, type ToWorker } from './delivery-settings.ts'
import type { Ledger } from './ledger.ts'

interface LineQueue {
  /** Takes one line that ends with a newline. */
  add: (line: string) => void
  post: () => void
  /** Lines reach stdout before this returns, by the thread's hand or, when that is late, by ours. */
  flushSync: () => void
  /** The thread is gone: writes what it has not. */
  rescue: () => void
}

export function createLineQueue(
  settings: DeliverySettings,
  flags: Int32Array,
  ledger: Ledger,
  schedule: () => void,
  send: (message: ToWorker) => void,
): LineQueue {
  const { stdout, maxQueueBytes, batchItems } = settings
  const exports = settings.endpoint !== undefined
  const batch = createByteBatch()
  let exported = exports
  let unwritten: { chunk: number; bytes: Buffer }[] = []
  let unwrittenBytes = 0
  let chunk = 0

  function add(line: string): void {
    if (!stdout && !exports) return
    if (stdout && unwrittenBytes >= maxQueueBytes) {
      forgetWritten()
      if (unwrittenBytes >= maxQueueBytes) {
        ledger.drop(1)
        return
      }
    }
    const accepted = !exports || ledger.hasRoom()
    if (!accepted) {
      ledger.drop(1)
      if (!stdout) return
    }
    if (accepted !== exported && exports) {
      post()
      exported = accepted
    }
    const before = batch.size()
    if (!batch.append(line)) {
      post()
      batch.append(line)
    }
    if (accepted) ledger.queue(1, batch.size() - (batch.count() === 1 ? 0 : before))
    if (batch.count() >= batchItems) post()
    else schedule()
  }

  function post(): void {
    const count = batch.count()
    if (count === 0) return
    forgetWritten()
    const bytes = batch.take()
    chunk++
    if (stdout) {
      unwritten.push({ chunk, bytes })
      unwrittenBytes += bytes.length
    }
    if (exported || !exports) ledger.handOver(count, bytes.length)
    send({ kind: 'lines', chunk, bytes, count, exported: exported && exports })
  }

  function forgetWritten(): void {
    const written = Atomics.load(flags, shared.written)
    while (unwritten[0] !== undefined && unwritten[0].chunk <= written) {
      unwrittenBytes -= unwritten[0].bytes.length
      unwritten.shift()
    }
  }

  function flushSync(): void {
    if (!stdout) return
    post()
    const deadline = Date.now() + 1000
    while (Atomics.load(flags, shared.online) === 1 && Date.now() < deadline) {
      const written = Atomics.load(flags, shared.written)
      if (written >= chunk) break
      Atomics.wait(flags, shared.written, written, 50)
    }
    Atomics.store(flags, shared.closed, 1)
    rescue()
  }

  function rescue(): void {
    forgetWritten()
    for (const { bytes } of unwritten) writeAll(bytes)
    unwritten = []
    unwrittenBytes = 0
  }

  return { add, post, flushSync, rescue }
}

/** Best effort: stdout may be full or gone. */
function writeAll(bytes: Buffer): void {
  const deadline = Date.now() + 1000
  for (let rest = bytes; rest.length > 0 && Date.now() < deadline; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
