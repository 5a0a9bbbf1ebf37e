/** Reads protobuf by a schema into what the same message is in OTLP's JSON: ids as hex, 64 bits as decimal text. */

export type FieldType =
  | 'string'
  | 'bytes'
  /** Bytes that OTLP/JSON writes as hexadecimal digits. */
  | 'id'
  | 'bool'
  | 'uint32'
  | 'enum'
  | 'int64'
  | 'uint64'
  | 'sint32'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double'

export interface Field {
  name: string
  type: FieldType | (() => Schema)
  repeated?: boolean
}

/** By field number; what is not here is passed over. */
export type Schema = { readonly [number: number]: Field | undefined }

class ProtobufError extends Error {
  override name = 'ProtobufError'
}

/** A message in a message deeper than this is refused: lists and maps of attributes may nest. */
const deepest = 32
/** Values of a request, of which each takes far more room than the two bytes it can be sent in. */
const mostValues = 2_000_000

export function decode(bytes: Uint8Array, schema: Schema): { [field: string]: unknown } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return message({ bytes, view, at: 0, values: 0 }, bytes.length, schema, 0)
}

interface Reader {
  bytes: Uint8Array
  view: DataView
  at: number
  values: number
}

function message(reader: Reader, end: number, schema: Schema, depth: number): { [field: string]: unknown } {
  if (depth > deepest) throw wrong(reader, `messages at most ${deepest} deep`)
  const found: { [field: string]: unknown } = {}
  while (reader.at < end) {
    const tag = uint32(reader, end)
    const [number, wire] = [tag >>> 3, tag & 7]
    const field = schema[number]
    if (number === 0) throw wrong(reader, 'the number of a field')
    if (field === undefined) {
      skip(reader, wire, end)
      continue
    }
    if (field.repeated !== true) {
      found[field.name] = value(reader, field, wire, end, depth)
      continue
    }
    const list = (found[field.name] ?? []) as unknown[]
    found[field.name] = list
    if (wire === lengthDelimited && isPackable(field)) {
      const stop = endOf(reader, end)
      for (; reader.at < stop; count(reader)) list.push(scalar(reader, field.type, stop))
    } else list.push(value(reader, field, wire, end, depth))
  }
  return found
}

function count(reader: Reader): void {
  if (++reader.values > mostValues) throw wrong(reader, `at most ${mostValues} values`)
}

const lengthDelimited = 2

/** How each type is written. */
const wires: Record<FieldType, number> = {
  string: lengthDelimited,
  bytes: lengthDelimited,
  id: lengthDelimited,
  bool: 0,
  uint32: 0,
  enum: 0,
  int64: 0,
  uint64: 0,
  sint32: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
}

function isPackable(field: Field): field is Field & { type: FieldType } {
  return typeof field.type === 'string' && wires[field.type] !== lengthDelimited
}

function value(reader: Reader, field: Field, wire: number, end: number, depth: number): unknown {
  count(reader)
  const { type } = field
  const expected = typeof type === 'string' ? wires[type] : lengthDelimited
  if (wire !== expected) throw wrong(reader, `wire type ${expected} for ${field.name}, got ${wire}`)
  if (typeof type === 'string') return scalar(reader, type, end)
  const stop = endOf(reader, end)
  return message(reader, stop, type(), depth + 1)
}

function scalar(reader: Reader, type: FieldType, end: number): unknown {
  const { bytes, view } = reader
  switch (type) {
    case 'bool':
      return varint(reader, end) !== 0n
    case 'uint32':
    case 'enum':
      return Number(BigInt.asUintN(32, varint(reader, end)))
    case 'sint32': {
      const raw = Number(BigInt.asUintN(32, varint(reader, end)))
      return (raw >>> 1) ^ -(raw & 1)
    }
    case 'int64':
      return String(BigInt.asIntN(64, varint(reader, end)))
    case 'uint64':
      return String(varint(reader, end))
    case 'fixed32':
      return view.getUint32(take(reader, 4, end), true)
    case 'fixed64':
      return String(view.getBigUint64(take(reader, 8, end), true))
    case 'sfixed64':
      return String(view.getBigInt64(take(reader, 8, end), true))
    case 'double':
      return doubleJson(view.getFloat64(take(reader, 8, end), true))
  }
  const stop = endOf(reader, end)
  const part = Buffer.from(bytes.buffer, bytes.byteOffset + reader.at, stop - reader.at)
  reader.at = stop
  if (type === 'string') return part.toString('utf8')
  return part.toString(type === 'id' ? 'hex' : 'base64')
}

/** JSON has no word for these. */
function doubleJson(value: number): number | string {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

function skip(reader: Reader, wire: number, end: number): void {
  if (wire === 0) varint(reader, end)
  else if (wire === 1) take(reader, 8, end)
  else if (wire === 5) take(reader, 4, end)
  else if (wire === lengthDelimited) reader.at = endOf(reader, end)
  else throw wrong(reader, `a wire type of 0, 1, 2 or 5, got ${wire}`)
}

/** Where the bytes end whose length stands here. */
function endOf(reader: Reader, end: number): number {
  const length = uint32(reader, end)
  if (length > end - reader.at) throw wrong(reader, `${length} bytes, got ${end - reader.at}`)
  return reader.at + length
}

function take(reader: Reader, count: number, end: number): number {
  if (reader.at + count > end) throw wrong(reader, `${count} bytes, got ${end - reader.at}`)
  reader.at += count
  return reader.at - count
}

function uint32(reader: Reader, end: number): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.bytes[take(reader, 1, end)]!
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return value
  }
  throw wrong(reader, 'a number of at most 5 bytes')
}

function varint(reader: Reader, end: number): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[take(reader, 1, end)]!
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asUintN(64, value)
  }
  throw wrong(reader, 'a number of at most 10 bytes')
}

function wrong({ at }: Reader, expected: string): ProtobufError {
  return new ProtobufError(`Cannot read protobuf at byte ${at}: expected ${expected}`)
}
