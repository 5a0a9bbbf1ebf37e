/**
 * Lines of one stream and level as bytes: columns of 32-bit numbers, then all texts in one piece, so that reading them
 * cuts one string instead of making many. Larger ones are compressed.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { LogEntry } from '../../engines/logql/index.ts'

type Pair = readonly [name: string, value: string]

/** In order of time; the columns have the same length. */
export interface Columns {
  times: number[]
  nanos: number[]
  lines: string[]
  metadata: (readonly Pair[] | undefined)[]
}

interface PairNumbers {
  /** Undefined where the pair is to be written out. */
  pair(name: string, value: string): number | undefined
  /** Of a name alone; a dictionary that is full still takes names. */
  name(text: string): number | undefined
}

const packedFrom = 1024
const headerLength = 6
const isWide = 1
/** Set in the number of a pair that is written out: the rest counts those. */
const writtenOut = 0x8000_0000

export function encodeChunk(entries: readonly LogEntry[], numbers: PairNumbers): Buffer {
  const first = entries[0]!.time
  const pairs: number[] = []
  const names: number[] = []
  const values: string[] = []
  const pairEnds = entries.map(({ metadata = [] }) => {
    for (const [name, value] of metadata) {
      const known = numbers.pair(name, value)
      const nameNumber = known === undefined ? numbers.name(name) : undefined
      if (known !== undefined) pairs.push(known)
      else if (nameNumber !== undefined) {
        pairs.push(writtenOut + names.length)
        names.push(nameNumber)
        values.push(value)
      }
    }
    return pairs.length
  })
  const texts = [...entries.map(({ line }) => line), ...values]
  const text = texts.join('')
  // One byte a character where that does.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of the first 256 are meant
  const encoding = /^[\u0000-\u00ff]*$/.test(text) ? 'latin1' : 'utf16le'
  let end = 0
  const ends = texts.map(({ length }) => {
    end += length
    return end
  })
  const numbersOfAll = Uint32Array.from([
    ...[encoding === 'latin1' ? 0 : isWide, entries.length, pairs.length, names.length],
    ...[first % 2 ** 32, Math.floor(first / 2 ** 32)],
    ...entries.map(({ time }) => time - first),
    ...entries.map(({ nanos }) => nanos),
    ...pairEnds,
    ...pairs,
    ...names,
    ...ends,
  ])
  const body = Buffer.concat([Buffer.from(numbersOfAll.buffer), Buffer.from(text, encoding)])
  if (body.length < packedFrom) return Buffer.concat([Buffer.of(0), body])
  return Buffer.concat([Buffer.of(1), zstdCompressSync(body, { params: fast })])
}

const fast = { [constants.ZSTD_c_compressionLevel]: 1 }

export function decodeChunk(bytes: Uint8Array, dictionary: (id: number) => unknown): Columns {
  const packed = bytes.subarray(1)
  // A copy, since the numbers have to begin at a multiple of four.
  const body = Uint8Array.from(bytes[0] === 1 ? zstdDecompressSync(packed) : packed)
  const all = new Uint32Array(body.buffer, 0, body.length >> 2)
  const [flags, count, pairCount, nameCount, low, high] = all as unknown as number[]
  let at = headerLength
  const column = (length: number) => {
    at += length
    return all.subarray(at - length, at)
  }
  const [offsets, nanos, pairEnds] = [column(count!), column(count!), column(count!)]
  const [pairs, names, ends] = [column(pairCount!), column(nameCount!), column(count! + nameCount!)]
  const text = Buffer.from(body.buffer, at * 4).toString(flags === isWide ? 'utf16le' : 'latin1')
  const textAt = (index: number) => text.slice(index === 0 ? 0 : ends[index - 1]!, ends[index]!)
  const first = low! + high! * 2 ** 32
  const columns: Columns = { times: [], nanos: [...nanos], lines: [], metadata: [] }
  let from = 0
  for (let i = 0; i < count!; i++) {
    columns.times.push(first + offsets[i]!)
    columns.lines.push(textAt(i))
    const own: Pair[] = []
    for (; from < pairEnds[i]!; from++) {
      const number = pairs[from]!
      if (number < writtenOut) own.push(dictionary(number) as Pair)
      else {
        const index = number - writtenOut
        own.push([dictionary(names[index]!) as string, textAt(count! + index)])
      }
    }
    columns.metadata.push(own.length === 0 ? undefined : own)
  }
  return columns
}

/** In order of time, each entry once, as Loki keeps them. */
export function arranged(entries: readonly LogEntry[]): LogEntry[] {
  const sorted = entries.toSorted((a, b) => a.time - b.time || a.nanos - b.nanos)
  const isSameTime = (a: LogEntry, b: LogEntry | undefined) => a.time === b?.time && a.nanos === b.nanos
  let seen = new Set<string>()
  return sorted.filter((entry, index) => {
    const isRepeat = isSameTime(entry, sorted[index - 1])
    if (!isRepeat && !isSameTime(entry, sorted[index + 1])) return true
    if (!isRepeat) seen = new Set()
    const key = JSON.stringify([entry.line, entry.metadata ?? []])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
