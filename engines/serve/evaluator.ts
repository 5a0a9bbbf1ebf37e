/** One query at a time in a worker thread; a thread that does not come back is ended and started anew. */

import { type Transferable, Worker } from 'node:worker_threads'
import type { Answer, ErrorAnswer, FromWorker, Request } from './answer.ts'

export interface Evaluator<Loaded> {
  loaded: Loaded
  /** `signal` aborts when the client has gone. */
  answer(path: string, parameters: URLSearchParams, signal: AbortSignal): Promise<Answer>
  close(): Promise<void>
}

interface Waiting {
  request: Request
  settle: (answer: Answer) => void
}

/** How much longer than its time limit a query may run before its thread is ended. */
const grace = 2000
const mostWaiting = 64

interface EvaluatorOptions {
  /** A file that calls runWorker. */
  worker: URL
  /** What it is given; it is copied to the thread. */
  settings: object
  /** Milliseconds a query may take, and wait. */
  timeout: number
  errorAnswer: ErrorAnswer
  /** Ports among the settings. */
  transfer?: readonly Transferable[]
  /** Its data came in while it ran and could not be read again: a thread that is late is waited for, not ended. */
  isKept?: boolean
  /** Such a thread has ended, and with it its data. */
  onEnd?: (reason: string) => void
}

export async function startEvaluator<Loaded>({
  worker: file,
  settings,
  timeout,
  errorAnswer,
  transfer = [],
  isKept = false,
  onEnd,
}: EvaluatorOptions): Promise<Evaluator<Loaded>> {
  const cancelled = new Int32Array(new SharedArrayBuffer(4))
  const queue: Waiting[] = []
  let running: Waiting | undefined
  let lastId = 0
  let overdue: NodeJS.Timeout | undefined
  let isClosed = false
  let broken: Answer | undefined
  let { worker, loaded } = await start()

  function start() {
    return new Promise<{ worker: Worker; loaded: Loaded }>((resolve, reject) => {
      const worker = new Worker(file, { workerData: { settings, cancelled }, transferList: [...transfer] })
      worker.on('message', (message: FromWorker<Loaded>) => {
        if (message.kind === 'answer') finish(message.id, message)
        else if (message.kind === 'loaded') resolve({ worker, loaded: message.loaded })
        else reject(new Error(message.message))
      })
      worker.on('error', error => {
        reject(error)
        const last = errorAnswer(500, 'internal', `the query ended its thread: ${error.message}`)
        if (isKept) giveUp(error.message, last)
        else replace(last)
      })
      // An error comes before its exit; a thread may also end without one.
      worker.on('exit', code => {
        const reason = `it exited with ${code}`
        reject(new Error(reason))
        if (isKept) giveUp(reason, errorAnswer(500, 'internal', `the thread of the data ended: ${reason}`))
      })
    })
  }

  function finish(id: number, { status, body, type }: Answer): void {
    if (running?.request.id !== id) return
    clearTimeout(overdue)
    running.settle({ status, body, type })
    running = undefined
    next()
  }

  function next(): void {
    running = queue.shift()
    if (running === undefined) return
    worker.postMessage(running.request)
    overdue = setTimeout(() => {
      const late = errorAnswer(503, 'timeout', 'query timed out in expression evaluation')
      if (isKept) running?.settle(late)
      else replace(late)
    }, timeout + grace)
  }

  function giveUp(reason: string, last: Answer): void {
    if (isClosed || broken !== undefined) return
    clearTimeout(overdue)
    broken = last
    running?.settle(last)
    for (const { settle } of queue.splice(0)) settle(last)
    running = undefined
    onEnd?.(reason)
  }

  /** Nothing else runs while the data is read again, so the queue only waits. */
  function replace(last: Answer): void {
    if (isClosed || running === undefined) return
    clearTimeout(overdue)
    const { settle } = running
    running = { request: { id: 0, path: '', parameters: '' }, settle: () => {} }
    settle(last)
    worker
      .terminate()
      .then(start)
      .then(
        started => {
          worker = started.worker
          next()
        },
        error => {
          broken = errorAnswer(500, 'internal', `cannot read the data again: ${error.message}`)
          for (const { settle } of queue.splice(0)) settle(broken)
          running = undefined
        },
      )
  }

  function answer(path: string, parameters: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    if (broken !== undefined) return Promise.resolve(broken)
    if (queue.length >= mostWaiting)
      return Promise.resolve(errorAnswer(503, 'unavailable', `${mostWaiting} queries are waiting already`))
    return new Promise(resolve => {
      const settle = (answer: Answer) => {
        clearTimeout(patience)
        resolve(answer)
      }
      const request = { id: ++lastId, path, parameters: parameters.toString() }
      const waiting = { request, settle }
      queue.push(waiting)
      const withdraw = () => {
        const place = queue.indexOf(waiting)
        if (place >= 0) queue.splice(place, 1)
        return place >= 0
      }
      const patience = setTimeout(() => {
        if (withdraw()) settle(errorAnswer(503, 'timeout', 'query timed out in query queue'))
      }, timeout)
      signal.addEventListener('abort', () => {
        clearTimeout(patience)
        if (!withdraw() && running === waiting) Atomics.store(cancelled, 0, request.id)
      })
      if (running === undefined) next()
    })
  }

  return {
    loaded,
    answer,
    async close() {
      isClosed = true
      clearTimeout(overdue)
      await worker.terminate()
    },
  }
}
