/** The part of Loki's HTTP API that Grafana asks, without the HTTP: a path and its parameters in, an answer out. */

import { predicateOf } from '../../matchers.ts'
import { QueryError } from '../../query-error.ts'
import type { Answer, ErrorKind } from '../../serve/answer.ts'
import { detectedFields } from '../engine/detected-fields.ts'
import { instantQuery, linesQuery, rangeQuery } from '../engine/query.ts'
import type { QueryOptions, QueryResult } from '../engine/result.ts'
import { parse, parseMatchers } from '../language/parse.ts'
import { format } from '../language/print.ts'
import type { LogStorage, LogStream } from '../storage.ts'
import type { Instant } from '../text/instant.ts'
import { resultJson } from './json.ts'
import {
  BadRequest,
  directionParameter,
  durationParameter,
  invalid,
  limitParameter,
  timeParameter,
} from './parameters.ts'

/** What is asked beside the engine's own questions. */
type LogStore = LogStorage & { stats(): { entries: number; newest: number } }

type Endpoint = (store: LogStore, parameters: URLSearchParams, options: QueryOptions) => Answer

const endpoints: { readonly [path: string]: Endpoint | undefined } = {
  '/loki/api/v1/query': query,
  '/loki/api/v1/query_range': queryRange,
  '/loki/api/v1/labels': labels,
  '/loki/api/v1/label': labels,
  '/loki/api/v1/series': series,
  '/loki/api/v1/index/stats': indexStats,
  '/loki/api/v1/index/volume': indexVolume,
  '/loki/api/v1/detected_labels': detectedLabels,
  '/loki/api/v1/detected_fields': detectedFieldsOf,
  '/loki/api/v1/format_query': formatQuery,
  '/loki/api/v1/status/buildinfo': () => json({ version: '3.7.6', branch: 'sightline' }),
}

const valuesPath = /^\/loki\/api\/v1\/(label|detected_field)\/([^/]+)\/values$/

export function endpointAt(path: string): { post: boolean; run: Endpoint } | undefined {
  const fixed = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined
  if (fixed !== undefined) return { post: true, run: fixed }
  const [, kind, name] = valuesPath.exec(path) ?? []
  if (name === undefined) return undefined
  return { post: true, run: kind === 'label' ? values(name) : fieldValues(name) }
}

export function answer(
  store: LogStore,
  path: string,
  parameters: URLSearchParams,
  options: QueryOptions,
): Answer {
  try {
    const endpoint = endpointAt(path)
    if (endpoint === undefined) return errorAnswer(404, 'not_found', `no such path: ${path.slice(0, 200)}`)
    return endpoint.run(store, parameters, options)
  } catch (error) {
    if (error instanceof BadRequest) return errorAnswer(400, 'bad_data', error.message)
    if (!(error instanceof QueryError)) throw error
    if (error.reason === 'cancelled') return errorAnswer(504, 'timeout', error.message)
    return errorAnswer(error.reason === 'limit' ? 422 : 400, 'bad_data', error.message)
  }
}

/** Loki's errors are plain text. */
export function errorAnswer(status: number, _kind: ErrorKind, message: string): Answer {
  return { status, body: `${message}\n`, type: 'text/plain; charset=utf-8' }
}

const json = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) })
const success = (data: unknown): Answer => json({ status: 'success', data })

const mostLines = 5000
const mostSteps = 11_000
const hour = 3_600_000

function query(store: LogStore, parameters: URLSearchParams, options: QueryOptions): Answer {
  const text = parameters.get('query') ?? ''
  if (parse(text).kind === 'logs')
    throw new BadRequest(
      'log queries are not supported as an instant query type, please change your query to a range query type',
    )
  return resultAnswer(
    instantQuery(store, text, timeParameter(parameters, 'time', newest(store)).time, options),
  )
}

