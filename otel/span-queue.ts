/** Finished spans on their way to the delivery thread, at most so many; the newest are dropped when it is full. */

import { createByteBatch } from './byte-batch.ts'
import type { DeliverySettings, ToWorker } from './delivery-settings.ts'
import type { Ledger } from './ledger.ts'

interface SpanQueue {
  /** Takes one span as OTLP JSON, with the JSON of the scope that made it. */
  add: (scope: string, json: string) => void
  post: () => void
}

export function createSpanQueue(
  settings: DeliverySettings,
  ledger: Ledger,
  schedule: () => void,
  send: (message: ToWorker, transfer: ArrayBuffer[]) => void,
): SpanQueue {
  const batches = new Map<string, ReturnType<typeof createByteBatch>>()
  let count = 0

  function add(scope: string, json: string): void {
    if (settings.endpoint === undefined) return
    if (!ledger.hasRoom()) {
      ledger.drop(1)
      return
    }
    let batch = batches.get(scope)
    if (batch === undefined) {
      batch = createByteBatch()
      batches.set(scope, batch)
    }
    const before = batch.size()
    const text = batch.count() === 0 ? json : `,${json}`
    if (!batch.append(text)) {
      post()
      add(scope, json)
      return
    }
    ledger.queue(1, batch.size() - before)
    if (++count >= settings.batchItems) post()
    else schedule()
  }

  function post(): void {
    count = 0
    for (const [scope, batch] of batches) {
      const items = batch.count()
      if (items === 0) continue
      const bytes = batch.take()
      ledger.handOver(items, bytes.length)
      send({ kind: 'spans', scope, bytes, count: items }, [bytes.buffer])
    }
  }

  return { add, post }
}
