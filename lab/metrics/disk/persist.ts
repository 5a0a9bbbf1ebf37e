/** Keeps a store on disk: every sample goes to a log first, logs become blocks, blocks become larger ones, old ones leave. */
import { once } from 'node:events'
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { keyOf, type Labels } from '../../../engines/labels.ts'
import type { Store } from '../../../engines/promql/index.ts'
import { readBlock, writeBlock } from './block.ts'
import type { CompactSettings } from './compact.ts'
import { type BlockFile, blockName, findFiles, logName } from './files.ts'
import { type LoggedSeries, type Note, openLog, readLog } from './log.ts'

export interface Span {
  from: number
  to: number
}

interface PersistOptions {
  folder: string
  /** Takes what is on disk. */
  store: Store
  onNote: (note: Note) => void
  /** Milliseconds, and bytes of all files together. */
  retention: number
  size: number
}

export interface Persisted {
  /** As the one given, and writes down what it stores. */
  store: Store
  note(note: Note): void
  /** Called now and then; what came before is safe from a crash of the process afterwards. */
  flush(): void
  /** Writes a block of all that is in the store and did not come by its log: right after the start. */
  keepAll(): void
  /** Turns what has gathered into blocks, and takes away what is too old or too much. */
  tidy(): Promise<void>
  /** Spans of time that are kept whatever their age. */
  pin(spans: readonly Span[]): void
  blocks(): readonly BlockFile[]
  bytes(): number
  /** Bytes of the log that could not be read at the start. */
  lost: number
  /** Why the last blocks could not be written. */
  failure(): string | undefined
  close(): void
}

const mostOfALog = 16 * 1024 * 1024
const longestLog = 5 * 60_000
/** Blocks are put together when there are so many neighbours of at most so many samples. */
const mergedFrom = 6
const mostMerged = 2_500_000

export function persist({ folder, store, onNote, retention, size }: PersistOptions): Persisted {
  mkdirSync(folder, { recursive: true })
  let { blocks, logs } = findFiles(folder)
  for (const { path } of blocks) readBlock(path, labels => store.series(labels), onNote)
  let lost = 0
  for (const { path } of logs) lost += replay(path, store, onNote)
  let number = Math.max(0, ...blocks.map(({ to }) => to), ...logs.map(each => each.number)) + 1
  let closed = logs.map(each => each.number)
  const log = openLog(join(folder, logName(number)))
  let openedAt = Date.now()
  let pins: readonly Span[] = []
  let failure: string | undefined
  let isTidying = false

  async function tidy(): Promise<void> {
    if (log.size() > mostOfALog || (Date.now() - openedAt > longestLog && log.size() > 1000)) {
      closed.push(number)
      number++
      log.moveTo(join(folder, logName(number)))
      openedAt = Date.now()
    }
    const [first, last] = [closed[0], closed.at(-1)]
    if (first !== undefined && last !== undefined) {
      const paths = closed.map(each => join(folder, logName(each)))
      await compact({ blocks: [], logs: paths, to: join(folder, blockName(first, last)) })
      closed = []
    }
    for (let group = mergeable(blocks); group !== undefined; group = mergeable(blocks)) {
      const to = join(folder, blockName(group[0]!.from, group.at(-1)!.to))
      await compact({ blocks: group.map(({ path }) => path), logs: [], to })
    }
    dropOld()
  }

  async function compact(settings: CompactSettings): Promise<void> {
    const worker = new Worker(new URL('./compact.ts', import.meta.url), { workerData: settings })
    await once(worker, 'message')
    for (const path of [...settings.blocks, ...settings.logs]) rmSync(path, { force: true })
    blocks = findBlocks()
  }

  function findBlocks(): BlockFile[] {
    return findFiles(folder).blocks
  }

  function dropOld(): void {
    const isPinned = ({ first, last }: BlockFile) => pins.some(({ from, to }) => from <= last && first <= to)
    let total = bytes()
    for (const block of blocks) {
      if (total <= size && block.last >= Date.now() - retention) break
      if (isPinned(block)) continue
      rmSync(block.path)
      total -= block.bytes
    }
    blocks = findBlocks()
  }

  function bytes(): number {
    const ofLogs = closed.map(
      each => statSync(join(folder, logName(each)), { throwIfNoEntry: false })?.size ?? 0,
    )
    return [...blocks.map(block => block.bytes), ...ofLogs, log.size()].reduce((sum, each) => sum + each, 0)
  }

  return {
    store: recording(store, log),
    note: log.note,
    flush: log.flush,
    keepAll() {
      const path = join(folder, blockName(number, number))
      log.moveTo(join(folder, logName(++number)))
      writeBlock(path, store, [])
      blocks = findBlocks()
    },
    async tidy() {
      if (isTidying) return
      isTidying = true
      try {
        await tidy()
        failure = undefined
      } catch (error) {
        failure = (error as Error).message
      } finally {
        isTidying = false
      }
    },
    pin(spans) {
      pins = spans
    },
    blocks: () => blocks,
    bytes,
    lost,
    failure: () => failure,
    close: log.close,
  }
}

function mergeable(blocks: readonly BlockFile[]): BlockFile[] | undefined {
  let group: BlockFile[] = []
  let samples = 0
  for (const block of blocks) {
    if (samples + block.samples > mostMerged || block.samples > mostMerged / 2) {
      if (group.length >= mergedFrom) return group
      group = []
      samples = 0
    }
    // A large one stays as it is, and those on both sides of it are no neighbours.
    if (block.samples > mostMerged / 2) continue
    group.push(block)
    samples += block.samples
  }
  return group.length >= mergedFrom ? group : undefined
}

function replay(path: string, store: Store, onNote: (note: Note) => void): number {
  const appenders: ReturnType<Store['series']>[] = []
  const appenderOf = (labels: Labels, number: number) => {
    appenders[number] ??= store.series(labels)
    return appenders[number]
  }
  return readLog(path, {
    sample: (labels, number, time, value) => appenderOf(labels, number).append(time, value),
    stale: (labels, number, time) => appenderOf(labels, number).markStale(time),
    note: onNote,
  }).lost
}

type Appender = ReturnType<Store['series']>

/** Series whose place in the log is remembered. */
const mostKnown = 200_000

type Recorder = Pick<ReturnType<typeof openLog>, 'sample' | 'stale'>

function recording(store: Store, log: Recorder): Store {
  const known = new Map<string, Appender>()

  function appenderOf(labels: Labels): Appender {
    const key = keyOf(labels)
    const found = known.get(key)
    if (found !== undefined) return found
    const series: LoggedSeries = { labels, number: 0, file: 0 }
    const inner = store.series(labels)
    const appender: Appender = {
      append(time, value) {
        const outcome = inner.append(time, value)
        if (outcome === 'stored') log.sample(series, time, value)
        return outcome
      },
      extend(times, values, from, to) {
        const taken = inner.extend(times, values, from, to)
        for (let k = from; k < from + taken; k++) log.sample(series, times[k]!, values[k]!)
        return taken
      },
      markStale(time) {
        const outcome = inner.markStale(time)
        if (outcome === 'stored') log.stale(series, time)
        return outcome
      },
    }
    if (known.size > mostKnown) known.clear()
    known.set(key, appender)
    return appender
  }

  return {
    ...store,
    series: appenderOf,
    append: (labels, time, value) => appenderOf(labels).append(time, value),
    markStale: (labels, time) => appenderOf(labels).markStale(time),
  }
}
