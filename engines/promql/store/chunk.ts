/**
 * A run of samples of one series. The last chunk of a series is open: it grows, with an offset for every time. A full
 * one is packed: its times take no space when they are regular, 2 bytes when gaps stay under 65 s, else 4.
 */

import type { Samples } from '../storage.ts'

export interface Chunk {
  first: number
  last: number
  count: number
  /** May be longer than `count`; the first `count` values never change, because readers hold views of them. */
  values: Float64Array
  /** Undefined: one sample every `step`. Uint16: the gap to the sample before. Uint32: the offset from `first`. */
  times: Uint16Array | Uint32Array | undefined
  step: number
  /** Rising positions of stale marks, rare enough for a list. */
  stale: number[] | undefined
}

export const chunkSamples = 1024
const firstCapacity = 8
const longestSpan = 0xffff_ffff
const longestGap = 0xffff

export function openChunk(time: number, capacity = firstCapacity): Chunk {
  return {
    first: time,
    last: time,
    count: 0,
    values: new Float64Array(capacity),
    times: new Uint32Array(capacity),
    step: 0,
    stale: undefined,
  }
}

/** False when the chunk is full, or the time is too far from its first: then the caller opens the next. */
export function push(chunk: Chunk, time: number, value: number, isStale: boolean): boolean {
  if (chunk.count === chunkSamples || time - chunk.first > longestSpan) return false
  if (chunk.count === chunk.values.length) resize(chunk, Math.min(chunk.count * 2, chunkSamples))
  chunk.values[chunk.count] = value
  chunk.times![chunk.count] = time - chunk.first
  if (isStale) {
    chunk.stale ??= []
    chunk.stale.push(chunk.count)
  }
  chunk.last = time
  chunk.count++
  return true
}

/** Pushes the samples from <= k < to as far as the chunk takes them, and says how many that are. */
export function pushAll(
  chunk: Chunk,
  times: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
): number {
  const { first, count } = chunk
  const most = Math.min(to - from, chunkSamples - count)
  let taken = most
  while (taken > 0 && times[from + taken - 1]! - first > longestSpan) taken--
  if (taken === 0) return 0
  const needed = count + taken
  if (needed > chunk.values.length) resize(chunk, Math.min(Math.max(needed, count * 2), chunkSamples))
  chunk.values.set(values.subarray(from, from + taken), count)
  for (let k = 0; k < taken; k++) chunk.times![count + k] = times[from + k]! - first
  chunk.last = times[from + taken - 1]!
  chunk.count = needed
  return taken
}

/** A full chunk of the samples from `at` on, packed from the start, if there are enough and they are regular. */
export function regularChunk(
  times: Float64Array,
  values: Float64Array,
  at: number,
  to: number,
): Chunk | undefined {
  if (to - at < chunkSamples) return undefined
  const [first, last] = [times[at]!, times[at + chunkSamples - 1]!]
  const step = times[at + 1]! - first
  if (last - first > longestSpan) return undefined
  for (let k = 2; k < chunkSamples; k++) if (times[at + k] !== first + k * step) return undefined
  return {
    first,
    last,
    count: chunkSamples,
    values: values.slice(at, at + chunkSamples),
    times: undefined,
    step,
    stale: undefined,
  }
}

/** Gives back what an open chunk holds too much; nothing can be pushed to it afterwards. */
export function pack(chunk: Chunk): void {
  if (chunk.times === undefined) return
  if (chunk.count < chunk.values.length) chunk.values = chunk.values.slice(0, chunk.count)
  const offsets = chunk.times
  let isRegular = true
  let widest = 0
  const step = chunk.count > 1 ? offsets[1]! : 1
  for (let i = 1; i < chunk.count; i++) {
    const gap = offsets[i]! - offsets[i - 1]!
    if (gap > widest) widest = gap
    if (gap !== step) isRegular = false
  }
  if (isRegular) {
    chunk.times = undefined
    chunk.step = step
  } else if (widest <= longestGap) {
    const gaps = new Uint16Array(chunk.count)
    for (let i = 1; i < chunk.count; i++) gaps[i] = offsets[i]! - offsets[i - 1]!
    chunk.times = gaps
  } else if (chunk.count < offsets.length) chunk.times = offsets.slice(0, chunk.count)
}

