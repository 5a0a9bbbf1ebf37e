/** Holds the data and answers queries, in a thread of its own that the server can end when a query does not. */

import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, FromWorker, Request } from './answer.ts'

interface Answering<Loaded> {
  loaded: Loaded
  answer(path: string, parameters: URLSearchParams, isCancelled: () => boolean): Answer
}

/** Called by the file that is the worker; does nothing where that is imported otherwise. */
export function runWorker<Settings, Loaded>(load: (settings: Settings) => Answering<Loaded>): void {
  const port = parentPort
  if (port === null) return
  const { settings, cancelled } = workerData as { settings: Settings; cancelled: Int32Array }
  const send = (message: FromWorker<Loaded>) => port.postMessage(message)
  try {
    const { loaded, answer } = load(settings)
    port.on('message', ({ id, path, parameters }: Request) => {
      // Holds the number of the newest request that is no longer wanted.
      const isCancelled = () => Atomics.load(cancelled, 0) === id
      send({ kind: 'answer', id, ...answer(path, new URLSearchParams(parameters), isCancelled) })
    })
    send({ kind: 'loaded', loaded })
  } catch (error) {
    send({ kind: 'unloadable', message: (error as Error).message })
  }
}
