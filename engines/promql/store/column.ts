/** The samples of one series: appending, late samples, and dropping the oldest. */

import type { Samples } from '../storage.ts'
import {
  type Chunk,
  chunkSamples,
  openChunk,
  pack,
  positionOf,
  push,
  pushAll,
  readChunks,
  regularChunk,
} from './chunk.ts'

/** Packed chunks in order of time; the last one is open. */
export interface Column {
  chunks: Chunk[]
  samples: number
}

/**
 * What became of a sample. As in Prometheus, the same sample again changes nothing, while another value for a time
 * that has one, or a time before the newest, is refused.
 */
export type Appended = 'stored' | 'repeated' | 'duplicate' | 'out of order'

/** A series that has filled a chunk will likely go on, but may not fill the next. */
const laterCapacity = 64

export function newColumn(): Column {
  return { chunks: [], samples: 0 }
}

/** A sample older than the newest is taken only when it is not before `oldest`. */
export function append(
  column: Column,
  time: number,
  value: number,
  isStale: boolean,
  oldest: number,
): Appended {
  const { chunks } = column
  const chunk = chunks.at(-1)
  if (chunk === undefined || time > chunk.last) {
    if (chunk === undefined || !push(chunk, time, value, isStale)) {
      if (chunk !== undefined) pack(chunk)
      const next = openChunk(time, chunks.length > 0 ? laterCapacity : undefined)
      push(next, time, value, isStale)
      chunks.push(next)
    }
    column.samples++
    return 'stored'
  }
  if (time === chunk.last) return compare(chunk, chunk.count - 1, value, isStale)
  return time < oldest ? 'out of order' : insert(column, time, value, isStale)
}

/** Appends samples that rise in time and are all newer than what is there. */
export function extend(
  column: Column,
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
): void {
  const { chunks } = column
  for (let at = from; at < to; ) {
    const chunk = chunks.at(-1)
    const taken = chunk === undefined ? 0 : pushAll(chunk, times, values, at, to)
    at += taken
    if (taken > 0) continue
    if (chunk !== undefined) pack(chunk)
    const regular = regularChunk(times, values, at, to)
    at += regular?.count ?? 0
    chunks.push(regular ?? openChunk(times[at]!, Math.min(to - at, chunkSamples)))
  }
  column.samples += to - from
}

/** Drops what is before `cutoff` and says how many samples that were. */
export function dropBefore(column: Column, cutoff: number): number {
  const { chunks } = column
  const before = column.samples
  let gone = 0
  while (gone < chunks.length && chunks[gone]!.last < cutoff) column.samples -= chunks[gone++]!.count
  if (gone > 0) chunks.splice(0, gone)
  const oldest = chunks[0]
  if (oldest !== undefined && oldest.first < cutoff) {
    const rest = readChunks([oldest], cutoff, oldest.last)
    column.samples -= oldest.count - rest.length
    chunks.splice(0, 1, ...chunksOf(rest, chunks.length === 1))
  }
  return before - column.samples
}

export function countBefore(column: Column, time: number): number {
  let count = 0
  for (const chunk of column.chunks) {
    if (chunk.first >= time) break
    count += positionOf(chunk, time)
  }
  return count
}

/** Packs columns into chunks; the last stays open when more will follow. */
function chunksOf(samples: Samples, staysOpen: boolean): Chunk[] {
  const { times, values, stale, length } = samples
  const chunks: Chunk[] = []
  for (let i = 0; i < length; i++) {
    const chunk = chunks.at(-1)
    const isStale = stale?.[i] === 1
    if (chunk !== undefined && push(chunk, times[i]!, values[i]!, isStale)) continue
    if (chunk !== undefined) pack(chunk)
    const next = openChunk(times[i]!, length - i >= chunkSamples ? chunkSamples : undefined)
    push(next, times[i]!, values[i]!, isStale)
    chunks.push(next)
  }
  const last = chunks.at(-1)
  if (last !== undefined && !staysOpen) pack(last)
  return chunks
}

/** Rebuilds the chunk a late sample falls into; never in place, because readers hold views of it. */
function insert(column: Column, time: number, value: number, isStale: boolean): Appended {
  const { chunks } = column
  let at = chunks.length - 1
  while (at > 0 && chunks[at]!.first > time) at--
  const old = chunks[at]!
  const position = positionOf(old, time)
  const { times, values, stale, length } = readChunks([old], old.first, old.last)
  if (position < length && times[position] === time) return compare(old, position, value, isStale)
  const marks = stale ?? (isStale ? new Uint8Array(length) : undefined)
  const merged: Samples = {
    times: inserted(times, position, time),
    values: inserted(values, position, value),
    stale: marks && Uint8Array.from(inserted(Float64Array.from(marks), position, isStale ? 1 : 0)),
    length: length + 1,
  }
  chunks.splice(at, 1, ...split(merged, at === chunks.length - 1))
  column.samples++
  return 'stored'
}

/** In halves when it has grown too long, so that late samples do not leave chunks of one sample behind. */
function split(samples: Samples, staysOpen: boolean): Chunk[] {
  const { times, values, stale, length } = samples
  if (length <= chunkSamples) return chunksOf(samples, staysOpen)
  const half = length >>> 1
  const left = { times, values, stale, length: half }
  const right = {
    times: times.subarray(half),
    values: values.subarray(half),
    stale: stale?.subarray(half),
    length: length - half,
  }
  return [...chunksOf(left, false), ...chunksOf(right, staysOpen)]
}

function inserted(column: Float64Array, position: number, value: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(column.length + 1)
  longer.set(column.subarray(0, position))
  longer[position] = value
  longer.set(column.subarray(position), position + 1)
  return longer
}

/** By bits, as Prometheus compares: NaN repeats NaN, and 0 is another value than -0. */
function compare(chunk: Chunk, position: number, value: number, isStale: boolean): Appended {
  const wasStale = chunk.stale?.includes(position) ?? false
  const isSame = wasStale === isStale && (isStale || Object.is(chunk.values[position], value))
  return isSame ? 'repeated' : 'duplicate'
}
