import type { Limits } from '../../budget.ts'
import { runWorker } from '../../serve/run-worker.ts'
import type { QueryOptions } from '../engine/results.ts'
import { loadDataFile } from '../files/data-file.ts'
import { answer } from './api.ts'

export interface WorkerSettings {
  path: string
  nanIsStale: boolean
  semantics: NonNullable<QueryOptions['semantics']>
  features: NonNullable<QueryOptions['features']>
  limits: Partial<Limits>
  timeout: number
}

export interface Loaded {
  series: number
  samples: number
  refused: number
  dropped: number
  newest: number | undefined
}

runWorker(({ path, nanIsStale, semantics, features, limits, timeout }: WorkerSettings) => {
  const data = loadDataFile(path, { nanIsStale })
  const { series, samples, newest } = data.store.stats()
  const { refused, dropped } = data
  return {
    loaded: { series, samples, refused, dropped, newest } satisfies Loaded,
    answer: (path, parameters, isCancelled) =>
      answer(data, path, parameters, { semantics, features, limits, timeout, isCancelled }),
  }
})
