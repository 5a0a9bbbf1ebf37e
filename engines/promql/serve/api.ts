/** Prometheus' HTTP API over a store, without the HTTP: a path and its parameters in, a status and JSON out. */

import { keyOf, type Labels } from '../../labels.ts'
import type { LabelMatcher } from '../../matchers.ts'
import { QueryError } from '../../query-error.ts'
import type { Answer, ErrorKind } from '../../serve/answer.ts'
import { parse } from '../engine/parse.ts'
import { instantQuery, rangeQuery } from '../engine/query.ts'
import type { InstantResult, QueryOptions, RangeResult } from '../engine/results.ts'
import { type Expr, nodesOf } from '../language/ast.ts'
import { typeOf } from '../language/check.ts'
import { format } from '../language/print.ts'
import type { Store } from '../store/memory.ts'
import type { Metadata } from '../text/openmetrics.ts'
import { labelsJson, resultJson } from './json.ts'
import {
  BadData,
  durationParameter,
  invalid,
  limitParameter,
  matchParameters,
  type Parameters,
  reading,
  timeParameter,
} from './parameters.ts'

export interface Dataset {
  store: Store
  metadata: ReadonlyMap<string, Metadata>
  /** What a running server knows beside its samples. */
  live?: Live
}

/** Each as its endpoint answers it, without the envelope. */
export interface Live {
  targets(parameters: Parameters): object
  rules(parameters: Parameters): object
  alerts(): object
  exemplars(matchers: readonly (readonly LabelMatcher[])[], from: number, to: number): object
}

interface ApiOptions extends QueryOptions {
  /** Milliseconds a query may take; a shorter `timeout` of the request wins. */
  timeout: number
}

/** What a path answers to, and whether as POST too. */
const endpoints: ReadonlyMap<string, { post: boolean; run: Endpoint }> = new Map([
  ['/api/v1/query', { post: true, run: query }],
  ['/api/v1/query_range', { post: true, run: queryRange }],
  ['/api/v1/query_exemplars', { post: true, run: queryExemplars }],
  ['/api/v1/format_query', { post: true, run: formatQuery }],
  ['/api/v1/labels', { post: true, run: labelNames }],
  ['/api/v1/series', { post: true, run: series }],
  ['/api/v1/metadata', { post: false, run: metadata }],
  [
    '/api/v1/rules',
    { post: false, run: ({ live }, parameters) => json(live?.rules(parameters) ?? { groups: [] }) },
  ],
  ['/api/v1/alerts', { post: false, run: ({ live }) => json(live?.alerts() ?? { alerts: [] }) }],
  ['/api/v1/targets', { post: false, run: targets }],
  ['/api/v1/status/buildinfo', { post: false, run: () => ({ data: JSON.stringify(buildInfo) }) }],
])

const labelValuesPath = /^\/api\/v1\/label\/([^/]+)\/values$/

/** Undefined where there is nothing at the path. */
export function endpointAt(path: string): { post: boolean; run: Endpoint } | undefined {
  const encoded = labelValuesPath.exec(path)?.[1]
  if (encoded === undefined) return endpoints.get(path)
  return { post: false, run: (data, parameters) => labelValues(data, parameters, encoded) }
}

export function answer(data: Dataset, path: string, parameters: Parameters, options: ApiOptions): Answer {
  const started = Date.now()
  let timeout = options.timeout
  const isLate = () => Date.now() - started > timeout
  try {
    if (parameters.get('timeout')) timeout = Math.min(timeout, durationParameter(parameters, 'timeout'))
    const endpoint = endpointAt(path)
    if (endpoint === undefined) return errorAnswer(404, 'not_found', `no such path: ${path.slice(0, 200)}`)
    const isCancelled = () => isLate() || options.isCancelled?.() === true
    return success(endpoint.run(data, parameters, { ...options, isCancelled }))
  } catch (error) {
    if (error instanceof BadData) return errorAnswer(400, 'bad_data', error.message)
    if (!(error instanceof QueryError)) throw error
    if (error.reason === 'parse') return errorAnswer(400, 'bad_data', error.message)
    if (error.reason !== 'cancelled') return errorAnswer(422, 'execution', error.message)
    if (!isLate()) return errorAnswer(499, 'canceled', 'query was canceled in expression evaluation')
    return errorAnswer(503, 'timeout', 'query timed out in expression evaluation')
  }
}