/** The position of the first sample at or after `time`; `count` when there is none. */
export function positionOf(chunk: Chunk, time: number): number {
  const { first, last, count, times } = chunk
  if (time <= first) return 0
  if (time > last) return count
  if (times === undefined) return Math.ceil((time - first) / chunk.step)
  const offset = time - first
  if (times instanceof Uint16Array) {
    let at = 0
    for (let sum = 0; sum < offset; sum += times[at]!) at++
    return at
  }
  let low = 0
  for (let high = count; low < high; ) {
    const middle = (low + high) >>> 1
    if (times[middle]! < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Writes the times of the samples [start, end) to `out` from `at` on. */
function copyTimes(chunk: Chunk, start: number, end: number, out: Float64Array, at: number): void {
  const { first, step, times } = chunk
  const shift = at - start
  if (times === undefined) for (let i = start; i < end; i++) out[i + shift] = first + i * step
  else if (times instanceof Uint16Array) {
    let time = first
    for (let i = 0; i < start; i++) time += times[i]!
    for (let i = start; i < end; i++) out[i + shift] = time += times[i]!
  } else for (let i = start; i < end; i++) out[i + shift] = first + times[i]!
}

/** The times read last: series of one target have the same, and then share one array. */
export interface LastTimes {
  times: Float64Array
}

/** The samples of rising chunks with from <= time <= to, in one piece; values are a view when one chunk holds them. */
export function readChunks(chunks: readonly Chunk[], from: number, to: number, last?: LastTimes): Samples {
  const parts = partsOf(chunks, from, to)
  let length = 0
  for (const { low, high } of parts) length += high - low
  if (length === 0) return nothing
  const times = timesOf(parts, length, last)
  if (parts.length === 1) {
    const { chunk, low, high } = parts[0]!
    const stale = markStale(chunk, low, high, undefined, 0, length)
    return { times, values: chunk.values.subarray(low, high), stale, length }
  }
  const values = new Float64Array(length)
  let stale: Uint8Array | undefined
  let at = 0
  for (const { chunk, low, high } of parts) {
    values.set(chunk.values.subarray(low, high), at)
    stale = markStale(chunk, low, high, stale, at, length)
    at += high - low
  }
  return { times, values, stale, length }
}

/** The samples low <= k < high of a chunk. */
interface Part {
  chunk: Chunk
  low: number
  high: number
}

function partsOf(chunks: readonly Chunk[], from: number, to: number): Part[] {
  const parts: Part[] = []
  for (let i = firstChunkFrom(chunks, from); i < chunks.length && chunks[i]!.first <= to; i++) {
    const chunk = chunks[i]!
    const low = parts.length === 0 ? positionOf(chunk, from) : 0
    const high = chunk.last <= to ? chunk.count : positionOf(chunk, to + 1)
    if (low < high) parts.push({ chunk, low, high })
  }
  return parts
}

function timesOf(parts: readonly Part[], length: number, last: LastTimes | undefined): Float64Array {
  if (last !== undefined && last.times.length >= length && areTimes(parts, last.times)) return last.times
  const times = new Float64Array(length)
  let at = 0
  for (const { chunk, low, high } of parts) {
    copyTimes(chunk, low, high, times, at)
    at += high - low
  }
  if (last !== undefined) last.times = times
  return times
}

function areTimes(parts: readonly Part[], known: Float64Array): boolean {
  let at = 0
  for (const { chunk, low, high } of parts) {
    const { first, step, times } = chunk
    const shift = at - low
    if (times instanceof Uint16Array) {
      let time = first
      for (let k = 1; k <= low; k++) time += times[k]!
      for (let k = low; k < high; k++) {
        if (k > low) time += times[k]!
        if (known[k + shift] !== time) return false
      }
    } else
      for (let k = low; k < high; k++)
        if (known[k + shift] !== first + (times === undefined ? k * step : times[k]!)) return false
    at += high - low
  }
  return true
}

/** What a chunk keeps in memory, with what V8 spends on the object and its arrays. */
export function bytesOf(chunk: Chunk): number {
  const arrays = chunk.times === undefined ? 1 : 2
  const marks = (chunk.stale?.length ?? 0) * 8
  return chunk.values.byteLength + (chunk.times?.byteLength ?? 0) + marks + 96 + arrays * 160
}

const nothing: Samples = {
  times: new Float64Array(0),
  values: new Float64Array(0),
  stale: undefined,
  length: 0,
}

/** The position of the first chunk that ends at or after `time`. */
function firstChunkFrom(chunks: readonly Chunk[], time: number): number {
  let low = 0
  for (let high = chunks.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (chunks[middle]!.last < time) low = middle + 1
    else high = middle
  }
  return low
}

function markStale(
  chunk: Chunk,
  start: number,
  end: number,
  marks: Uint8Array | undefined,
  at: number,
  length: number,
): Uint8Array | undefined {
  for (const position of chunk.stale ?? []) {
    if (position < start || position >= end) continue
    marks ??= new Uint8Array(length)
    marks[position - start + at] = 1
  }
  return marks
}

/** Copies, because a reader may still look at the old columns. */
function resize(chunk: Chunk, capacity: number): void {
  const values = new Float64Array(capacity)
  const times = new Uint32Array(capacity)
  values.set(chunk.values.subarray(0, chunk.count))
  times.set(chunk.times!.subarray(0, chunk.count))
  chunk.values = values
  chunk.times = times
}
