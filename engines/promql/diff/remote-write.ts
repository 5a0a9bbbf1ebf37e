/**
 * Series as a real Prometheus takes them in: a protobuf write request in a snappy block. Written by hand, because the
 * NaN that marks a stale series must go through with its very bits, and both formats need only a few of their forms.
 */

import type { Labels } from '../../labels.ts'
import type { SequenceValue } from '../replay/series-notation.ts'

export interface WrittenSeries {
  labels: Labels
  samples: readonly { time: number; value: SequenceValue }[]
}

/** The body of a remote write request; the headers to go with it. */
export function encodeWriteRequest(series: readonly WrittenSeries[]): Uint8Array<ArrayBuffer> {
  return snappyBlock(Buffer.concat(series.map(one => message(1, encodeSeries(one)))))
}

export const writeHeaders = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
}

const staleBits = 0x7ff0000000000002n

function encodeSeries({ labels, samples }: WrittenSeries): Uint8Array {
  const parts = [...labels].map(([name, value]) => message(1, Buffer.concat([text(1, name), text(2, value)])))
  for (const { time, value } of samples) {
    if (value === 'gap' || value === 'native histogram') continue
    parts.push(message(2, encodeSample(time, value)))
  }
  return Buffer.concat(parts)
}

function encodeSample(time: number, value: number | 'stale'): Uint8Array {
  const double = Buffer.alloc(9)
  double[0] = (1 << 3) | 1
  if (value === 'stale') double.writeBigUInt64LE(staleBits, 1)
  else double.writeDoubleLE(value, 1)
  return Buffer.concat([double, Uint8Array.of(2 << 3), varint(BigInt(time))])
}

function message(field: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((field << 3) | 2), varint(BigInt(body.length)), body])
}

function text(field: number, value: string): Uint8Array {
  return message(field, Buffer.from(value, 'utf8'))
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return Uint8Array.of(...bytes, Number(rest))
}

/** Literals alone, which every snappy reader understands; nothing is gained by packing on one machine. */
function snappyBlock(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const longest = 65_536
  const parts = [varint(BigInt(body.length))]
  for (let start = 0; start < body.length; start += longest) {
    const literal = body.subarray(start, start + longest)
    const lengthOnTwoBytes = 61 << 2
    parts.push(
      Uint8Array.of(lengthOnTwoBytes, (literal.length - 1) & 255, (literal.length - 1) >> 8),
      literal,
    )
  }
  return new Uint8Array(Buffer.concat(parts))
}