export function errorAnswer(status: number, errorType: ErrorKind, error: string): Answer {
  return { status, body: JSON.stringify({ status: 'error', errorType, error }) }
}

type Endpoint = (data: Dataset, parameters: Parameters, options: QueryOptions) => Found

interface Found {
  /** As JSON. */
  data: string
  warnings?: readonly string[]
  infos?: readonly string[]
}

const mostPoints = 11_000
const mostNotes = 10
const truncated = 'results truncated due to limit'

const buildInfo = {
  version: '3.14.0',
  revision: 'sightline',
  branch: '',
  buildUser: '',
  buildDate: '',
  goVersion: '',
}

function success({ data, warnings = [], infos = [] }: Found): Answer {
  const notes = [notesJson('warnings', 'warning', warnings), notesJson('infos', 'info', infos)].join('')
  return { status: 200, body: `{"status":"success","data":${data}${notes}}` }
}

function notesJson(field: string, kind: string, notes: readonly string[]): string {
  if (notes.length === 0) return ''
  const rest = notes.length - mostNotes
  const shown = rest > 0 ? [...notes.slice(0, mostNotes), `${rest} more ${kind} annotations omitted`] : notes
  return `,"${field}":${JSON.stringify(shown)}`
}

function json(value: object): Found {
  return { data: JSON.stringify(value) }
}

function targets({ live }: Dataset, parameters: Parameters): Found {
  return json(live?.targets(parameters) ?? { activeTargets: [], droppedTargets: [], droppedTargetCounts: {} })
}

/** Those of every series that the query selects, whatever it then does with them. */
function queryExemplars({ live }: Dataset, parameters: Parameters, options: QueryOptions): Found {
  if (live === undefined) return json([])
  const start = timeParameter(parameters, 'start', Number.MIN_SAFE_INTEGER)
  const end = timeParameter(parameters, 'end', Number.MAX_SAFE_INTEGER)
  if (end < start) throw invalid('end', 'end timestamp must not be before start timestamp')
  const sets = [...nodesOf(queryParameter(parameters, options))].flatMap(node =>
    node.kind === 'selector' ? [node.matchers] : [],
  )
  return json(live.exemplars(sets, start, end))
}

function query({ store, live }: Dataset, parameters: Parameters, options: QueryOptions): Found {
  const limit = limitParameter(parameters)
  const time = parameters.get('time')
    ? timeParameter(parameters, 'time')
    : live === undefined
      ? (store.stats().newest ?? Date.now())
      : Date.now()
  const expr = queryParameter(parameters, options)
  return found(instantQuery(store, expr, time, withLookback(parameters, options)), limit, options)
}

