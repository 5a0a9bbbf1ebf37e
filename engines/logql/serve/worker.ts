import { runWorker } from '../../serve/run-worker.ts'
import type { Limits } from '../engine/result.ts'
import { loadLogFile } from '../files/otlp-file.ts'
import { answer } from './api.ts'

export interface WorkerSettings {
  path: string
  limits: Partial<Limits>
  /** Milliseconds a query may take. */
  timeout: number
}

export interface Loaded {
  streams: number
  entries: number
  newest: number
}

runWorker(({ path, limits, timeout }: WorkerSettings) => {
  const store = loadLogFile(path)
  const { streams, entries, newest } = store.stats()
  return {
    loaded: { streams, entries, newest } satisfies Loaded,
    answer(path, parameters, isCancelled) {
      const started = Date.now()
      const isStopped = () => Date.now() - started > timeout || isCancelled()
      return answer(store, path, parameters, { limits, isCancelled: isStopped })
    },
  }
})
