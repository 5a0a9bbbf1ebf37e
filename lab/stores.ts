/** The stores, each in threads of its own: on disk, or in memory with --memory. */
import type { MessagePort } from 'node:worker_threads'
import * as logql from '../engines/logql/serve/api.ts'
import * as promql from '../engines/promql/serve/api.ts'
import * as traceql from '../engines/traceql/serve/api.ts'
import type { Refused } from './intake.ts'
import type { TakenLines } from './logs/tails.ts'
import type { LogsStatus } from './logs/thread.ts'
import type { TakenWrite } from './metrics/remote-write.ts'
import type { MetricsStatus } from './metrics/thread.ts'
import type { Signal } from './otlp/schema.ts'
import type { WriteVersion } from './remote-write/schema.ts'
import type { Folder } from './store/folder.ts'
import { type StoreThread, startThread } from './threads.ts'
import type { TracesStatus } from './traces/thread.ts'
import type { Pin } from './writer/retention.ts'
import { prepareDatabase, startWriter } from './writer/start.ts'
import type { WriterStatus } from './writer/thread.ts'

interface StoresOptions {
  /** Undefined: everything is in memory. */
  folder: Folder | undefined
  /** Bytes on disk, of all together. */
  size: number
  /** Milliseconds. */
  retention: number
  /** The preset whose past is invented in an empty store. */
  history: string | undefined
  metrics: object
  alerts: MessagePort
  onFailure: (message: string) => void
}

interface Stores {
  metrics: StoreThread
  logs: Pick<StoreThread, 'evaluator'>
  traces: Pick<StoreThread, 'evaluator'>
  /** Throws a Refused. */
  take(signal: Signal, bytes: Uint8Array<ArrayBuffer>, isJson: boolean): Promise<TakenLines>
  /** What another Prometheus writes. Throws a Refused. */
  takeWrite(version: WriteVersion, bytes: Uint8Array<ArrayBuffer>): Promise<TakenWrite>
  spanMetrics(): Promise<string>
  /** For what goes where lines are taken in. */
  sendToLogs: StoreThread['send']
  pin(pins: readonly Pin[]): Promise<void>
  /** Bytes that came and are not stored yet. */
  waiting(): number
  /** The same before each store. On disk, logs and traces wait in one line for the one writer. */
  waitingBefore(): Record<Signal, number>
  status(): Promise<StoresStatus>
  close(): Promise<void>
}

export interface StoresStatus {
  metrics: MetricsStatus
  logs: LogsStatus
  traces: TracesStatus
  /** Bytes; undefined where nothing is kept on disk. */
  disk: { folder: string; bytes: number; limit: number } | undefined
}

/** What is held at most where all is in memory. */
const inMemory = {
  samples: 20_000_000,
  logs: { entries: 300_000, characters: 150_000_000 },
  spans: 200_000,
}
/** Of the bytes on disk; logs and traces have the rest. */
const shareOfMetrics = 0.35
const timeout = 30_000

export async function startStores(options: StoresOptions): Promise<Stores> {
  const { folder, size, retention, history, alerts, onFailure } = options
  if (folder !== undefined) prepareDatabase(folder.database)
  const database = folder?.database
  const ofMetrics = Math.round(size * shareOfMetrics)
  const disk = folder === undefined ? undefined : { folder: folder.metrics, size: ofMetrics }
  const [metrics, logs, traces, writer] = await Promise.all([
    startThread({
      ...{ name: 'metrics', onFailure },
      worker: new URL('./metrics/thread.ts', import.meta.url),
      settings: { ...options.metrics, alerts, retention, maxSamples: inMemory.samples, disk, history },
      transfer: [alerts],
      timeout,
      errorAnswer: promql.errorAnswer,
    }),
    startThread({
      ...{ name: 'logs', onFailure },
      worker: new URL('./logs/thread.ts', import.meta.url),
      settings: { ...inMemory.logs, retention, database },
      timeout,
      errorAnswer: logql.errorAnswer,
    }),
    startThread({
      ...{ name: 'traces', onFailure },
      worker: new URL('./traces/thread.ts', import.meta.url),
      settings: { mostSpans: inMemory.spans, retention, database },
      timeout,
      errorAnswer: traceql.errorAnswer,
    }),
    database === undefined
      ? undefined
      : startWriter({ path: database, retention, size: size - ofMetrics, history }, onFailure),
  ])
  const [logsIntake, tracesIntake] = [writer ?? logs, writer ?? traces]

  async function status(): Promise<StoresStatus> {
    const ofMetrics = metrics.send<MetricsStatus>({ kind: 'status' })
    if (writer === undefined || folder === undefined)
      return {
        metrics: await ofMetrics,
        logs: await logs.send<LogsStatus>({ kind: 'status' }),
        traces: await traces.send<TracesStatus>({ kind: 'status' }),
        disk: undefined,
      }
    const ofWriter = await writer.send<WriterStatus>({ kind: 'status' })
    const bytes = ofWriter.bytes + (await ofMetrics).diskBytes
    return {
      metrics: await ofMetrics,
      logs: ofWriter.logs,
      traces: ofWriter.traces,
      disk: { folder: folder.path, bytes, limit: size },
    }
  }

  return {
    metrics,
    logs,
    traces,
    take(signal, bytes, isJson) {
      const intake = { traces: tracesIntake, logs: logsIntake, metrics }[signal]
      return intake.send<TakenLines>({ kind: signal, bytes, isJson })
    },
    takeWrite: (version, bytes) => metrics.send<TakenWrite>({ kind: 'write', version, bytes }),
    sendToLogs: logsIntake.send,
    spanMetrics: () => tracesIntake.send<string>({ kind: 'metrics' }),
    async pin(pins) {
      await Promise.all([metrics.send({ kind: 'pins', pins }), writer?.send({ kind: 'pins', pins })])
    },
    waiting: () =>
      [...new Set([metrics, logsIntake, tracesIntake])].reduce((sum, each) => sum + each.waiting().bytes, 0),
    waitingBefore: () => ({
      metrics: metrics.waiting().bytes,
      logs: logsIntake.waiting().bytes,
      traces: tracesIntake.waiting().bytes,
    }),
    status,
    async close() {
      await metrics.send({ kind: 'close' }).catch((error: Refused) => onFailure(error.message))
      await Promise.all([metrics.close(), logs.close(), traces.close()])
      await writer?.close()
    },
  }
}