function queryRange({ store }: Dataset, parameters: Parameters, options: QueryOptions): Found {
  const limit = limitParameter(parameters)
  const start = timeParameter(parameters, 'start')
  const end = timeParameter(parameters, 'end')
  if (end < start) throw invalid('end', 'end timestamp must not be before start time')
  const step = durationParameter(parameters, 'step')
  if (step <= 0)
    throw invalid(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    )
  if (Math.floor((end - start) / step) > mostPoints)
    throw new BadData(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  const expr = queryParameter(parameters, options)
  const type = typeOf(expr)
  if (type !== 'vector' && type !== 'scalar')
    throw invalid(
      'query',
      `invalid expression type "${type === 'matrix' ? 'range vector' : type}" for range query, must be Scalar or instant Vector`,
    )
  return found(
    rangeQuery(store, expr, { start, end, step }, withLookback(parameters, options)),
    limit,
    options,
  )
}

function queryParameter(parameters: Parameters, { features }: QueryOptions): Expr {
  return reading('query', () => parse(parameters.get('query') ?? '', features))
}

function withLookback(parameters: Parameters, options: QueryOptions): QueryOptions {
  if (!parameters.get('lookback_delta')) return options
  const lookback = durationParameter(parameters, 'lookback_delta')
  return lookback > 0 ? { ...options, lookback } : options
}

function found(result: InstantResult | RangeResult, limit: number, { isCancelled }: QueryOptions): Found {
  const count =
    result.type === 'vector' ? result.samples.length : result.type === 'matrix' ? result.series.length : 0
  if (limit === 0 || count <= limit) return { ...result, data: resultJson(result, isCancelled) }
  const part =
    result.type === 'vector'
      ? { ...result, samples: result.samples.slice(0, limit) }
      : { ...result, ...('series' in result && { series: result.series.slice(0, limit) }) }
  return {
    data: resultJson(part, isCancelled),
    warnings: [...result.warnings, truncated],
    infos: result.infos,
  }
}

function formatQuery(_: Dataset, parameters: Parameters, options: QueryOptions): Found {
  return { data: JSON.stringify(format(queryParameter(parameters, options))) }
}

function labelNames({ store }: Dataset, parameters: Parameters): Found {
  const { sets, from, to } = selection(parameters)
  return limited(parameters, unionOf(sets.map(matchers => store.labelNames(matchers, from, to))))
}

function labelValues({ store }: Dataset, parameters: Parameters, encoded: string): Found {
  const name = labelNameOf(encoded)
  const { sets, from, to } = selection(parameters)
  return limited(parameters, unionOf(sets.map(matchers => store.labelValues(name, matchers, from, to))))
}

/** Names that are no identifiers come as `U__`, with `_HEX_` for what does not fit. */
function labelNameOf(encoded: string): string {
  let name: string
  try {
    name = decodeURIComponent(encoded)
  } catch {
    throw new BadData(`invalid label name: ${JSON.stringify(encoded)}`)
  }
  if (!name.startsWith('U__')) return name
  return name.slice(3).replace(/__|_([0-9a-fA-F]{1,6})_/g, (whole, hex?: string) => {
    const code = Number.parseInt(hex ?? '', 16)
    return hex === undefined ? '_' : code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

function series({ store }: Dataset, parameters: Parameters): Found {
  const { sets, from, to } = selection(parameters)
  if (!parameters.has('match[]')) throw new BadData('no match[] parameter provided')
  const all = new Map<string, Labels>()
  for (const matchers of sets)
    for (const { labels } of store.select(matchers, from, to)) all.set(keyOf(labels), labels)
  const limit = limitParameter(parameters)
  const shown = [...all.values()].slice(0, limit === 0 ? all.size : limit).map(labelsJson)
  return { data: `[${shown.join(',')}]`, warnings: shown.length < all.size ? [truncated] : [] }
}

function metadata({ metadata }: Dataset, parameters: Parameters): Found {
  const limit = limitParameter(parameters)
  const only = parameters.get('metric')
  const all = [...metadata].filter(([name]) => !only || name === only)
  const shown = limit === 0 ? all : all.slice(0, limit)
  return { data: JSON.stringify(Object.fromEntries(shown.map(([name, known]) => [name, [known]]))) }
}

function selection(parameters: Parameters): { sets: (readonly LabelMatcher[])[]; from: number; to: number } {
  const from = timeParameter(parameters, 'start', Number.MIN_SAFE_INTEGER)
  const to = timeParameter(parameters, 'end', Number.MAX_SAFE_INTEGER)
  if (!parameters.has('match[]')) return { sets: [[]], from, to }
  return { sets: matchParameters(parameters), from, to }
}

function unionOf(lists: readonly string[][]): string[] {
  return lists.length === 1 ? lists[0]! : [...new Set(lists.flat())].sort()
}

function limited(parameters: Parameters, names: string[]): Found {
  const limit = limitParameter(parameters)
  if (limit === 0 || names.length <= limit) return { data: JSON.stringify(names) }
  return { data: JSON.stringify(names.slice(0, limit)), warnings: [truncated] }
}
