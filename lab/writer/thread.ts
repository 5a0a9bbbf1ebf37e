/** The one thread that writes logs and traces: takes OTLP in, works out metrics of spans, and keeps within the bounds. */
import type { DatabaseSync } from 'node:sqlite'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { findPreset } from '../../compose/presets.ts'
import { batchesOf } from '../../engines/traceql/index.ts'
import type { Batch } from '../../engines/traceql/otlp/read.ts'
import { type Item, takeFrom } from '../intake.ts'
import { type Lines, linesOf, welcomeLines } from '../logs/lines.ts'
import { createTails, type TakenLines } from '../logs/tails.ts'
import { logWriter } from '../logs/write.ts'
import { readRequest } from '../otlp/request.ts'
import type { Taken } from '../otlp/response.ts'
import { openForWriting, transaction } from '../store/database.ts'
import { writingDictionary } from '../store/dictionary.ts'
import { createSpanMetrics } from '../traces/span-metrics.ts'
import { traceWriter } from '../traces/write.ts'
import { pastRequests } from './past.ts'
import { type Pin, retention } from './retention.ts'

export interface WriterSettings {
  intake: MessagePort
  path: string
  /** Milliseconds. */
  retention: number
  /** Bytes of the database. */
  size: number
  /** The preset of whose incident there are lines and traces, in an empty store. */
  history?: string | undefined
}

export interface WriterStatus {
  logs: { entries: number; streams: number; received: number; dropped: number; oldest: number | undefined }
  traces: { traces: number; spans: number; received: number; dropped: number; series: number }
  bytes: number
}

const tidyEvery = 2000

/** The disk is full, or does not answer: the sender may try again. */
class StoreError extends Error {
  override name = 'StoreError'
}

if (parentPort !== null) run(parentPort, workerData as WriterSettings)

function run(port: MessagePort, settings: WriterSettings): void {
  const database = openForWriting(settings.path)
  const dictionary = writingDictionary(database)
  const logs = logWriter(database, dictionary)
  const traces = traceWriter(database, dictionary)
  const kept = retention(database, settings)
  const metrics = createSpanMetrics()
  const tails = createTails()
  const received = { lines: 0, spans: 0 }

  function write<Result>(work: () => Result): Result {
    try {
      return transaction(database, work)
    } catch (error) {
      dictionary.forget()
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') throw error
      throw new StoreError(`Cannot write to ${settings.path}: ${(error as Error).message}`)
    }
  }

  function writeLines(lines: Lines): void {
    write(() => {
      for (const [labels, entries] of lines) logs.write(labels, entries)
    })
    for (const entries of lines.values()) kept.count({ entries: entries.length })
  }

  function writeSpans(batches: readonly Batch[]): number {
    const count = batches.reduce((sum, { spans }) => sum + spans.length, 0)
    write(() => traces.write(batches))
    kept.count({ spans: count })
    return count
  }

  function takeLogs(item: Item): TakenLines {
    const request = readRequest('logs', item.bytes!, item.isJson === true)
    const { lines, ...taken } = welcomeLines(request, Date.now(), settings.retention)
    writeLines(lines)
    received.lines += taken.count
    return { ...taken, tailed: tails.of(lines) }
  }

  function takeTraces(item: Item): Taken {
    const batches = batchesOf(readRequest('traces', item.bytes!, item.isJson === true))
    const count = writeSpans(batches)
    metrics.add(batches, Date.now())
    received.spans += count
    return { count }
  }

  function take(item: Item): unknown {
    switch (item.kind) {
      case 'logs':
        return takeLogs(item)
      case 'traces':
        return takeTraces(item)
      case 'tail':
        return tails.add(item.id as number, item.query as string)
      case 'end tail':
        return tails.remove(item.id as number)
      case 'metrics':
        return metrics.text(Date.now())
      case 'pins':
        return write(() => kept.pin(item.pins as readonly Pin[]))
      case 'status':
        return status()
      default:
        throw new Error(
          `Cannot take in "${item.kind}": expected logs, traces, tail, end tail, metrics, pins or status`,
        )
    }
  }

  function status(): WriterStatus {
    const { entries, streams, oldest, droppedEntries, traces, spans, droppedSpans, bytes } = kept.status()
    return {
      logs: { entries, streams, received: received.lines, dropped: droppedEntries, oldest },
      traces: { traces, spans, received: received.spans, dropped: droppedSpans, series: metrics.series() },
      bytes,
    }
  }

  /** In small steps, so that what comes in does not wait long. */
  function tidy(): void {
    const goesOn = write(() => [kept.enforce(Date.now()), logs.merge(), traces.merge()].includes(true))
    setTimeout(tryToTidy, goesOn ? 20 : tidyEvery)
  }

  function tryToTidy(): void {
    try {
      tidy()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      setTimeout(tryToTidy, tidyEvery)
    }
  }

  function invent(presetName: string): void {
    const { logs: lines, traces: spans } = pastRequests(findPreset(presetName), Date.now() / 1000)
    writeLines(linesOf(lines))
    writeSpans(batchesOf(spans))
  }

  const { entries, spans } = kept.status()
  if (settings.history !== undefined && entries + spans === 0) invent(settings.history)
  takeFrom(settings.intake, take)
  setTimeout(tryToTidy, tidyEvery)
  port.on('message', () => close(database, port))
  port.postMessage('ready')
}

function close(database: DatabaseSync, port: MessagePort): void {
  database.close()
  port.postMessage('closed')
  process.exit()
}