function queryRange(store: LogStore, parameters: URLSearchParams, options: QueryOptions): Answer {
  const text = parameters.get('query') ?? ''
  const expr = parse(text)
  const { start, end } = rangeOf(store, parameters)
  if (expr.kind === 'logs') {
    const range = {
      start,
      end,
      direction: directionParameter(parameters),
      limit: limitParameter(parameters, mostLines),
      interval: (durationParameter(parameters, 'interval') ?? 0) * 1e6,
    }
    return resultAnswer(linesQuery(store, text, range, options))
  }
  const length = end.time - start.time
  const step = durationParameter(parameters, 'step') ?? Math.max(1000, Math.ceil(length / 250_000) * 1000)
  if (!(step > 0)) throw invalid('step', 'a duration above 0', parameters.get('step') ?? '')
  if (length / step > mostSteps)
    throw new BadRequest(
      `exceeded maximum resolution of ${mostSteps} points per time series; try a larger step than ${step / 1000}s`,
    )
  return resultAnswer(rangeQuery(store, text, { start: start.time, end: end.time, step }, options))
}

function resultAnswer(result: QueryResult): Answer {
  const data = resultJson(result)
  return { status: 200, body: `{"status":"success","data":${data.slice(0, -1)},"stats":{}}}` }
}

/** The hour up to the newest line, where nothing else is asked for. */
function rangeOf(store: LogStore, parameters: URLSearchParams): { start: Instant; end: Instant } {
  const end = timeParameter(parameters, 'end', newest(store))
  const since = durationParameter(parameters, 'since') ?? hour
  const start = timeParameter(parameters, 'start', { time: end.time - since, nanos: end.nanos })
  if (start.time > end.time || (start.time === end.time && start.nanos > end.nanos))
    throw new BadRequest('end timestamp must not be before or equal to start time')
  return { start, end }
}

function newest(store: LogStore): Instant {
  const { newest: time, entries } = store.stats()
  return { time: entries === 0 ? 0 : time + 1, nanos: 0 }
}

/** The streams of the range that one of the selectors names, or all. */
function streamsOf(store: LogStore, parameters: URLSearchParams, names: readonly string[]): LogStream[] {
  const { start, end } =
    parameters.has('start') || parameters.has('end') ? rangeOf(store, parameters) : everything
  const texts = names.flatMap(name => parameters.getAll(name)).filter(text => text !== '')
  const selectors = texts.length === 0 ? [[]] : texts.map(parseMatchers)
  const isSelected = selectors.map(matchers => {
    const tests = matchers.map(matcher => [matcher.name, predicateOf(matcher)] as const)
    return (stream: LogStream) => tests.every(([name, test]) => test(stream.labels.get(name) ?? ''))
  })
  return store.select([], start.time, end.time).filter(stream => {
    if (!isSelected.some(test => test(stream))) return false
    const entries = stream.read(start.time, end.time)
    return entries.start < entries.end
  })
}

const everything = {
  start: { time: Number.MIN_SAFE_INTEGER, nanos: 0 },
  end: { time: Number.MAX_SAFE_INTEGER, nanos: 0 },
}

function labels(store: LogStore, parameters: URLSearchParams): Answer {
  const names = new Set(streamsOf(store, parameters, ['query']).flatMap(stream => [...stream.labels.keys()]))
  return success([...names].sort())
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw invalid('label', 'a name', name)
  }
}

function values(encoded: string): Endpoint {
  return (store, parameters) => {
    const name = decoded(encoded)
    const found = new Set(
      streamsOf(store, parameters, ['query']).flatMap(stream => stream.labels.get(name) ?? []),
    )
    return success([...found].sort())
  }
}

function series(store: LogStore, parameters: URLSearchParams): Answer {
  const streams = streamsOf(store, parameters, ['match[]', 'match'])
  return success(streams.map(stream => Object.fromEntries(stream.labels)))
}

function indexStats(store: LogStore, parameters: URLSearchParams): Answer {
  const { start, end } = rangeOf(store, parameters)
  let [entries, bytes] = [0, 0]
  const streams = streamsOf(store, parameters, ['query'])
  for (const stream of streams) {
    const read = stream.read(start.time, end.time)
    entries += read.end - read.start
    for (let i = read.start; i < read.end; i++) bytes += read.lines[i]!.length
  }
  return json({ streams: streams.length, chunks: streams.length, entries, bytes })
}

