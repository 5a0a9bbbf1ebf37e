/** Reads OTLP/JSON: an ExportTraceServiceRequest, as a collector's file exporter writes one on each line. */

import {
  duration as durationValue,
  exact,
  type Int,
  kinds,
  nil,
  statuses,
  type Value,
} from '../language/value.ts'
import type { Event, InstrumentationScope, Link, Pair, Resource, Span } from '../storage.ts'

/** Spans of one resource and one scope. */
export interface Batch {
  resource: Resource
  scope: InstrumentationScope
  spans: { traceId: string; span: Span }[]
}

/** What is wrong with data, and where: `resourceSpans[0].scopeSpans[0].spans[2].traceId`. */
export class TraceDataError extends Error {
  override name = 'TraceDataError'
}

export function readRequest(text: string): Batch[] {
  let request: unknown
  try {
    request = JSON.parse(text)
  } catch (error) {
    throw new TraceDataError(`expected JSON, got ${quoted(text)} (${(error as Error).message})`)
  }
  return batchesOf(request)
}

export function batchesOf(request: unknown): Batch[] {
  const batches: Batch[] = []
  for (const [resourceSpans, at] of items(request, 'resourceSpans', '')) {
    const resource = resourceOf(resourceSpans, at)
    for (const [scopeSpans, place] of items(resourceSpans, 'scopeSpans', at)) {
      const scope = scopeOf(scopeSpans, place)
      const spans = items(scopeSpans, 'spans', place).map(([span, where]) =>
        spanOf(span, where, resource, scope),
      )
      batches.push({ resource, scope, spans })
    }
  }
  return batches
}

type Fields = { [name: string]: unknown }

function fields(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw wrong(at || 'the request', 'an object', value)
}

function items(of: unknown, name: string, at: string): [item: Fields, at: string][] {
  const list = fields(of, at)[name] ?? []
  const place = at === '' ? name : `${at}.${name}`
  if (!Array.isArray(list)) throw wrong(place, 'a list', list)
  return list.map((item, i) => [fields(item, `${place}[${i}]`), `${place}[${i}]`])
}

function resourceOf(of: Fields, at: string): Resource {
  const all = of.resource === undefined ? [] : pairs(of.resource, `${at}.resource`)
  const isService = ({ key, value }: Pair) => key === 'service.name' && value.type === 'string'
  const service = all.findLast(isService)?.value
  return {
    service: service?.type === 'string' ? service.value : '',
    attributes: all.filter(pair => !isService(pair)),
  }
}

function scopeOf(of: Fields, at: string): InstrumentationScope {
  const place = `${at}.scope`
  const scope = fields(of.scope ?? {}, place)
  return {
    name: text(scope.name, `${place}.name`),
    version: text(scope.version, `${place}.version`),
    attributes: pairs(scope, place),
  }
}

function spanOf(
  of: Fields,
  at: string,
  resource: Resource,
  scope: InstrumentationScope,
): Batch['spans'][number] {
  const start = nanoseconds(of.startTimeUnixNano, `${at}.startTimeUnixNano`)
  const end = nanoseconds(of.endTimeUnixNano, `${at}.endTimeUnixNano`)
  const status = fields(of.status ?? {}, `${at}.status`)
  const span: Span = {
    id: id(of.spanId, 16, `${at}.spanId`),
    parentId:
      of.parentSpanId === undefined || of.parentSpanId === ''
        ? ''
        : id(of.parentSpanId, 16, `${at}.parentSpanId`),
    name: text(of.name, `${at}.name`),
    status: choice(status.code, statusCodes, `${at}.status.code`),
    kind: choice(of.kind, kindCodes, `${at}.kind`),
    statusMessage: text(status.message, `${at}.status.message`),
    traceState: text(of.traceState, `${at}.traceState`),
    start,
    duration: exact(end - start),
    attributes: pairs(of, at),
    events: each(of, 'events', at, (event, place) => eventOf(event, place, start)),
    links: each(of, 'links', at, linkOf),
    ...{ resource, scope, left: 0, right: 0, parent: 0, childCount: 0 },
  }
  return { traceId: id(of.traceId, 32, `${at}.traceId`), span }
}

function eventOf(of: Fields, at: string, start: bigint): Event {
  const time = nanoseconds(of.timeUnixNano, `${at}.timeUnixNano`)
  return {
    name: text(of.name, `${at}.name`),
    timeSinceStart: (durationValue(time - start) as { value: Int }).value,
    attributes: pairs(of, at),
  }
}

function linkOf(of: Fields, at: string): Link {
  return {
    traceId: id(of.traceId, 32, `${at}.traceId`),
    spanId: id(of.spanId, 16, `${at}.spanId`),
    traceState: text(of.traceState, `${at}.traceState`),
    attributes: pairs(of, at),
  }
}

