/**
 * Every LogQL query of our dashboards and runbooks, over what the shop wrote in two short runs: under load, with payments
 * that broke, jobs that could not be worked off, failing requests and a crash. The file has each request of the exporter
 * on a line.
 */

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { interpolate } from '../../dashboards/kit/live/interpolate.ts'
import { renderAll } from '../../dashboards/outputs.ts'
import { linesQuery, rangeQuery } from '../../engines/logql/engine/query.ts'
import { loadLogFile } from '../../engines/logql/files/otlp-file.ts'
import { parse } from '../../engines/logql/language/parse.ts'
import { print } from '../../engines/logql/language/print.ts'

const store = loadLogFile(join(import.meta.dirname, 'shop-logs.jsonl'))
const { oldest, newest } = store.stats()
const range = {
  from: Math.floor(oldest / 1000),
  to: Math.ceil(newest / 1000) + 1,
  step: 15,
  scrapeInterval: 5,
}

/** What the recorded runs have nothing for. */
const quiet: readonly string[] = ['{service_name="worker"} |= "Cannot settle all open orders"']

const ofDashboards = renderAll().flatMap(dashboard => {
  const text = JSON.stringify(dashboard.panels)
  const queries = [...text.matchAll(/"expr":("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted]) => JSON.parse(quoted!) as string,
  )
  return queries
    .filter(query => query.includes('{service_name'))
    .map(query => [dashboard.uid, interpolate(withTrace(query), dashboard, range)] as const)
})

const ofRunbooks = globSync('docs/runbooks/*.md').flatMap(file =>
  [...readFileSync(file, 'utf8').matchAll(/```logql\n([\s\S]*?)```/g)].map(
    ([, query]) => [file, query!.trim()] as const,
  ),
)

test('there are queries of both', () => {
  expect(ofDashboards.length).toBeGreaterThanOrEqual(3)
  expect(ofRunbooks.length).toBeGreaterThanOrEqual(7)
  expect(quiet.filter(query => !ofRunbooks.some(([, one]) => one === query))).toEqual([])
})

describe.each([...ofDashboards, ...ofRunbooks])('%s: %s', (_, query) => {
  test('is read, and gives what the shop wrote', () => {
    expect(print(parse(print(parse(query))))).toBe(print(parse(query)))
    const found = ask(query)
    if (quiet.includes(query)) expect(found).toEqual([])
    else expect(found.length).toBeGreaterThan(0)
  })
})

test('they find what they say', () => {
  const levels = rangeQuery(
    store,
    ofDashboards.find(([, query]) => query.startsWith('sum by (detected_level)'))![1],
    { start: oldest, end: newest + 15_000, step: 15_000 },
  )
  expect(levels.series.map(({ labels }) => labels.get('detected_level'))).toEqual([
    'error',
    'fatal',
    'info',
    'warn',
  ])
  const total = levels.series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0)
  expect(total).toBeGreaterThan(0.9 * store.stats().entries)
  expect(ask('{service_name="worker"} | detected_level="error"').join()).toContain('job became a dead letter')
  expect(ask('{service_name=~"shop|payments|worker"} | detected_level="fatal"').join()).toContain(
    'uncaught exception',
  )
  const failures = ask('{service_name="shop"} | status >= 500')
  expect(failures.length).toBe(ask('{service_name="shop"} |~ " 5[0-9]{2} "').length)
})

test('lines of Investigate say everything once, and which job failed and why', () => {
  const [, errors] = ofDashboards.find(
    ([uid, query]) => uid === 'sightline-investigate' && query.startsWith('{'),
  )!
  const lines = ask(errors)
  expect(lines).toContainEqual(expect.stringMatching(/^shop: [A-Z]+ \S+ 5\d\d [\d.]+ ms( [^\d/].*)?$/))
  expect(lines).toContainEqual(expect.stringMatching(/^worker: job .* fulfilment/))
  for (const line of lines) {
    const telling = line.split(' ').filter(word => /\d|\//.test(word))
    expect(new Set(telling).size, line).toBe(telling.length)
  }
})

/** Lines, or one text for each series. */
function ask(query: string): string[] {
  if (parse(query).kind !== 'logs') {
    const { series } = rangeQuery(store, query, { start: oldest, end: newest, step: 15_000 })
    return series.map(({ labels, values }) => `${JSON.stringify([...labels])} ${values.join(' ')}`)
  }
  const { streams } = linesQuery(store, query, {
    start: { time: oldest, nanos: 0 },
    end: { time: newest + 1, nanos: 0 },
    direction: 'backward',
    limit: 1000,
    interval: 0,
  })
  return streams.flatMap(({ entries }) => entries.map(({ line }) => line))
}

/** A variable that a click fills in: here with the trace of the first line that has one. */
function withTrace(query: string): string {
  const { streams } = linesQuery(store, '{service_name="shop"} | trace_id!=""', {
    start: { time: oldest, nanos: 0 },
    end: { time: newest + 1, nanos: 0 },
    direction: 'forward',
    limit: 1,
    interval: 0,
  })
  return query.replace('${trace:raw}', streams[0]?.labels.get('trace_id') ?? '')
}
