/** Log records of OTLP in JSON as Loki's OTLP endpoint keeps them. */

import { type Labels, labelsOf } from '../../labels.ts'
import { detectLevel } from './level.ts'
import type { LogEntry } from './memory.ts'

/** What is no request of OTLP: the message says where. */
export class OtlpError extends Error {}

/** Attributes of a resource that name streams; all others are structured metadata. */
const streamAttributes: ReadonlySet<string> = new Set([
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'k8s.replicaset.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
])

/** Labels that stand in for a service's name where there is none. */
const nameLabels = ['container_name', 'k8s_container_name', 'k8s_job_name']

type Pair = [name: string, value: string]

/** `tell` gets each record in turn. Throws an OtlpError at what is not as OTLP has it. */
export function readLogs(request: unknown, tell: (labels: Labels, entry: LogEntry) => void): void {
  const resources = list(record(request, 'the request'), 'resourceLogs', 'the request')
  resources.forEach((resource, index) => {
    const place = `resourceLogs[${index}]`
    const { labels, metadata } = readResource(record(resource, place), place)
    list(record(resource, place), 'scopeLogs', place).forEach((scope, scopeIndex) => {
      const scopePlace = `${place}.scopeLogs[${scopeIndex}]`
      const scopeRecord = record(scope, scopePlace)
      const scopePairs = readScope(scopeRecord, scopePlace)
      list(scopeRecord, 'logRecords', scopePlace).forEach((log, logIndex) => {
        const logPlace = `${scopePlace}.logRecords[${logIndex}]`
        const entry = readRecord(record(log, logPlace), logPlace)
        const pairs = new Map([...entry.pairs, ...metadata, ...scopePairs])
        pairs.set('detected_level', detectLevel(labels, pairs, entry.line))
        const sorted = [...pairs]
          .filter(([, value]) => value !== '')
          .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        tell(labels, { ...entry.at, line: entry.line, metadata: sorted })
      })
    })
  })
}

function readResource(resource: Fields, place: string): { labels: Labels; metadata: Pair[] } {
  const inner = resource.resource === undefined ? {} : record(resource.resource, `${place}.resource`)
  const stream: Pair[] = []
  const metadata: Pair[] = []
  for (const { key, value } of attributes(inner, `${place}.resource`))
    (streamAttributes.has(key) ? stream : metadata).push(...pairsOf(key, value, place))
  const named = new Map(stream)
  if (!named.get('service_name')) {
    const other = stream.find(([name]) => nameLabels.includes(name))
    named.set('service_name', other?.[1] ?? 'unknown_service')
  }
  return { labels: labelsOf(named), metadata }
}

function readScope(scope: Fields, place: string): Pair[] {
  const inner = scope.scope === undefined ? {} : record(scope.scope, `${place}.scope`)
  const pairs = attributes(inner, `${place}.scope`).flatMap(({ key, value }) => pairsOf(key, value, place))
  if (typeof inner.name === 'string' && inner.name !== '') pairs.push(['scope_name', inner.name])
  if (typeof inner.version === 'string' && inner.version !== '') pairs.push(['scope_version', inner.version])
  const dropped = Number(inner.droppedAttributesCount ?? 0)
  if (dropped > 0) pairs.push(['scope_dropped_attributes_count', String(dropped)])
  return pairs
}

function readRecord(
  log: Fields,
  place: string,
): { line: string; pairs: Pair[]; at: { time: number; nanos: number } } {
  const pairs = attributes(log, place).flatMap(({ key, value }) => pairsOf(key, value, place))
  const time = nanoseconds(log.timeUnixNano, `${place}.timeUnixNano`)
  const observed = nanoseconds(log.observedTimeUnixNano, `${place}.observedTimeUnixNano`)
  if (time === 0n && observed === 0n)
    throw new OtlpError(`Cannot read ${place}: expected timeUnixNano or observedTimeUnixNano, got neither`)
  if (time !== 0n && observed !== 0n) pairs.push(['observed_timestamp', String(observed)])
  const severity = Number(log.severityNumber ?? 0)
  if (severity !== 0) pairs.push(['severity_number', String(severity)])
  if (typeof log.severityText === 'string' && log.severityText !== '')
    pairs.push(['severity_text', log.severityText])
  const dropped = Number(log.droppedAttributesCount ?? 0)
  if (dropped !== 0) pairs.push(['dropped_attributes_count', String(dropped)])
  const flags = Number(log.flags ?? 0)
  if (flags !== 0) pairs.push(['flags', String(flags)])
  for (const [field, name] of [
    ['traceId', 'trace_id'],
    ['spanId', 'span_id'],
  ] as const) {
    const id = log[field]
    if (typeof id === 'string' && /[^0]/.test(id)) pairs.push([name, id.toLowerCase()])
  }
  const at = time === 0n ? observed : time
  return {
    line: log.body === undefined || log.body === null ? '' : textOf(log.body, `${place}.body`),
    pairs,
    at: { time: Number(at / 1_000_000n), nanos: Number(at % 1_000_000n) },
  }
}

