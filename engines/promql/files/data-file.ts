import { closeSync, openSync, readSync } from 'node:fs'
import { createStore, type Store, type StoreOptions } from '../store/memory.ts'
import { isSnapshot } from '../store/snapshot.ts'
import type { Metadata } from '../text/openmetrics.ts'
import { readMetricsFile } from './openmetrics-file.ts'
import { loadSnapshot } from './snapshot-file.ts'

export interface DataFile {
  store: Store
  metadata: ReadonlyMap<string, Metadata>
  /** Samples left out because their series has another value at the same time. */
  refused: number
  /** The oldest, which went beyond the store's bounds. */
  dropped: number
}

/**
 * A snapshot, an OpenMetrics dump or Prometheus' text format, told apart by what is in it; in any order. Samples without
 * a time, as a page of /metrics has them, are from now.
 */
export function loadDataFile(path: string, options: StoreOptions & { nanIsStale?: boolean } = {}): DataFile {
  const anyOrder = { ...options, outOfOrderWindow: Number.POSITIVE_INFINITY }
  if (isSnapshot(startOf(path))) {
    const store = loadSnapshot(path, anyOrder)
    return { store, metadata: new Map(), refused: 0, dropped: store.stats().dropped }
  }
  const store = createStore(anyOrder)
  const { nanIsStale = false } = options
  const { metadata, refused } = readMetricsFile(store, path, { nanIsStale, time: Date.now() })
  return { store, metadata, refused, dropped: store.stats().dropped }
}

function startOf(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const start = Buffer.alloc(16)
    return start.subarray(0, readSync(file, start, 0, start.length, 0))
  } finally {
    closeSync(file)
  }
}
