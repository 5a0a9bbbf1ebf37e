/** The part of Tempo's HTTP API that Grafana asks, without the HTTP: a path and its parameters in, an answer out. */

import { QueryError } from '../../query-error.ts'
import type { Answer, ErrorKind } from '../../serve/answer.ts'
import { defaultStep } from '../engine/grid.ts'
import { queryRange } from '../engine/metrics.ts'
import { type SearchOptions, search } from '../engine/search.ts'
import { intrinsicTags, tagNames, tagScopes, tagValues } from '../engine/tags.ts'
import { metricsJson, resourceSpansJson, searchJson } from '../json.ts'
import type { Attribute } from '../language/ast.ts'
import { parse } from '../language/parse.ts'
import { traceAnswerProtobuf, traceProtobuf } from '../otlp/protobuf.ts'
import type { Trace, TraceStorage } from '../storage.ts'
import { BadRequest, countParameter, durationParameter, timeParameter, traceIdOf } from './parameters.ts'

type Running = Pick<SearchOptions, 'limits' | 'isCancelled'>
type Endpoint = (storage: TraceStorage, parameters: URLSearchParams, running: Running) => Answer

const endpoints: { readonly [path: string]: Endpoint | undefined } = {
  '/api/status/buildinfo': () => json({ version: '3.0.3', branch: 'sightline' }),
  '/api/search': searchEndpoint,
  '/api/search/tags': (storage, parameters, running) => {
    const names = tagNames(storage, { ...tagOptions(parameters), ...running })
    return json({ tagNames: [...new Set(tagScopes.flatMap(scope => names[scope]))].sort(), metrics: {} })
  },
  '/api/v2/search/tags': tagsEndpoint,
  '/api/metrics/query_range': metricsEndpoint,
}

const patterns: [pattern: RegExp, of: (match: string) => Endpoint][] = [
  [/^\/api\/traces\/([^/]+)$/, id => traceEndpoint(id, traceProtobuf, batches => ({ batches }))],
  [
    /^\/api\/v2\/traces\/([^/]+)$/,
    id =>
      traceEndpoint(id, traceAnswerProtobuf, resourceSpans => ({ trace: { resourceSpans }, metrics: {} })),
  ],
  [
    /^\/api\/v2\/search\/tag\/([^/]+)\/values$/,
    name => valuesEndpoint(name, values => ({ tagValues: values, metrics: {} })),
  ],
  [
    /^\/api\/search\/tag\/([^/]+)\/values$/,
    name => valuesEndpoint(name, values => ({ tagValues: values.map(({ value }) => value), metrics: {} })),
  ],
]

export function endpointAt(path: string): { post: false; run: Endpoint } | undefined {
  const fixed = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined
  if (fixed !== undefined) return { post: false, run: fixed }
  for (const [pattern, of] of patterns) {
    const match = pattern.exec(path)?.[1]
    if (match !== undefined) return { post: false, run: of(match) }
  }
  return undefined
}

export function answer(
  storage: TraceStorage,
  path: string,
  parameters: URLSearchParams,
  running: Running,
): Answer {
  try {
    const endpoint = endpointAt(path)
    if (endpoint === undefined) return errorAnswer(404, 'not_found', `no such path: ${path.slice(0, 200)}`)
    return endpoint.run(storage, parameters, running)
  } catch (error) {
    if (error instanceof BadRequest) return errorAnswer(400, 'bad_data', error.message)
    if (!(error instanceof QueryError)) throw error
    if (error.reason === 'cancelled') return errorAnswer(503, 'timeout', error.message)
    return errorAnswer(error.reason === 'limit' ? 422 : 400, 'bad_data', error.message)
  }
}

/** Tempo's errors are plain text. */
export function errorAnswer(status: number, _kind: ErrorKind, message: string): Answer {
  return { status, body: `${message}\n`, type: 'text/plain; charset=utf-8' }
}

function json(value: object): Answer {
  return { status: 200, body: JSON.stringify(value) }
}

function rangeOf(parameters: URLSearchParams) {
  const [start, end] = [timeParameter(parameters, 'start'), timeParameter(parameters, 'end')]
  if (start !== undefined && end !== undefined && end < start)
    throw new BadRequest('invalid end: expected a time after the start')
  return { start, end }
}

