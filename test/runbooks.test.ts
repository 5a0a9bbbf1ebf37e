/** A page per alert, whose links, queries and faults exist. */
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ruleGroups } from '../alerts/outputs.ts'
import { isAlert } from '../alerts/rules.ts'
import { faults } from '../app/faults/catalogue.ts'
import { dashboardUids } from '../contract/links.ts'
import type { Language } from '../contract/parse.ts'
import { selectors, syntaxProblem } from '../contract/parse.ts'
import { allMetrics } from '../contract/shop-signals.ts'
import { allStackMetrics } from '../contract/stack-signals.ts'
import { presets } from '../contract/windows.ts'
import { createLogStore, instantQuery, type LogStore, linesQuery, readLogs } from '../engines/logql/index.ts'
import { encodeLine, encodeResource } from '../otel/otlp.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'docs', 'runbooks')
const rules = presets.flatMap(preset => ruleGroups(preset)).flatMap(group => group.rules)
const alerts = [...new Set(rules.filter(isAlert).map(rule => rule.alert))].toSorted()
const pages = Object.fromEntries(
  readdirSync(folder).map(file => [file.replace(/\.md$/, ''), readFileSync(join(folder, file), 'utf8')]),
)
const lineTime = Date.parse('2026-01-01T00:00:00Z')
const series = new Set([
  ...rules.flatMap(rule => (isAlert(rule) ? [] : [rule.record])),
  ...[...allMetrics, ...allStackMetrics].flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  ),
])

test('every alert has a page and every page an alert', () => {
  expect(Object.keys(pages).toSorted()).toEqual(alerts)
})

test('every alert a fault promises exists', () => {
  for (const { id, alert } of faults) expect(alerts, id).toContain(alert.name)
})

/** What the shop, payments and the worker write, and the bodies of the lines each runbook's query is to find. */
const service = (name: string, lines: object[]) => ({ name, lines })
const written = [
  service('shop', [
    ...requests(200, 20, 'info'),
    ...requests(500, 3, 'error'),
    ...Array.from({ length: 90 }, () => ({ level: 'warn', msg: 'Checking the connection' })),
    { level: 'fatal', msg: 'Out of memory' },
  ]),
  service('payments', [{ level: 'error', msg: 'Cannot charge' }]),
  service('worker', [
    { level: 'info', msg: 'ready' },
    { level: 'error', msg: 'Job failed' },
  ]),
]
const failed = Array.from({ length: 3 }, (_, index) => `GET /products/:id 500 ${index + 1}.5 ms`)
const expectedLines: Record<string, string[]> = {
  CrashLoop: ['Out of memory'],
  DeadLetters: ['Job failed'],
  ShopAvailabilityBurn: failed,
  SloDataAbsent: [...failed, 'Job failed', 'Out of memory'],
  TargetDown: ['Cannot charge', ...failed, 'Job failed', 'Out of memory'],
}

test('each query for lines finds those it is about, and no stage of it fails on one', () => {
  const store = storeOf(written)
  const queries = logqlOfRunbooks().filter(({ query }) => query.startsWith('{') && !query.includes('|='))
  for (const { alert, query } of queries) {
    const found = linesOf(store, query).toSorted()
    if (expectedLines[alert] === undefined) expect(found, query).not.toEqual([])
    else expect(found, query).toEqual(expectedLines[alert].toSorted())
  }
  expect(queries.map(({ alert }) => alert)).toEqual(expect.arrayContaining(Object.keys(expectedLines)))
})

test('each text that a query looks for is one that the code writes', () => {
  const code = globSync(['app/**/*.ts', 'otel/**/*.ts'], { cwd: root })
    .filter(path => !path.endsWith('.test.ts'))
    .map(path => readFileSync(join(root, path), 'utf8'))
  for (const { query } of logqlOfRunbooks()) {
    const [, text] = /\|= "([^"]+)"/.exec(query) ?? []
    if (text === undefined) continue
    expect(
      code.some(source => source.includes(text)),
      query,
    ).toBe(true)
    const [, name] = /service_name="(\w+)"/.exec(query)!
    const line = { level: 'warn', msg: text }
    expect(linesOf(storeOf([service(name!, [line])]), query)).toEqual([text])
  }
})

