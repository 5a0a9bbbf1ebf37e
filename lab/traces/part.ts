/** Spans of one trace as bytes. What many spans share, such as resources, names and most attributes, is named by number. */
import type { Span } from '../../engines/traceql/index.ts'
import type { Event, InstrumentationScope, Link, Pair, Resource } from '../../engines/traceql/storage.ts'
import { parseValue, valueText } from '../store/dictionary.ts'
import { type Packer, packer, type Unpacker, unpacker } from '../store/packing.ts'

/** The number of a text, or undefined where it is to be written out. */
type NumberOf = (kind: string, text: string, group: string) => number | undefined

export function encodePart(spans: readonly Span[], numberOf: NumberOf): Buffer {
  const out = packer()
  for (const [resource, ofResource] of Map.groupBy(spans, span => span.resource))
    for (const [scope, group] of Map.groupBy(ofResource, span => span.scope)) {
      writeShared(out, numberOf, 'resource', resource, '')
      writeShared(out, numberOf, 'scope', scope, '')
      out.number(group.length)
      for (const span of group) writeSpan(out, numberOf, span)
    }
  return out.finish()
}

export function decodePart(bytes: Uint8Array, dictionary: (id: number) => unknown): Span[] {
  const from = unpacker(bytes)
  const spans: Span[] = []
  while (!from.isDone()) {
    const resource = readShared(from, dictionary) as Resource
    const scope = readShared(from, dictionary) as InstrumentationScope
    for (let left = from.number(); left > 0; left--) spans.push(readSpan(from, dictionary, resource, scope))
  }
  return spans
}

function writeSpan(out: Packer, numberOf: NumberOf, span: Span): void {
  out.hex(span.id)
  out.hex(span.parentId)
  out.byte(span.status * 16 + span.kind)
  writeShared(out, numberOf, 'name', span.name, '')
  out.text(span.statusMessage)
  out.text(span.traceState)
  out.int64(span.start)
  out.int64(BigInt(span.duration))
  writePairs(out, numberOf, span.attributes)
  out.number(span.events.length)
  for (const { name, timeSinceStart, attributes } of span.events) {
    writeShared(out, numberOf, 'name', name, '')
    out.int64(BigInt(timeSinceStart))
    writePairs(out, numberOf, attributes)
  }
  out.number(span.links.length)
  for (const { traceId, spanId, traceState, attributes } of span.links) {
    out.hex(traceId)
    out.hex(spanId)
    out.text(traceState)
    writePairs(out, numberOf, attributes)
  }
}

function readSpan(
  from: Unpacker,
  dictionary: (id: number) => unknown,
  resource: Resource,
  scope: InstrumentationScope,
): Span {
  const id = from.hex()
  const parentId = from.hex()
  const statusAndKind = from.byte()
  return {
    id,
    parentId,
    status: statusAndKind >> 4,
    kind: statusAndKind & 15,
    name: readShared(from, dictionary) as string,
    statusMessage: from.text(),
    traceState: from.text(),
    start: from.int64(),
    duration: small(from.int64()),
    attributes: readPairs(from, dictionary),
    events: times(from.number(), () => readEvent(from, dictionary)),
    links: times(from.number(), () => readLink(from, dictionary)),
    ...{ resource, scope, left: 0, right: 0, parent: 0, childCount: 0 },
  }
}

function readEvent(from: Unpacker, dictionary: (id: number) => unknown): Event {
  return {
    name: readShared(from, dictionary) as string,
    timeSinceStart: small(from.int64()),
    attributes: readPairs(from, dictionary),
  }
}

function readLink(from: Unpacker, dictionary: (id: number) => unknown): Link {
  return {
    traceId: from.hex(),
    spanId: from.hex(),
    traceState: from.text(),
    attributes: readPairs(from, dictionary),
  }
}

/** Undefined for what is written out. */
function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read)
}

const none: readonly Pair[] = []

function writePairs(out: Packer, numberOf: NumberOf, pairs: readonly Pair[]): void {
  out.number(pairs.length)
  for (const pair of pairs) writeShared(out, numberOf, 'attribute', pair, pair.key)
}

function readPairs(from: Unpacker, dictionary: (id: number) => unknown): readonly Pair[] {
  const count = from.number()
  if (count === 0) return none
  const pairs: Pair[] = []
  for (let left = count; left > 0; left--) pairs.push(readShared(from, dictionary) as Pair)
  return pairs
}

/** 0, and what was written out after it; else a number of the dictionary, which begins with 1. */
function writeShared(out: Packer, numberOf: NumberOf, kind: string, value: unknown, group: string): void {
  const text = valueText(value)
  const number = numberOf(kind, text, group)
  out.number(number ?? 0)
  if (number === undefined) out.text(text)
}

function readShared(from: Unpacker, dictionary: (id: number) => unknown): unknown {
  const number = from.number()
  return number === 0 ? parseValue(from.text()) : dictionary(number)
}

function small(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
