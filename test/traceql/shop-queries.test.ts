/** Every TraceQL query of dashboards and runbooks, over spans that the shop sent while it was broken in known ways. */

import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadTraceFile } from '../../engines/traceql/files/otlp-file.ts'
import { type SearchResult, search } from '../../engines/traceql/index.ts'

type FoundSpan = SearchResult['traces'][number]['spansets'][number]['spans'][number]['span']

/** What a query says it returns: at least so many traces, and of each span what `holds` says. */
interface Promise {
  traces: number
  holds: (span: FoundSpan) => boolean
}

const error = 0
const server = 3
const milliseconds = (span: FoundSpan) => Number(span.duration) / 1e6
const attributeOf = (span: FoundSpan, key: string) => {
  const value = span.attributes.find(pair => pair.key === key)?.value
  return value === undefined || value.type === 'nil' ? undefined : value.value
}
const isOf = (service: string, span: FoundSpan) => span.resource.service === service

const promises: { [query: string]: Promise } = {
  '{ resource.service.name=~"$job" && status=error } with (most_recent=true)': {
    traces: 3,
    holds: span => span.status === error,
  },
  '{ resource.service.name=~"$job" && kind=server && duration>300ms } with (most_recent=true)': {
    traces: 5,
    holds: span => span.kind === server && milliseconds(span) > 300,
  },
  '{ resource.service.name = "shop" && span.http.route = "/orders" && status = error }': {
    traces: 2,
    holds: span =>
      isOf('shop', span) && attributeOf(span, 'http.route') === '/orders' && span.status === error,
  },
  '{ resource.service.name = "worker" && span.messaging.destination.name = "fulfilment" && span:duration > 1s }':
    {
      traces: 2,
      holds: span => isOf('worker', span) && milliseconds(span) > 1000,
    },
  '{ resource.service.name = "shop" && span.http.route = "/products" } >> { } | by(span.db.query.summary) | count() > 1':
    { traces: 1, holds: span => attributeOf(span, 'db.query.summary') === 'product by id' },
  '{ resource.service.name = "shop" && span.http.route = "/orders" } >> { kind = client } | count() > 2': {
    traces: 5,
    holds: span => span.kind === 2,
  },
  '{ resource.service.name = "shop" && span.http.response.status_code >= 500 }': {
    traces: 2,
    holds: span => isOf('shop', span) && Number(attributeOf(span, 'http.response.status_code')) >= 500,
  },
  '{ resource.service.name = "shop" && span:duration > 300ms }': {
    traces: 5,
    holds: span => isOf('shop', span) && milliseconds(span) > 300,
  },
  '{ span.db.query.summary = "search products" && span:duration > 250ms }': {
    traces: 1,
    holds: span => attributeOf(span, 'db.query.summary') === 'search products' && milliseconds(span) > 250,
  },
}

/** The trace that somebody chose on the dashboard, by its id. */
const variables: { [query: string]: true } = { $chosen_trace: true }

const store = loadTraceFile('test/traceql/shop-spans.jsonl')
const queries = [...new Set([...ofDashboards(), ...ofRunbooks()])]

describe('TraceQL of dashboards and runbooks', () => {
  test.each(queries)('%s', query => {
    const promise = promises[query]
    if (promise === undefined) throw new Error(`Expected what ${query} returns to be said here`)
    const text = query.replaceAll('$job', '(shop|payments|worker)')
    const { traces } = search(store, text, { limit: 100, spansPerSpanset: 100 })
    expect(traces.length).toBeGreaterThanOrEqual(promise.traces)
    const spans = traces.flatMap(({ spansets }) =>
      spansets.flatMap(each => each.spans.map(({ span }) => span)),
    )
    for (const span of spans) expect(promise.holds(span), `${span.name} ${span.id}`).toBe(true)
    const all = [...store.traces({ needs: [] })].flatMap(trace => trace.spans)
    // What holds for the found ones does not for all, or the query would prove nothing.
    expect(all.every(promise.holds)).toBe(false)
  })

  test('none is left here that no dashboard and no runbook has', () => {
    expect(queries.toSorted()).toEqual(Object.keys(promises).toSorted())
  })
})

/** As Grafana reads them. */
function ofDashboards(): string[] {
  const found: string[] = []
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { datasource, query, queryType } = node as { [key: string]: unknown }
    const isTempo = (datasource as { type?: unknown } | undefined)?.type === 'tempo'
    if (isTempo && typeof query === 'string' && queryType !== 'serviceMap' && variables[query] === undefined)
      found.push(query)
    for (const value of Object.values(node)) look(value)
  }
  for (const file of globSync('generated/dashboards/*.json')) look(JSON.parse(readFileSync(file, 'utf8')))
  return found
}

function ofRunbooks(): string[] {
  return globSync('docs/runbooks/*.md').flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(/```traceql\n\s*(.+)\n/g)].map(([, query]) => query!),
  )
}
