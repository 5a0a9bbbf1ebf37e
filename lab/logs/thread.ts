/** The thread of the logs: answers Loki's API; where all is in memory, it takes OTLP's log records in too. */
import type { MessagePort } from 'node:worker_threads'
import { createLogStore } from '../../engines/logql/index.ts'
import { answer } from '../../engines/logql/serve/api.ts'
import { runWorker } from '../../engines/serve/run-worker.ts'
import { between, type Item, takeFrom } from '../intake.ts'
import { readRequest } from '../otlp/request.ts'
import { openForReading, snapshot } from '../store/database.ts'
import { welcomeLines } from './lines.ts'
import { storedLogs } from './storage.ts'
import { createTails, type TakenLines } from './tails.ts'

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
  const tails = createTails()
  let received = 0
  const takeWaiting = takeFrom(intake, take)

  function take(item: Item): unknown {
    if (item.kind === 'status') return statusOf()
    if (item.kind === 'tail') return tails.add(item.id as number, item.query as string)
    if (item.kind === 'end tail') return tails.remove(item.id as number)
    if (item.kind !== 'logs')
      throw new Error(`Cannot take in "${item.kind}": expected logs, tail, end tail or status`)
    const request = readRequest('logs', item.bytes!, item.isJson === true)
    const { lines, ...taken } = welcomeLines(request, Date.now(), retention)
    for (const [labels, entries] of lines) for (const entry of entries) store.append(labels, entry)
    received += taken.count
    return { ...taken, tailed: tails.of(lines) } satisfies TakenLines
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
