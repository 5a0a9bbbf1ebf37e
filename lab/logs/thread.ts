/** The thread of the logs: answers Loki's API; where all is in memory, it takes OTLP's log records in too. */
import type { MessagePort } from 'node:worker_threads'
import { createLogStore, readLogs } from '../../engines/logql/index.ts'
import { answer } from '../../engines/logql/serve/api.ts'
import { runWorker } from '../../engines/serve/run-worker.ts'
import { between, type Item, takeFrom } from '../intake.ts'
import { readRequest } from '../otlp/request.ts'
import type { Taken } from '../otlp/response.ts'
import { openForReading, snapshot } from '../store/database.ts'
import { storedLogs } from './storage.ts'

interface LogsSettings {
  intake: MessagePort
  /** Milliseconds. */
  retention: number
  timeout: number
  entries: number
  characters: number
  /** Undefined: all is in memory. */
  database?: string | undefined
}

export interface LogsStatus {
  streams: number
  entries: number
  /** Milliseconds; undefined where there are no lines. */
  oldest: number | undefined
  received: number
  dropped: number
}

/** As Loki. A line of next year would be the newest for all that time. */
const mostMsAhead = 10 * 60_000

runWorker((settings: LogsSettings) =>
  settings.database === undefined ? inMemory(settings) : onDisk(settings.database, settings.timeout),
)

function onDisk(path: string, timeout: number) {
  const database = openForReading(path)
  const storage = storedLogs(database)
  return {
    loaded: {},
    answer(path: string, parameters: URLSearchParams, isCancelled: () => boolean) {
      const started = Date.now()
      const isOver = () => Date.now() - started > timeout || isCancelled()
      return snapshot(database, () => answer(storage, path, parameters, { limits: {}, isCancelled: isOver }))
    },
  }
}

function inMemory({ intake, retention, entries, characters, timeout }: LogsSettings) {
  const store = createLogStore({ retention, entries, characters, whenFull: 'drop the oldest' })
  let received = 0
  const takeWaiting = takeFrom(intake, take)

  function take(item: Item): unknown {
    if (item.kind === 'status') return statusOf()
    if (item.kind !== 'logs') throw new Error(`Cannot take in "${item.kind}": expected logs or status`)
    const request = readRequest('logs', item.bytes!, item.isJson === true)
    const now = Date.now()
    let [count, rejected] = [0, 0]
    readLogs(request, (labels, entry) => {
      if (entry.time > now + mostMsAhead || entry.time < now - retention) {
        rejected++
        return
      }
      store.append(labels, entry)
      count++
    })
    received += count
    const message = rejected === 0 ? '' : 'lines from the future, or older than the lab keeps, were left out'
    return { count, rejected, message } satisfies Taken
  }

  function statusOf(): LogsStatus {
    const { streams, entries, oldest, dropped } = store.stats()
    return { streams, entries, oldest: entries === 0 ? undefined : oldest, received, dropped }
  }

  return {
    loaded: {},
    answer(path: string, parameters: URLSearchParams, isCancelled: () => boolean) {
      const started = Date.now()
      const keepUp = between(takeWaiting)
      return answer(store, path, parameters, {
        limits: {},
        isCancelled() {
          keepUp()
          return Date.now() - started > timeout || isCancelled()
        },
      })
    },
  }
}
