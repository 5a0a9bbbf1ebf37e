/**
 * OTLP in protobuf, made of the JSON that the kit writes: the fields have the same names in both, so a table of their
 * numbers is all it takes. The SDK's serializers take its own objects, of which nothing is left once a span has ended.
 */

type Scalar = 'string' | 'bytes' | 'id' | 'bool' | 'varint' | 'sint32' | 'fixed32' | 'fixed64' | 'double'
/** Number and type by the field's name in JSON. */
interface Message {
  readonly [field: string]: readonly [number: number, type: Scalar | (() => Message)]
}

const anyValue: Message = {
  stringValue: [1, 'string'],
  boolValue: [2, 'bool'],
  intValue: [3, 'varint'],
  doubleValue: [4, 'double'],
  arrayValue: [5, () => ({ values: [1, () => anyValue] })],
  kvlistValue: [6, () => ({ values: [1, () => keyValue] })],
  bytesValue: [7, 'bytes'],
}
const keyValue: Message = { key: [1, 'string'], value: [2, () => anyValue] }
const attributes = () => keyValue

/** A list of resources, each with a list of scopes, each with a list of what was measured. */
function request(signal: 'Spans' | 'Logs' | 'Metrics', items: string, item: Message): Message {
  const scope: Message = { name: [1, 'string'], version: [2, 'string'] }
  const inScope: Message = { scope: [1, () => scope], [items]: [2, () => item] }
  const resource: Message = { attributes: [1, attributes] }
  const inResource: Message = { resource: [1, () => resource], [`scope${signal}`]: [2, () => inScope] }
  return { [`resource${signal}`]: [1, () => inResource] }
}

const span: Message = {
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'id'],
  name: [5, 'string'],
  kind: [6, 'varint'],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, attributes],
  droppedAttributesCount: [10, 'varint'],
  events: [11, () => ({ timeUnixNano: [1, 'fixed64'], name: [2, 'string'], attributes: [3, attributes] })],
  droppedEventsCount: [12, 'varint'],
  links: [13, () => link],
  status: [15, () => ({ message: [2, 'string'], code: [3, 'varint'] })],
  flags: [16, 'fixed32'],
}
const link: Message = {
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'string'],
  attributes: [4, attributes],
  flags: [6, 'fixed32'],
}

const logRecord: Message = {
  timeUnixNano: [1, 'fixed64'],
  severityNumber: [2, 'varint'],
  severityText: [3, 'string'],
  body: [5, () => anyValue],
  attributes: [6, attributes],
  traceId: [9, 'id'],
  spanId: [10, 'id'],
}

const exemplar: Message = {
  timeUnixNano: [2, 'fixed64'],
  asDouble: [3, 'double'],
  spanId: [4, 'id'],
  traceId: [5, 'id'],
}
const numberPoint: Message = {
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  asDouble: [4, 'double'],
  attributes: [7, attributes],
}
const histogramPoint: Message = {
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  bucketCounts: [6, 'fixed64'],
  explicitBounds: [7, 'double'],
  exemplars: [8, () => exemplar],
  attributes: [9, attributes],
}
const side: Message = { offset: [1, 'sint32'], bucketCounts: [2, 'varint'] }
const exponentialPoint: Message = {
  attributes: [1, attributes],
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, () => side],
  negative: [9, () => side],
  exemplars: [11, () => exemplar],
}
const points = (point: Message) => (): Message => ({
  dataPoints: [1, () => point],
  aggregationTemporality: [2, 'varint'],
  isMonotonic: [3, 'bool'],
})
const metric: Message = {
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, points(numberPoint)],
  sum: [7, points(numberPoint)],
  histogram: [9, points(histogramPoint)],
  exponentialHistogram: [10, points(exponentialPoint)],
}

const requests = {
  traces: request('Spans', 'spans', span),
  logs: request('Logs', 'logRecords', logRecord),
  metrics: request('Metrics', 'metrics', metric),
}