/** Bytes of the streams, added up by the labels that the selector names, or that are asked for; the largest first. */
function indexVolume(store: LogStore, parameters: URLSearchParams): Answer {
  const { start, end } = rangeOf(store, parameters)
  const asked = (parameters.get('targetLabels') ?? '').split(',').filter(Boolean)
  const named = parseMatchers(parameters.get('query') || '{}').map(({ name }) => name)
  const wanted = asked.length > 0 ? asked : named
  const isByLabel = parameters.get('aggregateBy') === 'labels'
  const limit = limitParameter(parameters, mostLines)
  const volumes = new Map<string, { metric: Record<string, string>; bytes: number }>()
  for (const stream of streamsOf(store, parameters, ['query'])) {
    const bytes = bytesOf(stream, start, end)
    const labels = [...stream.labels].filter(([name]) => wanted.length === 0 || wanted.includes(name))
    const all = [...stream.labels].filter(([name]) => asked.length === 0 || asked.includes(name))
    const metrics = isByLabel ? all.map(([name]) => ({ [name]: '' })) : [Object.fromEntries(labels)]
    for (const metric of metrics) {
      const key = JSON.stringify(metric)
      const found = volumes.get(key) ?? { metric, bytes: 0 }
      volumes.set(key, { metric, bytes: found.bytes + bytes })
    }
  }
  const largest = [...volumes].toSorted(([a, one], [b, other]) => other.bytes - one.bytes || (a < b ? -1 : 1))
  const time = (end.time + end.nanos / 1e6) / 1000
  return success({
    resultType: 'vector',
    result: largest.slice(0, limit).map(([, { metric, bytes }]) => ({ metric, value: [time, `${bytes}`] })),
    stats: {},
  })
}

/** Loki counts 8 bytes for each piece of structured metadata, beside its name and value. */
function bytesOf(stream: LogStream, start: Instant, end: Instant): number {
  const { lines, metadata, ...read } = stream.read(start.time, end.time)
  let bytes = 0
  for (let i = read.start; i < read.end; i++) {
    bytes += lines[i]!.length
    for (const [name, value] of metadata[i] ?? []) bytes += name.length + value.length + 8
  }
  return bytes
}

function detectedLabels(store: LogStore, parameters: URLSearchParams): Answer {
  const values = new Map<string, Set<string>>()
  for (const { labels } of streamsOf(store, parameters, ['query']))
    for (const [name, value] of labels) values.set(name, (values.get(name) ?? new Set()).add(value))
  const sorted = [...values].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return json({ detectedLabels: sorted.map(([label, { size }]) => ({ label, cardinality: size })) })
}

const mostFields = 1000

function fieldsOf(store: LogStore, parameters: URLSearchParams, options: QueryOptions, fields: number) {
  const lines = limitParameter(parameters, mostLines, { name: 'line_limit' })
  return detectedFields(
    store,
    parameters.get('query') ?? '',
    { ...rangeOf(store, parameters), lines, fields },
    options,
  )
}

function detectedFieldsOf(store: LogStore, parameters: URLSearchParams, options: QueryOptions): Answer {
  const limit = limitParameter(parameters, mostLines, {
    // As it was called before.
    name: parameters.has('field_limit') ? 'field_limit' : 'limit',
    otherwise: mostFields,
  })
  const fields = fieldsOf(store, parameters, options, limit)
  if (fields.length === 0) return json({})
  const told = fields.map(({ label, type, values, parsers, jsonPath }) => ({
    ...{ label, type, cardinality: values.size },
    parsers: parsers.length === 0 ? null : parsers,
    ...(jsonPath !== undefined && { jsonPath }),
  }))
  return json({ fields: told, limit })
}

/** Of one field, the values that were met first. */
function fieldValues(encoded: string): Endpoint {
  return (store, parameters, options) => {
    const name = decoded(encoded)
    const limit = limitParameter(parameters, mostLines, { otherwise: mostFields })
    const field = fieldsOf(store, parameters, options, mostFields).find(({ label }) => label === name)
    return json(field === undefined ? {} : { values: [...field.values].slice(0, limit), limit })
  }
}

function formatQuery(_: LogStore, parameters: URLSearchParams): Answer {
  return success(format(parse(parameters.get('query') ?? '')))
}