function queryOf(parameters: URLSearchParams): string {
  return parameters.get('q') ?? parameters.get('query') ?? ''
}

function searchEndpoint(storage: TraceStorage, parameters: URLSearchParams, running: Running): Answer {
  const query = queryOf(parameters)
  return json(
    searchJson(
      search(storage, query === '' ? '{ }' : query, {
        ...running,
        ...rangeOf(parameters),
        limit: countParameter(parameters, 'limit', 20, 100_000) || 20,
        spansPerSpanset: countParameter(parameters, 'spss', 3, 1000),
      }),
    ),
  )
}

function metricsEndpoint(storage: TraceStorage, parameters: URLSearchParams, running: Running): Answer {
  const { start, end } = metricsRangeOf(parameters)
  const step = durationParameter(parameters, 'step') ?? defaultStep(start, end)
  const exemplars = countParameter(parameters, 'exemplars', 0, 1000)
  return json(
    metricsJson(queryRange(storage, queryOf(parameters), { start, end, step }, { ...running, exemplars })),
  )
}

/** The last hour where none is given; `since` counts back from the end. */
function metricsRangeOf(parameters: URLSearchParams): { start: bigint; end: bigint } {
  const range = rangeOf(parameters)
  const end = range.end ?? BigInt(Date.now()) * 1_000_000n
  const since = durationParameter(parameters, 'since') ?? 3_600_000_000_000n
  return { end, start: range.start ?? end - since }
}

const protobuf = 'application/protobuf'

function traceEndpoint(
  id: string,
  inProtobuf: (trace: Trace) => Uint8Array,
  shape: (resourceSpans: object[]) => object,
): Endpoint {
  return (storage, parameters) => {
    const trace = storage.trace(traceIdOf(id))
    if (trace === undefined) return errorAnswer(404, 'not_found', `trace not found: ${id}`)
    if (parameters.get('accept')?.includes(protobuf))
      return { status: 200, body: inProtobuf(trace), type: protobuf }
    return json(shape(resourceSpansJson(trace)))
  }
}

function tagOptions(parameters: URLSearchParams) {
  return {
    ...rangeOf(parameters),
    query: queryOf(parameters),
    limit: countParameter(parameters, 'limit', 0, 1_000_000) || 10_000,
  }
}

function tagsEndpoint(storage: TraceStorage, parameters: URLSearchParams, running: Running): Answer {
  const scope = parameters.get('scope') ?? ''
  const known = [...tagScopes, 'intrinsic', 'none', ''] as readonly string[]
  if (!known.includes(scope))
    throw new BadRequest(`invalid scope: expected one of ${known.join(', ')}, got ${JSON.stringify(scope)}`)
  const names =
    scope === 'intrinsic' ? undefined : tagNames(storage, { ...tagOptions(parameters), ...running })
  const isAsked = (each: string) => scope === '' || scope === 'none' || scope === each
  const scopes = tagScopes.filter(isAsked).flatMap(name => {
    const tags = names?.[name] ?? []
    return tags.length === 0 ? [] : [{ name, tags }]
  })
  return json({
    scopes: [...scopes, ...(isAsked('intrinsic') ? [{ name: 'intrinsic', tags: intrinsicTags }] : [])],
    metrics: {},
  })
}

function valuesEndpoint(name: string, shape: (values: ReturnType<typeof tagValues>) => object): Endpoint {
  return (storage, parameters, running) =>
    json(shape(tagValues(storage, tagOf(name), { ...tagOptions(parameters), ...running })))
}

/** `span.http.route`, `.env`, `name`; a name without a scope, as the older API has them, is looked for in all. */
function tagOf(encoded: string): Attribute {
  let text: string
  try {
    text = decodeURIComponent(encoded)
  } catch {
    throw new BadRequest(`invalid tag: ${JSON.stringify(encoded.slice(0, 60))}`)
  }
  for (const candidate of [text, `.${text}`]) {
    try {
      const query = parse(`{ ${candidate} }`)
      const [filter] = query.kind === 'search' ? query.pipeline.elements : []
      if (filter?.kind === 'filter' && filter.condition?.kind === 'attribute') return filter.condition
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
    }
  }
  throw new BadRequest(
    `invalid tag: expected an attribute such as span.http.route, got ${JSON.stringify(text.slice(0, 60))}`,
  )
}
