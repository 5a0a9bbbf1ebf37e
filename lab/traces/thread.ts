/** The thread of the traces: answers Tempo's API. Where spans are kept in memory, it also takes them in, as OTLP. */
import type { MessagePort } from 'node:worker_threads'
import { runWorker } from '../../engines/serve/run-worker.ts'
import { batchesOf, createTraceStore, type TraceStorage } from '../../engines/traceql/index.ts'
import { answer, errorAnswer } from '../../engines/traceql/serve/api.ts'
import { between, type Item, takeFrom } from '../intake.ts'
import { readRequest } from '../otlp/request.ts'
import { openForReading, snapshot } from '../store/database.ts'
import { createSpanMetrics } from './span-metrics.ts'
import { storedTraces } from './storage.ts'

interface TracesSettings {
  intake: MessagePort
  /** Milliseconds. */
  retention: number
  /** Milliseconds a query may take. */
  timeout: number
  mostSpans: number
  /** The file another thread writes spans into; without one they are kept in memory. */
  database?: string | undefined
}

export interface TracesStatus {
  traces: number
  spans: number
  received: number
  dropped: number
  /** Series worked out from spans. */
  series: number
}

runWorker((settings: TracesSettings) =>
  settings.database === undefined ? inMemory(settings) : onDisk(settings.database, settings.timeout),
)

function onDisk(path: string, timeout: number) {
  const database = openForReading(path)
  const storage = storedTraces(database)
  return {
    loaded: {},
    answer(path: string, parameters: URLSearchParams, isCancelled: () => boolean) {
      return snapshot(database, () => answerWithin(storage, path, parameters, timeout, isCancelled))
    },
  }
}

function inMemory({ intake, retention, mostSpans, timeout }: TracesSettings) {
  const store = createTraceStore({ mostSpans, retention })
  const metrics = createSpanMetrics()
  let received = 0
  const takeWaiting = takeFrom(intake, take)

  function take(item: Item): unknown {
    if (item.kind === 'status') return statusOf()
    if (item.kind === 'metrics') return metrics.text(Date.now())
    if (item.kind !== 'traces')
      throw new Error(`Cannot take in "${item.kind}": expected traces, metrics or status`)
    const batches = batchesOf(readRequest('traces', item.bytes!, item.isJson === true))
    store.add(batches)
    metrics.add(batches, Date.now())
    const count = batches.reduce((sum, { spans }) => sum + spans.length, 0)
    received += count
    return { count }
  }

  function statusOf(): TracesStatus {
    const { traces, spans, droppedSpans } = store.size()
    return { traces, spans, received, dropped: droppedSpans, series: metrics.series() }
  }

  return {
    loaded: {},
    answer(path: string, parameters: URLSearchParams, isCancelled: () => boolean) {
      const keepUp = between(takeWaiting)
      return answerWithin(store, path, parameters, timeout, () => {
        keepUp()
        return isCancelled()
      })
    },
  }
}

function answerWithin(
  storage: TraceStorage,
  path: string,
  parameters: URLSearchParams,
  timeout: number,
  isCancelled: () => boolean,
) {
  const started = Date.now()
  const isLate = () => Date.now() - started > timeout
  const found = answer(storage, path, parameters, {
    limits: { samples: 50_000_000 },
    isCancelled: () => isCancelled() || isLate(),
  })
  return isLate() && found.status !== 200 ? errorAnswer(503, 'timeout', 'query timed out') : found
}