export function toProtobuf(signal: keyof typeof requests, json: Buffer): Buffer {
  // Smaller than its JSON with hardly an exception; it grows where it is not.
  const writer: Writer = { bytes: Buffer.allocUnsafe(json.length + 64), at: 0 }
  writeMessage(writer, JSON.parse(json.toString()) as Fields, requests[signal])
  return writer.bytes.subarray(0, writer.at)
}

type Fields = Record<string, unknown>

interface Writer {
  bytes: Buffer
  at: number
}

function writeMessage(writer: Writer, fields: Fields, message: Message): void {
  for (const name in fields) {
    const field = message[name]
    if (field === undefined) throw new Error(`Cannot write protobuf: expected no field "${name}"`)
    const [number, type] = field
    const value = fields[name]
    if (!Array.isArray(value)) writeField(writer, number, type, value)
    else if (typeof type === 'string' && wireOf(type) !== 2)
      writeSized(writer, number, () => {
        for (const each of value) writeScalar(writer, type, each)
      })
    else for (const each of value) writeField(writer, number, type, each)
  }
}

function writeField(writer: Writer, number: number, type: Scalar | (() => Message), value: unknown): void {
  if (typeof type === 'function')
    writeSized(writer, number, () => writeMessage(writer, value as Fields, type()))
  else {
    writeVarint(writer, number * 8 + wireOf(type))
    writeScalar(writer, type, value)
  }
}

/** The length stands before what it is the length of, and takes one byte until it is known to need more. */
function writeSized(writer: Writer, number: number, write: () => void): void {
  writeVarint(writer, number * 8 + 2)
  const start = reserve(writer, 1) + 1
  write()
  const length = writer.at - start
  const more = length < 0x80 ? 0 : Math.floor(Math.log2(length) / 7)
  if (more > 0) {
    reserve(writer, more)
    writer.bytes.copyWithin(start + more, start, start + length)
  }
  writer.at = start - 1
  writeVarint(writer, length)
  writer.at += length
}

function writeScalar(writer: Writer, type: Scalar, value: unknown): void {
  if (type === 'bool') writeVarint(writer, value === true ? 1 : 0)
  else if (type === 'varint')
    writeVarint(writer, Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(String(value)))
  else if (type === 'sint32')
    writeVarint(writer, Number(value) < 0 ? -2 * Number(value) - 1 : 2 * Number(value))
  else if (type === 'fixed32') {
    const at = reserve(writer, 4)
    writer.bytes.writeUInt32LE(Number(value), at)
  } else if (type === 'fixed64') {
    const at = reserve(writer, 8)
    writer.bytes.writeBigUInt64LE(BigInt(String(value)), at)
  } else if (type === 'double') {
    const at = reserve(writer, 8)
    writer.bytes.writeDoubleLE(Number(value), at)
  } else {
    const encoding = type === 'string' ? 'utf8' : type === 'id' ? 'hex' : 'base64'
    const length = Buffer.byteLength(String(value), encoding)
    writeVarint(writer, length)
    const at = reserve(writer, length)
    writer.bytes.write(String(value), at, encoding)
  }
}

function wireOf(type: Scalar): number {
  if (type === 'fixed32') return 5
  if (type === 'fixed64' || type === 'double') return 1
  return type === 'string' || type === 'bytes' || type === 'id' ? 2 : 0
}

/** Seven bits a byte, the lowest first; negative ones as their 64 bits. */
function writeVarint(writer: Writer, value: number | bigint): void {
  if (typeof value === 'bigint' || value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 0x7fn; rest >>= 7n) writeByte(writer, Number(rest & 0x7fn) | 0x80)
    writeByte(writer, Number(rest))
    return
  }
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) writeByte(writer, (rest % 0x80) | 0x80)
  writeByte(writer, rest)
}

function writeByte(writer: Writer, byte: number): void {
  const at = reserve(writer, 1)
  writer.bytes[at] = byte
}

/** Where the next so many bytes stand; after it the writer may have other ones. */
function reserve(writer: Writer, length: number): number {
  const { at } = writer
  if (at + length > writer.bytes.length) {
    const larger = Buffer.allocUnsafe(2 * (at + length))
    writer.bytes.copy(larger, 0, 0, at)
    writer.bytes = larger
  }
  writer.at = at + length
  return at
}
