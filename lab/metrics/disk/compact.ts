/** A thread that turns closed files of the log into a block, or several blocks into one, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Labels } from '../../../engines/labels.ts'
import { createStore } from '../../../engines/promql/index.ts'
import { readBlock, writeBlock } from './block.ts'
import { type Note, readLog } from './log.ts'

export interface CompactSettings {
  blocks: readonly string[]
  logs: readonly string[]
  to: string
}

const mostExemplars = 20_000

if (parentPort !== null) compact(workerData as CompactSettings)

function compact({ blocks, logs, to }: CompactSettings): void {
  const store = createStore()
  const metadata = new Map<string, Note>()
  const exemplars: Note[] = []
  const onNote = (note: Note) => {
    if (note.kind === 'metadata') metadata.set(note.name, note)
    else exemplars.push(note)
  }
  for (const path of blocks) readBlock(path, labels => store.series(labels), onNote)
  for (const path of logs) {
    const appenders: ReturnType<typeof store.series>[] = []
    const appenderOf = (labels: Labels, number: number) => {
      appenders[number] ??= store.series(labels)
      return appenders[number]
    }
    readLog(path, {
      sample: (labels, number, time, value) => appenderOf(labels, number).append(time, value),
      stale: (labels, number, time) => appenderOf(labels, number).markStale(time),
      note: onNote,
    })
  }
  writeBlock(to, store, [...metadata.values(), ...exemplars.slice(-mostExemplars)])
  parentPort!.postMessage('written')
}
