/** The books of one signal: everything taken is queued, sent, failed or dropped, and nothing twice. */

type Outcome = 'sent' | 'failed' | 'dropped'

export interface Ledger {
  hasRoom: () => boolean
  queue: (items: number, bytes: number) => void
  drop: (items: number) => void
  /** Queued items are with the delivery thread from now on. */
  handOver: (items: number, bytes: number) => void
  settle: (outcome: Outcome, items: number, bytes: number) => void
  /** The thread has died with what it held. */
  lose: () => void
  queued: () => number
  settled: () => Readonly<Record<Outcome, number>>
}

export function createLedger(maxItems: number, maxBytes: number): Ledger {
  const settled = { sent: 0, failed: 0, dropped: 0 }
  let items = 0
  let bytes = 0
  let handedItems = 0
  let handedBytes = 0

  function settle(outcome: Outcome, settledItems: number, settledBytes: number): void {
    settled[outcome] += settledItems
    items -= settledItems
    bytes -= settledBytes
    handedItems -= settledItems
    handedBytes -= settledBytes
  }

  return {
    hasRoom: () => items < maxItems && bytes < maxBytes,
    queue: (addedItems, addedBytes) => {
      items += addedItems
      bytes += addedBytes
    },
    drop: dropped => {
      settled.dropped += dropped
    },
    handOver: (overItems, overBytes) => {
      handedItems += overItems
      handedBytes += overBytes
    },
    settle,
    lose: () => settle('dropped', handedItems, handedBytes),
    queued: () => items,
    settled: () => settled,
  }
}