/** One label, or one for each value within an object: `http.request` with `method` is `http_request_method`. */
function pairsOf(key: string, value: unknown, place: string, prefix = ''): Pair[] {
  const name = nameOf(prefix === '' ? key : `${prefix}_${key}`, place)
  const kvlist = (value as Fields | undefined)?.kvlistValue
  if (kvlist === undefined) return [[name, textOf(value, `${place}: ${key}`)]]
  return list(record(kvlist, place), 'values', place).flatMap(inner => {
    const { key: innerKey, value: innerValue } = keyValue(inner, place)
    return pairsOf(innerKey, innerValue, place, name)
  })
}

/** As Prometheus names labels, with one underscore for all that is no letter or digit. */
function nameOf(key: string, place: string): string {
  if (key === '')
    throw new OtlpError(`Cannot read ${place}: expected attributes with a key, got an empty one`)
  const reserved = /^__(.*)__$/su.exec(key)
  const clean = (reserved?.[1] ?? key).replace(/[^A-Za-z0-9]+/gu, '_')
  const name = reserved === null ? clean.replace(/^(?=\d)/, 'key_') : `__${clean}__`
  if (/^_*$/.test(name))
    throw new OtlpError(`Cannot read ${place}: expected a key with a letter, got "${key}"`)
  return name
}

function textOf(value: unknown, place: string): string {
  if (value === undefined || value === null) return ''
  const fields = record(value, place)
  if (fields.stringValue !== undefined) return String(fields.stringValue)
  if (fields.boolValue !== undefined) return String(fields.boolValue)
  if (fields.intValue !== undefined) return String(fields.intValue)
  if (fields.doubleValue !== undefined) return numberText(fields.doubleValue)
  if (fields.bytesValue !== undefined) return String(fields.bytesValue)
  if (fields.kvlistValue === undefined && fields.arrayValue === undefined) return ''
  return JSON.stringify(plain(value, place))
}

const numberText = (value: unknown) => (typeof value === 'string' ? value : String(value))

/** A value as JSON has it, with the keys of objects in order. */
function plain(value: unknown, place: string): unknown {
  const fields = record(value, place)
  if (fields.kvlistValue !== undefined) {
    const entries = list(record(fields.kvlistValue, place), 'values', place).map(inner => {
      const { key, value: innerValue } = keyValue(inner, place)
      return [key, innerValue === undefined ? null : plain(innerValue, place)] as const
    })
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  if (fields.arrayValue !== undefined)
    return list(record(fields.arrayValue, place), 'values', place).map(inner => plain(inner, place))
  if (fields.intValue !== undefined) return Number(fields.intValue)
  return fields.stringValue ?? fields.boolValue ?? fields.doubleValue ?? fields.bytesValue ?? null
}

type Fields = { [field: string]: unknown }

function record(value: unknown, place: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new OtlpError(`Cannot read ${place}: expected an object, got ${describe(value)}`)
}

function list(fields: Fields, name: string, place: string): unknown[] {
  const value = fields[name] ?? []
  if (Array.isArray(value)) return value
  throw new OtlpError(`Cannot read ${name} of ${place}: expected an array, got ${describe(value)}`)
}

function attributes(fields: Fields, place: string): { key: string; value: unknown }[] {
  return list(fields, 'attributes', place).map(attribute => keyValue(attribute, `${place}.attributes`))
}

function keyValue(value: unknown, place: string): { key: string; value: unknown } {
  const fields = record(value, place)
  if (typeof fields.key === 'string') return { key: fields.key, value: fields.value }
  throw new OtlpError(`Cannot read ${place}: expected a key, got ${describe(fields.key)}`)
}

function nanoseconds(value: unknown, place: string): bigint {
  if (value === undefined || value === null || value === '') return 0n
  const isWhole = (typeof value === 'string' && /^\d{1,20}$/.test(value)) || Number.isSafeInteger(value)
  if (isWhole && Number(value) >= 0 && Number(value) < 2 ** 63) return BigInt(value as string | number)
  throw new OtlpError(`Cannot read ${place}: expected nanoseconds since the epoch, got ${describe(value)}`)
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 60) ?? typeof value)
}
