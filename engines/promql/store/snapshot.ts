/**
 * A store as bytes and back. Little-endian: the magic and version, a table of strings, then every series with its
 * labels as numbers in that table and its samples in three columns; a checksum of all that closes it.
 */

import { labelsOf } from '../../labels.ts'
import type { Samples, Storage } from '../storage.ts'
import { byteReader, byteWriter, type Reader, SnapshotError, type Writer } from './bytes.ts'
import { createStore, type Store, type StoreOptions } from './memory.ts'

const magic = 0x53_51_50_53 // "SPQS"
const version = 1
/** Magic, version and checksum. */
const frame = 4 + 4 + 4

export function encodeSnapshot(storage: Storage): Uint8Array {
  const out = byteWriter()
  out.uint32(magic)
  out.uint32(version)
  const all = storage.select([], -Infinity, Infinity)
  const numbers = new Map<string, number>()
  for (const { labels } of all)
    for (const pair of labels)
      for (const text of pair) if (!numbers.has(text)) numbers.set(text, numbers.size)
  out.uint32(numbers.size)
  for (const text of numbers.keys()) out.text(text)
  out.uint32(all.length)
  for (const { labels, read } of all) {
    out.uint32(labels.size)
    for (const pair of labels) for (const text of pair) out.uint32(numbers.get(text)!)
    writeSamples(out, read(-Infinity, Infinity))
  }
  return out.finish()
}

/** Refuses what is damaged or foreign; `options` bound the new store, which drops what does not fit. */
export function decodeSnapshot(bytes: Uint8Array, options: StoreOptions = {}): Store {
  if (bytes.length < frame || !isSnapshot(bytes))
    throw new SnapshotError('Cannot read the snapshot: expected a file written by this store, got other data')
  const reader = byteReader(bytes)
  reader.uint32()
  const found = reader.uint32()
  if (found !== version)
    throw new SnapshotError(`Cannot read the snapshot: expected version ${version}, got ${found}`)
  reader.checkSum()
  const texts = Array.from({ length: reader.count(4) }, () => reader.text())
  const store = createStore(options)
  for (let left = reader.count(8); left > 0; left--) {
    const pairs = Array.from(
      { length: reader.count(8) },
      () => [textAt(texts, reader), textAt(texts, reader)] as const,
    )
    readSamples(reader, store.series(labelsOf(pairs)))
  }
  reader.end()
  return store
}

/** Whether bytes begin as a snapshot does. */
export function isSnapshot(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && byteReader(bytes).uint32() === magic
}

function textAt(texts: readonly string[], reader: Reader): string {
  const text = texts[reader.uint32()]
  if (text === undefined)
    throw new SnapshotError('Cannot read the snapshot: a label points outside its table')
  return text
}

function writeSamples(out: Writer, { times, values, stale, length }: Samples): void {
  out.uint32(length)
  out.floats(times, length)
  out.floats(values, length)
  const marks: number[] = []
  for (let i = 0; i < length; i++) if (stale?.[i] === 1) marks.push(i)
  out.uint32(marks.length)
  for (const position of marks) out.uint32(position)
}

function readSamples(reader: Reader, series: ReturnType<Store['series']>): void {
  const length = reader.count(16)
  const times = reader.floats(length)
  const values = reader.floats(length)
  const marks = new Set(Array.from({ length: reader.count(4) }, () => reader.uint32()))
  for (let i = 0; i < length; i++)
    if (marks.has(i)) series.markStale(times[i]!)
    else series.append(times[i]!, values[i]!)
}
