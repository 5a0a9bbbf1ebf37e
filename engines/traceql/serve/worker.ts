import type { Limits } from '../../budget.ts'
import { runWorker } from '../../serve/run-worker.ts'
import { loadTraceFile } from '../files/otlp-file.ts'
import { answer, errorAnswer } from './api.ts'

export interface WorkerSettings {
  path: string
  limits: Partial<Limits>
  /** Milliseconds a query may take. */
  timeout: number
}

export interface Loaded {
  traces: number
  spans: number
  droppedSpans: number
  oldest: bigint | undefined
  newest: bigint | undefined
}

runWorker(({ path, limits, timeout }: WorkerSettings) => {
  const store = loadTraceFile(path)
  return {
    loaded: store.stats() satisfies Loaded,
    answer(path, parameters, isCancelled) {
      const started = Date.now()
      const isLate = () => Date.now() - started > timeout
      const found = answer(store, path, parameters, { limits, isCancelled: () => isLate() || isCancelled() })
      return isLate() && found.status !== 200 ? errorAnswer(503, 'timeout', 'query timed out') : found
    },
  }
})
