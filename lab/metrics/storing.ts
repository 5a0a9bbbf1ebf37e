/** Where the metrics are: in memory alone, or on disk too; there from an earlier run, or from an invented past. */
import { join } from 'node:path'
import { historyColumns } from '../../compose/history/openmetrics.ts'
import type { Preset } from '../../contract/windows.ts'
import { labelsOf, metricName } from '../../engines/labels.ts'
import { createStore, type Store } from '../../engines/promql/index.ts'
import { readJsonFile, writeJsonFile } from '../store/json-file.ts'
import { createDescriptions, type Descriptions } from './descriptions.ts'
import type { Note } from './disk/log.ts'
import { type Persisted, persist } from './disk/persist.ts'
import { createExemplars, type Exemplars } from './exemplars.ts'

interface StoringOptions {
  retention: number
  maxSamples: number
  maxExemplars: number
  /** Undefined: nothing is kept on disk. */
  disk?: { folder: string; size: number } | undefined
  /** Whose past to invent where there is none. */
  history?: { preset: Preset; now: number } | undefined
}

interface Storing {
  store: Store
  metadata: Descriptions
  exemplars: Exemplars
  persisted: Persisted | undefined
  /** Data in JSON from the run before, and for the next one. */
  state<State>(): State | undefined
  saveState(state: object): void
}

export function createStoring(options: StoringOptions): Storing {
  const { retention, maxSamples, maxExemplars, disk, history } = options
  const store = createStore({ retention, maxSamples })
  let persisted: Persisted | undefined
  const metadata = createDescriptions((name, { type, help, unit }) =>
    persisted?.note({ kind: 'metadata', name, type, help, unit }),
  )
  const exemplars = createExemplars(maxExemplars)
  const onNote = (note: Note) => {
    if (note.kind === 'metadata')
      metadata.set(note.name, { type: note.type, help: note.help, unit: note.unit })
    else exemplars.add({ ...note, series: labelsOf(note.series), labels: labelsOf(note.labels) })
  }
  const stateFile = disk === undefined ? undefined : join(disk.folder, 'rules.json')
  if (disk !== undefined)
    persisted = persist({ folder: disk.folder, store, onNote, retention, size: disk.size })
  if (history !== undefined && store.stats().samples === 0) {
    invent(store, history.preset, history.now)
    persisted?.keepAll()
  }
  return {
    store: persisted?.store ?? store,
    metadata,
    exemplars: persisted === undefined ? exemplars : notingExemplars(exemplars, persisted),
    persisted,
    state: <State>() => (stateFile === undefined ? undefined : readJsonFile<State>(stateFile)),
    saveState(state) {
      if (stateFile !== undefined) writeJsonFile(stateFile, state)
    },
  }
}

function invent(store: Store, preset: Preset, now: number): void {
  for (const { name, labels, times, values } of historyColumns(preset, now)) {
    const series = store.series(labelsOf([...Object.entries(labels), [metricName, name]]))
    const milliseconds = Float64Array.from(times, time => time * 1000)
    const column = Float64Array.from(values, value => Number(value.toPrecision(9)))
    for (let at = 0; at < column.length; ) {
      const taken = series.extend(milliseconds, column, at, column.length)
      if (taken === 0) series.append(milliseconds[at]!, column[at]!)
      at += Math.max(1, taken)
    }
  }
}

function notingExemplars(exemplars: Exemplars, { note }: Persisted): Exemplars {
  return {
    ...exemplars,
    add(exemplar) {
      const isNew = exemplars.add(exemplar)
      const { series, labels, value, time } = exemplar
      if (isNew) note({ kind: 'exemplar', series: [...series], labels: [...labels], value, time })
      return isNew
    },
  }
}
