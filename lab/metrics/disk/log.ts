/**
 * The write-ahead log: what came in since the last block, in files that are only ever appended to. A file is a row of
 * frames, each with its length and its checksum, so that one cut off in the middle is told from one that is whole.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Labels, labelsOf } from '../../../engines/labels.ts'

/** Each file stands for itself: it names its series anew. */
interface Log {
  sample(series: LoggedSeries, time: number, value: number): void
  stale(series: LoggedSeries, time: number): void
  /** Anything else, as JSON. */
  note(note: Note): void
  /** Writes what has gathered to the file. */
  flush(): void
  /** Bytes of the present file. */
  size(): number
  /** Goes on in another file. */
  moveTo(path: string): void
  close(): void
}

export interface LoggedSeries {
  readonly labels: Labels
  /** Its number in the file that was the present one when it was given. */
  number: number
  file: number
}

export type Note =
  | { kind: 'exemplar'; series: [string, string][]; labels: [string, string][]; value: number; time: number }
  | { kind: 'metadata'; name: string; type: string; help: string; unit: string }

const records = { series: 1, sample: 2, stale: 3, note: 4 }
const frameHead = 8

export function openLog(firstPath: string): Log {
  let descriptor = openSync(firstPath, 'a')
  let file = 1
  let written = 0
  let lastNumber = 0
  let bytes = Buffer.allocUnsafe(64 * 1024)
  let at = frameHead

  function reserve(count: number): number {
    if (at + count > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, at + count))
      bytes.copy(larger, 0, 0, at)
      bytes = larger
    }
    at += count
    return at - count
  }

  function text(kind: number, number: number, value: string): void {
    const length = Buffer.byteLength(value)
    const place = reserve(9 + length)
    bytes[place] = kind
    bytes.writeUInt32LE(number, place + 1)
    bytes.writeUInt32LE(length, place + 5)
    bytes.write(value, place + 9)
  }

  function numberOf(series: LoggedSeries): number {
    if (series.file === file) return series.number
    series.file = file
    series.number = ++lastNumber
    text(records.series, series.number, JSON.stringify([...series.labels]))
    return series.number
  }

  function flush(): void {
    if (at === frameHead) return
    const payload = bytes.subarray(frameHead, at)
    bytes.writeUInt32LE(payload.length, 0)
    bytes.writeUInt32LE(crc32(payload), 4)
    // All or an error: a file that got a part of a frame is not written to again.
    for (let from = 0; from < at; ) from += writeSync(descriptor, bytes, from, at - from)
    written += at
    at = frameHead
  }

  return {
    sample(series, time, value) {
      const number = numberOf(series)
      const place = reserve(21)
      bytes[place] = records.sample
      bytes.writeUInt32LE(number, place + 1)
      bytes.writeDoubleLE(time, place + 5)
      bytes.writeDoubleLE(value, place + 13)
    },
    stale(series, time) {
      const number = numberOf(series)
      const place = reserve(13)
      bytes[place] = records.stale
      bytes.writeUInt32LE(number, place + 1)
      bytes.writeDoubleLE(time, place + 5)
    },
    note: note => text(records.note, 0, JSON.stringify(note)),
    flush,
    size: () => written + at,
    moveTo(path) {
      flush()
      closeSync(descriptor)
      descriptor = openSync(path, 'a')
      file++
      written = 0
      lastNumber = 0
    },
    close() {
      flush()
      closeSync(descriptor)
    },
  }
}

interface Reader {
  sample(series: Labels, number: number, time: number, value: number): void
  stale(series: Labels, number: number, time: number): void
  note(note: Note): void
}

/** Reads as far as the file is whole, and says how many bytes were not. */
export function readLog(path: string, reader: Reader): { lost: number } {
  const bytes = readFileSync(path)
  const series: Labels[] = []
  let at = 0
  while (at + frameHead <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    const payload = bytes.subarray(at + frameHead, at + frameHead + length)
    if (payload.length < length || crc32(payload) !== bytes.readUInt32LE(at + 4)) break
    readFrame(payload, series, reader)
    at += frameHead + length
  }
  return { lost: bytes.length - at }
}

function readFrame(bytes: Buffer, series: Labels[], reader: Reader): void {
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at]!
    const number = bytes.readUInt32LE(at + 1)
    if (kind === records.sample) {
      reader.sample(series[number]!, number, bytes.readDoubleLE(at + 5), bytes.readDoubleLE(at + 13))
      at += 21
    } else if (kind === records.stale) {
      reader.stale(series[number]!, number, bytes.readDoubleLE(at + 5))
      at += 13
    } else {
      const length = bytes.readUInt32LE(at + 5)
      const value = JSON.parse(bytes.toString('utf8', at + 9, at + 9 + length))
      if (kind === records.series) series[number] = labelsOf(value)
      else reader.note(value)
      at += 9 + length
    }
  }
}
