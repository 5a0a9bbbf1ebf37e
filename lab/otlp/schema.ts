/** The messages of OTLP 1.x that the lab reads: field numbers, and the names they have in JSON. */
import type { Field, FieldType, Schema } from './protobuf.ts'

export type Signal = 'traces' | 'logs' | 'metrics'

const one = (name: string, type: FieldType | (() => Schema)): Field => ({ name, type })
const many = (name: string, type: FieldType | (() => Schema)): Field => ({ name, type, repeated: true })

const anyValue: Schema = {
  1: one('stringValue', 'string'),
  2: one('boolValue', 'bool'),
  3: one('intValue', 'int64'),
  4: one('doubleValue', 'double'),
  5: one('arrayValue', () => ({ 1: many('values', () => anyValue) })),
  6: one('kvlistValue', () => ({ 1: many('values', () => keyValue) })),
  7: one('bytesValue', 'bytes'),
}

const keyValue: Schema = { 1: one('key', 'string'), 2: one('value', () => anyValue) }

const attributes = many('attributes', () => keyValue)
const dropped = one('droppedAttributesCount', 'uint32')

const resource: Schema = { 1: attributes, 2: dropped }

const scope: Schema = {
  1: one('name', 'string'),
  2: one('version', 'string'),
  3: attributes,
  4: dropped,
}

/** All three requests are a list of resources, each with a list of scopes, each with a list of what was measured. */
function request(resources: string, scopes: string, items: string, item: Schema): Schema {
  const scopeItems: Schema = {
    1: one('scope', () => scope),
    2: many(items, () => item),
    3: one('schemaUrl', 'string'),
  }
  const resourceItems: Schema = {
    1: one('resource', () => resource),
    2: many(scopes, () => scopeItems),
    3: one('schemaUrl', 'string'),
  }
  return { 1: many(resources, () => resourceItems) }
}

const event: Schema = {
  1: one('timeUnixNano', 'fixed64'),
  2: one('name', 'string'),
  3: attributes,
  4: dropped,
}

const link: Schema = {
  1: one('traceId', 'id'),
  2: one('spanId', 'id'),
  3: one('traceState', 'string'),
  4: attributes,
  5: dropped,
  6: one('flags', 'fixed32'),
}

const span: Schema = {
  1: one('traceId', 'id'),
  2: one('spanId', 'id'),
  3: one('traceState', 'string'),
  4: one('parentSpanId', 'id'),
  5: one('name', 'string'),
  6: one('kind', 'enum'),
  7: one('startTimeUnixNano', 'fixed64'),
  8: one('endTimeUnixNano', 'fixed64'),
  9: attributes,
  10: dropped,
  11: many('events', () => event),
  12: one('droppedEventsCount', 'uint32'),
  13: many('links', () => link),
  14: one('droppedLinksCount', 'uint32'),
  15: one('status', () => ({ 2: one('message', 'string'), 3: one('code', 'enum') })),
  16: one('flags', 'fixed32'),
}

const logRecord: Schema = {
  1: one('timeUnixNano', 'fixed64'),
  2: one('severityNumber', 'enum'),
  3: one('severityText', 'string'),
  5: one('body', () => anyValue),
  6: attributes,
  7: dropped,
  8: one('flags', 'fixed32'),
  9: one('traceId', 'id'),
  10: one('spanId', 'id'),
  11: one('observedTimeUnixNano', 'fixed64'),
  12: one('eventName', 'string'),
}

const exemplar: Schema = {
  2: one('timeUnixNano', 'fixed64'),
  3: one('asDouble', 'double'),
  4: one('spanId', 'id'),
  5: one('traceId', 'id'),
  6: one('asInt', 'sfixed64'),
  7: many('filteredAttributes', () => keyValue),
}

const numberPoint: Schema = {
  2: one('startTimeUnixNano', 'fixed64'),
  3: one('timeUnixNano', 'fixed64'),
  4: one('asDouble', 'double'),
  5: many('exemplars', () => exemplar),
  6: one('asInt', 'sfixed64'),
  7: attributes,
  8: one('flags', 'uint32'),
}

const histogramPoint: Schema = {
  2: one('startTimeUnixNano', 'fixed64'),
  3: one('timeUnixNano', 'fixed64'),
  4: one('count', 'fixed64'),
  5: one('sum', 'double'),
  6: many('bucketCounts', 'fixed64'),
  7: many('explicitBounds', 'double'),
  8: many('exemplars', () => exemplar),
  9: attributes,
  10: one('flags', 'uint32'),
}

const pointsOf = (point: Schema): Schema => ({
  1: many('dataPoints', () => point),
  2: one('aggregationTemporality', 'enum'),
  3: one('isMonotonic', 'bool'),
})

/** Of what is refused only that it is there. */
const refusedKind: Schema = { 1: many('dataPoints', () => ({})) }

const metric: Schema = {
  1: one('name', 'string'),
  2: one('description', 'string'),
  3: one('unit', 'string'),
  5: one('gauge', () => pointsOf(numberPoint)),
  7: one('sum', () => pointsOf(numberPoint)),
  9: one('histogram', () => pointsOf(histogramPoint)),
  10: one('exponentialHistogram', () => refusedKind),
  11: one('summary', () => refusedKind),
}

export const schemas: Record<Signal, Schema> = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', span),
  logs: request('resourceLogs', 'scopeLogs', 'logRecords', logRecord),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', metric),
}
