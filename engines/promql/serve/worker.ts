/** Holds the data and answers queries, in a thread of its own that the server can end when a query does not. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Limits } from '../../budget.ts'
import type { QueryOptions } from '../engine/results.ts'
import { loadDataFile } from '../files/data-file.ts'
import { type Answer, answer } from './api.ts'

export interface WorkerSettings {
  path: string
  nanIsStale: boolean
  semantics: NonNullable<QueryOptions['semantics']>
  limits: Partial<Limits>
  timeout: number
  /** Holds the number of the newest request that is no longer wanted. */
  cancelled: Int32Array<SharedArrayBuffer>
}

export interface Loaded {
  series: number
  samples: number
  refused: number
  dropped: number
  newest: number | undefined
}

export interface Request {
  id: number
  path: string
  parameters: string
}

export type FromWorker =
  | { kind: 'loaded'; loaded: Loaded }
  | { kind: 'unloadable'; message: string }
  | ({ kind: 'answer'; id: number } & Answer)

if (parentPort !== null) main(parentPort, workerData as WorkerSettings)

function main(port: NonNullable<typeof parentPort>, settings: WorkerSettings): void {
  const send = (message: FromWorker) => port.postMessage(message)
  try {
    const { semantics, limits, timeout, cancelled, path, nanIsStale } = settings
    const data = loadDataFile(path, { nanIsStale })
    const { series, samples, newest } = data.store.stats()
    const { refused, dropped } = data
    port.on('message', ({ id, path, parameters }: Request) => {
      const isCancelled = () => Atomics.load(cancelled, 0) === id
      const options = { semantics, limits, timeout, isCancelled }
      send({ kind: 'answer', id, ...answer(data, path, new URLSearchParams(parameters), options) })
    })
    send({ kind: 'loaded', loaded: { series, samples, refused, dropped, newest } })
  } catch (error) {
    send({ kind: 'unloadable', message: (error as Error).message })
  }
}