const none: readonly never[] = []

/** Most spans have no events and no links: they share one empty list. */
function each<T>(of: Fields, name: string, at: string, read: (item: Fields, at: string) => T): readonly T[] {
  const list = items(of, name, at)
  return list.length === 0 ? none : list.map(([item, place]) => read(item, place))
}

function pairs(of: unknown, at: string): readonly Pair[] {
  return each(fields(of, at), 'attributes', at, (pair, place) =>
    shared(text(pair.key, `${place}.key`), anyValue(pair.value ?? {}, `${place}.value`)),
  )
}

/** Most attributes say what another span's said: they are one object. It outlives its spans, so few and short ones are kept. */
const known = new Map<string, Map<unknown, Pair>>()
let knownPairs = 0
const mostPairs = 20_000
const longestKept = 128

function shared(key: string, value: Value): Pair {
  const pair = { key, value }
  if (value.type !== 'string' && value.type !== 'int' && value.type !== 'boolean') return pair
  if (key.length > longestKept || (value.type === 'string' && value.value.length > longestKept)) return pair
  const found = known.get(key)?.get(value.value)
  if (found !== undefined) return found
  if (knownPairs++ === mostPairs) {
    known.clear()
    knownPairs = 1
  }
  const values = known.get(key) ?? new Map<unknown, Pair>()
  known.set(key, values.set(value.value, pair))
  return pair
}

/** An attribute's value; nil for maps, bytes, and lists of mixed or further lists. */
function anyValue(from: unknown, at: string): Value {
  const value = fields(from, at)
  if (value.stringValue !== undefined)
    return { type: 'string', value: text(value.stringValue, `${at}.stringValue`) }
  if (value.intValue !== undefined)
    return { type: 'int', value: exact(integer(value.intValue, `${at}.intValue`)) }
  if (value.doubleValue !== undefined)
    return { type: 'float', value: double(value.doubleValue, `${at}.doubleValue`) }
  if (value.boolValue !== undefined) {
    if (typeof value.boolValue !== 'boolean') throw wrong(`${at}.boolValue`, 'true or false', value.boolValue)
    return { type: 'boolean', value: value.boolValue }
  }
  if (value.arrayValue === undefined) return nil
  const elements = items(value.arrayValue, 'values', `${at}.arrayValue`).map(([item, place]) =>
    anyValue(item, place),
  )
  const [type] = elements.map(element => element.type)
  const isFit = type === 'string' || type === 'int' || type === 'float' || type === 'boolean'
  if (!isFit || elements.some(element => element.type !== type)) return nil
  return { type: `${type}[]`, value: elements.map(element => (element as { value: unknown }).value) } as Value
}

function text(value: unknown, at: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw wrong(at, 'a string', value)
}

function id(value: unknown, digits: number, at: string): string {
  if (typeof value === 'string' && value.length === digits && /^[\da-f]+$/i.test(value))
    return value.toLowerCase()
  throw wrong(at, `${digits} hexadecimal digits`, value)
}

/** 64 bits are a string in OTLP/JSON; many writers give a number. */
function integer(value: unknown, at: string): bigint {
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value)
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  throw wrong(at, 'a whole number', value)
}

function nanoseconds(value: unknown, at: string): bigint {
  if (value === undefined || value === null) return 0n
  const time = integer(value, at)
  if (time >= 0n && time < 2n ** 63n) return time
  throw wrong(at, 'nanoseconds since the epoch', value)
}

function double(value: unknown, at: string): number {
  if (typeof value === 'number') return value
  const named = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY }
  if (typeof value === 'string' && value in named) return named[value as keyof typeof named]
  if (typeof value === 'string' && value !== '' && Number.isFinite(Number(value))) return Number(value)
  throw wrong(at, 'a number', value)
}

/** By OTLP's number, with its name. */
const statusCodes = ['unset', 'ok', 'error'].map(name => ({
  name: `STATUS_CODE_${name.toUpperCase()}`,
  index: statuses.indexOf(name as (typeof statuses)[number]),
}))
const kindCodes = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'].map(name => ({
  name: `SPAN_KIND_${name.toUpperCase()}`,
  index: kinds.indexOf(name as (typeof kinds)[number]),
}))

function choice(value: unknown, codes: typeof statusCodes, at: string): number {
  const found =
    typeof value === 'string' ? codes.find(({ name }) => name === value) : codes[Number(value ?? 0)]
  if (found !== undefined) return found.index
  throw wrong(at, `a number from 0 to ${codes.length - 1}`, value)
}

function wrong(at: string, expected: string, got: unknown): TraceDataError {
  return new TraceDataError(
    `expected ${at} to be ${expected}, got ${quoted(JSON.stringify(got) ?? 'nothing')}`,
  )
}

function quoted(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}...` : value
}