test('the message that repeats is the one that was written most, whatever numbers are in the others', () => {
  const query = logqlOfRunbooks().find(({ alert }) => alert === 'LogVolumeHigh')!.query
  const result = instantQuery(storeOf(written), query, lineTime + 60_000)
  const rows = result.type === 'vector' ? result.samples : []
  const counts = rows
    .toSorted((a, b) => b.value - a.value)
    .map(({ labels, value }) => [labels.get('message'), value])
  expect(counts.slice(0, 3)).toEqual([
    ['Checking the connection', 90],
    ['GET /products/:id N N ms', 23],
    [expect.any(String), 1],
  ])
})

test.each(alerts)('%s', alert => {
  const page = pages[alert]!
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual([alert, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Reproduce'])

  const linked = [...page.matchAll(/\/d\/([a-z-]+)|`(sightline-[a-z]+)`/g)].map(
    ([, url, name]) => url ?? name,
  )
  expect(linked.length).toBeGreaterThan(0)
  for (const uid of linked) expect(Object.values<string>(dashboardUids)).toContain(uid)

  const queries = queriesOf(page)
  expect(queries.length).toBeGreaterThan(0)
  for (const { language, query } of queries) {
    expect(syntaxProblem(language, query), query).toBeUndefined()
    if (language === 'promql')
      for (const { metric } of selectors(query)) expect(series, query).toContain(metric.text)
  }

  for (const [, id] of page.matchAll(/npm run fault -- start ([a-z-]+)/g))
    expect(faults.map(fault => fault.id)).toContain(id)
  const names = [...page.matchAll(/\b(?:see|See|and) ([A-Z][a-z]+(?:[A-Z][A-Za-z]+)+)/g)].map(
    ([, name]) => name,
  )
  for (const name of names) expect(alerts, name).toContain(name)
})

function queriesOf(page: string): { language: Language; query: string }[] {
  return [...page.matchAll(/```(promql|logql|traceql)\n\s*(.+)\n/g)].map(([, language, query]) => ({
    language: language as Language,
    query: query!,
  }))
}

function linesOf(store: LogStore, query: string): string[] {
  const { streams } = linesQuery(store, query, {
    start: { time: 0, nanos: 0 },
    end: { time: 2 * lineTime, nanos: 0 },
    direction: 'forward',
    limit: 1_000,
    interval: 0,
  })
  expect(
    streams.filter(({ labels }) => labels.has('__error__')),
    query,
  ).toEqual([])
  return streams.flatMap(({ entries }) => entries.map(({ line }) => line))
}

function logqlOfRunbooks(): { alert: string; query: string }[] {
  return alerts.flatMap(alert =>
    queriesOf(pages[alert]!).flatMap(({ language, query }) =>
      language === 'logql' ? [{ alert, query }] : [],
    ),
  )
}

function requests(status: number, count: number, level: string): object[] {
  return Array.from({ length: count }, (_, index) => ({
    level,
    method: 'GET',
    route: '/products/:id',
    status,
    duration_ms: index + 1.5,
    msg: `GET /products/:id ${status} ${index + 1}.5 ms`,
  }))
}

/** By way of the kit's own OTLP, so that every field has the name and place that Loki gets. */
function storeOf(services: readonly ReturnType<typeof service>[]): LogStore {
  const store = createLogStore()
  for (const { name, lines } of services) {
    const resource = encodeResource({ 'service.name': name })
    const records = lines.map((line, index) =>
      encodeLine(JSON.stringify({ time: lineTime + index, service_name: name, ...line })),
    )
    readLogs(
      JSON.parse(`{"resourceLogs":[{"resource":${resource},"scopeLogs":[{"logRecords":[${records}]}]}]}`),
      (labels, entry) => store.append(labels, entry),
    )
  }
  return store
}
