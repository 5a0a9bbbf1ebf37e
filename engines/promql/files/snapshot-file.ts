import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Storage } from '../storage.ts'
import type { Store, StoreOptions } from '../store/memory.ts'
import { decodeSnapshot, encodeSnapshot } from '../store/snapshot.ts'

/** Writes beside the file first, so that a crash in the middle leaves the old snapshot whole. */
export function saveSnapshot(storage: Storage, path: string): void {
  writeFileSync(`${path}.new`, encodeSnapshot(storage))
  renameSync(`${path}.new`, path)
}

export function loadSnapshot(path: string, options: StoreOptions = {}): Store {
  return decodeSnapshot(readFileSync(path), options)
}
