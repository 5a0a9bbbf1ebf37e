/** Writes a trace as OTLP's protobuf, which Grafana asks for when it opens one. */

import { kinds, statuses, type Value } from '../language/value.ts'
import type { Event, InstrumentationScope, Link, Pair, Resource, Span, Trace } from '../storage.ts'

/** A list of ResourceSpans as field 1: what `/api/traces/ID` answers. */
export function traceProtobuf({ id, spans }: Trace): Uint8Array<ArrayBuffer> {
  const traceId = idBytes(id)
  const byResource = Map.groupBy(spans, ({ resource }) => resource)
  return joined(
    Array.from(byResource, ([resource, ofResource]) =>
      nested(
        1,
        nested(1, ...resourceFields(resource)),
        ...Array.from(
          Map.groupBy(ofResource, ({ scope }) => scope),
          ([scope, ofScope]) =>
            nested(
              2,
              nested(1, ...scopeFields(scope)),
              ...ofScope.map(span => nested(2, ...spanFields(traceId, span))),
            ),
        ),
      ),
    ),
  )
}

/** The same as field 1 of an answer: what `/api/v2/traces/ID` answers. */
export function traceAnswerProtobuf(trace: Trace): Uint8Array<ArrayBuffer> {
  return nested(1, traceProtobuf(trace))
}

function resourceFields({ service, attributes }: Resource): Bytes[] {
  const name: Pair[] =
    service === '' ? [] : [{ key: 'service.name', value: { type: 'string', value: service } }]
  return pairs(1, [...name, ...attributes])
}

function scopeFields({ name, version, attributes }: InstrumentationScope): Bytes[] {
  return [text(1, name), text(2, version), ...pairs(3, attributes)]
}

const statusCodes = { unset: 0, ok: 1, error: 2 }
const kindCodes = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }

function spanFields(traceId: Bytes, span: Span): Bytes[] {
  const { id, parentId, name, traceState, start, duration, status, statusMessage } = span
  return [
    bytes(1, traceId),
    bytes(2, idBytes(id)),
    text(3, traceState),
    bytes(4, idBytes(parentId)),
    text(5, name),
    integer(6, kindCodes[kinds[span.kind] ?? 'unspecified']),
    time(7, start),
    time(8, start + BigInt(duration)),
    ...pairs(9, span.attributes),
    ...span.events.map(event => nested(11, ...eventFields(event, start))),
    ...span.links.map(link => nested(13, ...linkFields(link))),
    nested(15, text(2, statusMessage), integer(3, statusCodes[statuses[status] ?? 'unset'])),
  ]
}

function eventFields({ name, timeSinceStart, attributes }: Event, start: bigint): Bytes[] {
  return [time(1, start + BigInt(timeSinceStart)), text(2, name), ...pairs(3, attributes)]
}

function linkFields({ traceId, spanId, traceState, attributes }: Link): Bytes[] {
  return [bytes(1, idBytes(traceId)), bytes(2, idBytes(spanId)), text(3, traceState), ...pairs(4, attributes)]
}

function pairs(field: number, list: readonly Pair[]): Bytes[] {
  return list.map(({ key, value }) => nested(field, text(1, key), nested(2, valueField(value))))
}

/** One field of AnyValue. It is written also where it is empty: an empty text is not the same as no value. */
function valueField(value: Value): Bytes {
  switch (value.type) {
    case 'nil':
      return none
    case 'string':
      return tagged(1, lengthDelimited, withLength(utf8.encode(value.value)))
    case 'boolean':
      return tagged(2, plain, varint(value.value ? 1n : 0n))
    case 'float':
      return tagged(4, fixed64, double(value.value))
    case 'int[]':
    case 'float[]':
    case 'string[]':
    case 'boolean[]': {
      const type = value.type.slice(0, -2)
      const values = value.value.map(each => nested(1, valueField({ type, value: each } as Value)))
      return nested(5, ...values)
    }
    default:
      return tagged(3, plain, varint(BigInt.asUintN(64, BigInt(value.value))))
  }
}

type Bytes = Uint8Array<ArrayBuffer>

const none = new Uint8Array()
const utf8 = new TextEncoder()
const [plain, fixed64, lengthDelimited] = [0, 1, 2]

function nested(field: number, ...parts: Bytes[]): Bytes {
  return tagged(field, lengthDelimited, withLength(joined(parts)))
}

function bytes(field: number, value: Bytes): Bytes {
  return value.length === 0 ? none : tagged(field, lengthDelimited, withLength(value))
}

function text(field: number, value: string): Bytes {
  return bytes(field, utf8.encode(value))
}

function integer(field: number, value: number): Bytes {
  return value === 0 ? none : tagged(field, plain, varint(BigInt(value)))
}

function time(field: number, nanoseconds: bigint): Bytes {
  const value = new Uint8Array(8)
  new DataView(value.buffer).setBigUint64(0, BigInt.asUintN(64, nanoseconds), true)
  return tagged(field, fixed64, value)
}

function double(value: number): Bytes {
  const written = new Uint8Array(8)
  new DataView(written.buffer).setFloat64(0, value, true)
  return written
}

function tagged(field: number, wire: number, value: Bytes): Bytes {
  return joined([varint(BigInt((field << 3) | wire)), value])
}

function withLength(value: Bytes): Bytes {
  return joined([varint(BigInt(value.length)), value])
}

function varint(value: bigint): Bytes {
  const written: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) written.push(Number(rest & 0x7fn) | 0x80)
  written.push(Number(rest))
  return Uint8Array.from(written)
}

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function idBytes(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
}
