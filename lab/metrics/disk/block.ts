/**
 * Samples of a time that is over, in one file: a head with times and a checksum, then compressed the labels of all
 * series as JSON, and their times and values in columns. Regular times take no room.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type Labels, labelsOf } from '../../../engines/labels.ts'
import type { Samples, Storage } from '../../../engines/promql/index.ts'
import type { Note } from './log.ts'

export interface BlockHead {
  /** Milliseconds of the first and the last sample. */
  first: number
  last: number
  samples: number
}

interface SeriesHead {
  labels: [string, string][]
  length: number
  first: number
  /** Undefined where the times are not regular. */
  step?: number
  stale?: number[]
}

interface Contents {
  series: SeriesHead[]
  notes: Note[]
}

const magic = 0x42_53_4c_31
const headLength = 40

/** All samples of a store. Written beside, then moved, so that there is a whole one or none. */
export function writeBlock(path: string, storage: Storage, notes: readonly Note[]): void {
  const all = storage.select([], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  const heads: SeriesHead[] = []
  const columns: Buffer[] = []
  const block: BlockHead = { first: Infinity, last: -Infinity, samples: 0 }
  for (const { labels, read } of all) {
    const samples = read(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    const { times, values, length } = samples
    if (length === 0) continue
    const head = headOf(labels, samples)
    heads.push(head)
    if (head.step === undefined) columns.push(bytesOf(times, length))
    columns.push(bytesOf(values, length))
    block.first = Math.min(block.first, times[0]!)
    block.last = Math.max(block.last, times[length - 1]!)
    block.samples += length
  }
  const contents = Buffer.from(JSON.stringify({ series: heads, notes: [...notes] } satisfies Contents))
  const size = Buffer.alloc(8)
  size.writeUInt32LE(contents.length)
  // The columns begin at a multiple of eight.
  const gap = Buffer.alloc((8 - (contents.length % 8)) % 8)
  const body = zstdCompressSync(Buffer.concat([size, contents, gap, ...columns]), { params: quick })
  const head = Buffer.alloc(headLength)
  head.writeUInt32LE(magic)
  head.writeUInt32LE(crc32(body), 4)
  head.writeDoubleLE(block.first, 8)
  head.writeDoubleLE(block.last, 16)
  head.writeDoubleLE(block.samples, 24)
  writeFileSync(`${path}.new`, Buffer.concat([head, body]), { flush: true })
  renameSync(`${path}.new`, path)
}

const quick = { [constants.ZSTD_c_compressionLevel]: 3 }

function headOf(labels: Labels, { times, stale, length }: Samples): SeriesHead {
  const head: SeriesHead = { labels: [...labels], length, first: times[0]! }
  const step = length > 1 ? times[1]! - times[0]! : 1
  let isRegular = true
  for (let i = 2; i < length && isRegular; i++) isRegular = times[i]! - times[i - 1]! === step
  if (isRegular) head.step = step
  const marks: number[] = []
  for (let i = 0; stale !== undefined && i < length; i++) if (stale[i] === 1) marks.push(i)
  if (marks.length > 0) head.stale = marks
  return head
}

function bytesOf(column: Float64Array, length: number): Buffer {
  const own = column.slice(0, length)
  return Buffer.from(own.buffer, own.byteOffset, own.byteLength)
}

/** What a file of a block says of itself, without its samples; undefined where it is none. */
export function readHead(bytes: Buffer): BlockHead | undefined {
  if (bytes.length < headLength || bytes.readUInt32LE() !== magic) return undefined
  return { first: bytes.readDoubleLE(8), last: bytes.readDoubleLE(16), samples: bytes.readDoubleLE(24) }
}

/** Where samples go to; a store's appender. */
interface Target {
  append(time: number, value: number): unknown
  extend(times: Float64Array, values: Float64Array, from: number, to: number): number
  markStale(time: number): unknown
}

/** Puts all samples of a block into a store. Throws where the file is damaged. */
export function readBlock(
  path: string,
  seriesOf: (labels: Labels) => Target,
  onNote: (note: Note) => void,
): void {
  const bytes = readFileSync(path)
  const body = bytes.subarray(headLength)
  if (readHead(bytes) === undefined || crc32(body) !== bytes.readUInt32LE(4))
    throw new Error(`Cannot read ${path}: it is damaged`)
  const unpacked = Uint8Array.from(zstdDecompressSync(body))
  const length = new DataView(unpacked.buffer).getUint32(0, true)
  const { series, notes } = JSON.parse(Buffer.from(unpacked.buffer, 8, length).toString()) as Contents
  let at = 8 + length + ((8 - (length % 8)) % 8)
  const column = (count: number) => {
    at += count * 8
    return new Float64Array(unpacked.buffer, at - count * 8, count)
  }
  let last: { head: SeriesHead; times: Float64Array } | undefined
  for (const head of series) {
    const { labels, length, first, step, stale = [] } = head
    let times: Float64Array
    if (step === undefined) times = column(length)
    // Series of one target have the same times.
    else if (last?.head.first === first && last.head.step === step && last.times.length === length)
      times = last.times
    else {
      times = Float64Array.from({ length }, (_, i) => first + i * step)
      last = { head, times }
    }
    put(seriesOf(labelsOf(labels)), times, column(length), stale)
  }
  for (const note of notes) onNote(note)
}

function put(target: Target, times: Float64Array, values: Float64Array, stale: readonly number[]): void {
  let from = 0
  for (const end of [...stale, times.length]) {
    while (from < end) {
      const taken = target.extend(times, values, from, end)
      if (taken === 0) target.append(times[from]!, values[from]!)
      from += Math.max(1, taken)
    }
    if (end < times.length) target.markStale(times[end]!)
    from = end + 1
  }
}
