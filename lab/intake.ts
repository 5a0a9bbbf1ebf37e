/**
 * What comes in goes to the thread of its store by a channel of its own. The thread takes it between queries, and from
 * within a long query whenever that asks whether to go on: so nobody who sends waits for somebody who asks.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'

/** As Prometheus and Loki: what comes from next year would make all that comes before it too old to keep. */
export const mostMsAhead = 10 * 60_000

/** `bytes` are moved, not copied. */
export interface Item {
  kind: string
  bytes?: Uint8Array<ArrayBuffer> | undefined
  [field: string]: unknown
}

interface Sent {
  id: number
  item: Item
}

interface Outcome {
  id: number
  result?: unknown
  error?: { name: string; message: string }
}

/** What was wrong with an item, as the thread of the store says it. */
export class Refused extends Error {
  constructor({ name, message }: { name: string; message: string }) {
    super(message)
    this.name = name
  }
}

export interface Intake {
  /** Resolves with what the thread makes of the item, or throws a Refused. */
  send<Result>(item: Item): Promise<Result>
  /** For the thread, beside its settings. */
  port: MessagePort
  /** The thread has ended: what is under way and what comes is refused. */
  fail(reason: string): void
  /** Items under way, and their bytes. */
  waiting(): { items: number; bytes: number }
  close(): void
}

export function createIntake(): Intake {
  const { port1: own, port2: port } = new MessageChannel()
  const underWay = new Map<number, { size: number; settle: (outcome: Outcome) => void }>()
  let lastId = 0
  let bytes = 0
  let failure: Refused | undefined
  own.on('message', (outcome: Outcome) => {
    const known = underWay.get(outcome.id)
    underWay.delete(outcome.id)
    bytes -= known?.size ?? 0
    known?.settle(outcome)
  })
  // Alone it keeps no process alive.
  own.unref()
  return {
    port,
    send: <Result>(item: Item) =>
      new Promise<Result>((resolve, reject) => {
        if (failure !== undefined) return reject(failure)
        const id = ++lastId
        const size = item.bytes?.byteLength ?? 0
        bytes += size
        underWay.set(id, {
          size,
          settle: ({ result, error }) =>
            error === undefined ? resolve(result as Result) : reject(new Refused(error)),
        })
        own.postMessage({ id, item } satisfies Sent, item.bytes === undefined ? [] : [item.bytes.buffer])
      }),
    fail(message) {
      failure = new Refused({ name: 'StoreError', message })
      for (const { settle } of underWay.values()) settle({ id: 0, error: failure })
      underWay.clear()
      bytes = 0
    },
    waiting: () => ({ items: underWay.size, bytes }),
    close: () => own.close(),
  }
}

/** In the thread: calls `take` for each item, and returns what takes those that wait while a query runs. */
export function takeFrom(port: MessagePort, take: (item: Item) => unknown): () => void {
  const handle = ({ id, item }: Sent) => {
    const outcome: Outcome = { id }
    try {
      outcome.result = take(item)
    } catch (error) {
      const { name, message } = error as Error
      outcome.error = { name, message }
    }
    port.postMessage(outcome)
  }
  port.on('message', handle)
  return () => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      handle(next.message as Sent)
  }
}

const mostMsBetween = 100

/** Does what is due while a query runs, at most ten times a second. */
export function between(...tasks: (() => void)[]): () => void {
  let last = 0
  let isRunning = false
  return () => {
    const now = Date.now()
    if (isRunning || now - last < mostMsBetween) return
    last = now
    // A task may ask queries of its own.
    isRunning = true
    try {
      for (const task of tasks) task()
    } finally {
      isRunning = false
    }
  }
}
