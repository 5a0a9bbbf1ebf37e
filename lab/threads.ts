/** Starts the thread of a store: with a channel for what comes in, and a queue for what is asked. */
import type { Transferable } from 'node:worker_threads'
import type { ErrorAnswer } from '../engines/serve/answer.ts'
import { type Evaluator, startEvaluator } from '../engines/serve/evaluator.ts'
import { createIntake, type Intake, type Item } from './intake.ts'

export interface StoreThread<Loaded = unknown> {
  evaluator: Evaluator<Loaded>
  send: Intake['send']
  waiting: Intake['waiting']
  close(): Promise<void>
}

interface ThreadOptions {
  /** Of what it keeps, such as `metrics`. */
  name: string
  worker: URL
  settings: object
  transfer?: Transferable[]
  /** Milliseconds a query may take. */
  timeout: number
  errorAnswer: ErrorAnswer
  /** It has ended before it was closed: what is sent to it from then on is refused. */
  onFailure: (message: string) => void
}

export async function startThread<Loaded>(options: ThreadOptions): Promise<StoreThread<Loaded>> {
  const { worker, timeout, errorAnswer, transfer = [] } = options
  const intake = createIntake()
  const evaluator = await startEvaluator<Loaded>({
    worker,
    settings: { ...options.settings, timeout, intake: intake.port },
    transfer: [intake.port, ...transfer],
    timeout,
    errorAnswer,
    isKept: true,
    onEnd(reason) {
      const message = `the thread of the ${options.name} ended: ${reason}`
      intake.fail(message)
      options.onFailure(message)
    },
  })
  return {
    evaluator,
    send: <Result>(item: Item) => intake.send<Result>(item),
    waiting: intake.waiting,
    async close() {
      await evaluator.close()
      intake.close()
    },
  }
}
