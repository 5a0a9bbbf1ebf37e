import { expect, test } from 'vitest'
import type { Queryable } from '../../../contract/expr.ts'
import { httpServer, logFields, runtime } from '../../../otel/signals.ts'
import type { Dashboard, Panel } from '../model.ts'
import { row, timeseries } from '../panels.ts'
import { logql, promql, rate } from '../queries.ts'
import { render } from '../render.ts'
import { processVariables, prometheusSource } from '../variables.ts'
import { problemsOf } from './definitions.ts'

const metrics: Queryable[] = [httpServer.duration, httpServer.active, runtime.openFiles]
const catalogue = {
  metrics: new Map(metrics.map(metric => [metric.name, metric])),
  logs: new Set(Object.keys(logFields)),
  spans: new Set<string>(),
}
const jobAndInstance = processVariables(httpServer.active.name)

const good = timeseries({
  title: 'Rate',
  description: 'Requests per second. Normal: some.',
  unit: 'requestsPerSecond',
  queries: [promql(rate(httpServer.duration))],
})

function definition(changes: Partial<Dashboard> = {}, ...panels: Panel[]): Dashboard {
  return {
    file: 'mine/red.ts',
    uid: 'mine-red',
    title: 'RED',
    description: 'Mine',
    tags: ['mine'],
    variables: [prometheusSource, ...jobAndInstance],
    annotations: [],
    links: [],
    rows: [row('One', panels.length > 0 ? panels : [good])],
    ...changes,
  }
}

const problems = (...definitions: Dashboard[]) => problemsOf(definitions, catalogue)

test('a right definition has no problem', () => {
  expect(problems(definition())).toEqual([])
})

test.each<[string, Dashboard, string]>([
  [
    'two panels with one id',
    definition({}, good, { ...good }),
    'panel "Rate": expected an id of its own, got',
  ],
  ['a wide panel', definition({}, { ...good, width: 25 }), 'expected a width of 1 to 24 columns, got 25'],
  ['a flat panel', definition({}, { ...good, height: 0 }), 'expected a height of whole rows, got 0'],
  ['an unknown unit', definition({}, { ...good, unit: 'parsec' as 'bytes' }), 'got "parsec"'],
  ['no description', definition({}, { ...good, description: '' }), 'expected a description, got none'],
  ['no query', definition({}, { ...good, queries: [] }), 'expected a query, got none'],
  [
    'no data source',
    definition({ variables: jobAndInstance }),
    'expected a data source variable "prometheus_datasource"',
  ],
  [
    'a second language without its source',
    definition({}, { ...good, queries: [logql('{service_name="shop"}')] }),
    '"loki_datasource"',
  ],
  [
    'an unknown metric',
    definition({}, { ...good, queries: [promql('sum(http_requests_total)')] }),
    'expected a metric of the contract, got "http_requests_total"',
  ],
  [
    'an unknown label in a selector',
    definition({}, { ...good, queries: [promql('sum(http_server_active_requests{route="/"})')] }),
    'got "route"',
  ],
  [
    'an unknown label in by',
    definition({}, { ...good, queries: [promql('sum by (route) (http_server_active_requests)')] }),
    'got "route"',
  ],
  [
    'a value outside of its closed set',
    definition(
      {},
      { ...good, queries: [promql('sum(http_server_active_requests{http_request_method="FETCH"})')] },
    ),
    'got "FETCH"',
  ],
  [
    'a histogram as a whole',
    definition({}, { ...good, queries: [promql('sum(http_server_request_duration_seconds)')] }),
    '_bucket, _count or _sum',
  ],
  ['broken PromQL', definition({}, { ...good, queries: [promql('sum(')] }), 'expected promql, got "sum("'],
  [
    'an offset on an expression',
    definition({}, { ...good, queries: [promql('(process_open_fds > 0) offset 5m')] }),
    'expected promql',
  ],
  [
    'a legend of another label',
    definition({}, { ...good, queries: [promql('sum(process_open_fds)', '{{route}}')] }),
    'got "route"',
  ],
  [
    'an unknown variable',
    definition({}, { ...good, queries: [promql('sum(process_open_fds{job="$team"})')] }),
    'got $team',
  ],
  [
    'a dead link',
    definition({ links: [{ kind: 'dashboard', title: 'X', uid: 'nowhere', tooltip: '' }] }),
    'got one to "nowhere"',
  ],
  [
    'rows that lead to a dead dashboard',
    definition(
      {},
      {
        ...good,
        queries: [promql('label_replace(process_open_fds, "dashboard", "mine-nowhere", "job", ".+")')],
        overrides: [{ series: 'Job', links: [{ title: 'X', url: '/d/${__data.fields.dashboard}' }] }],
      },
    ),
    'got one to "mine-nowhere"',
  ],
  ['a uid too long', definition({ uid: 'x'.repeat(41) }), 'expected a uid of at most 40'],
  [
    'an unknown log field',
    definition(
      {
        variables: [
          prometheusSource,
          { name: 'loki_datasource', label: 'Loki data source', kind: 'datasource', query: 'loki' },
        ],
      },
      { ...good, queries: [logql('{app="shop"}')] },
    ),
    'got "app"',
  ],
])('%s stops generation with the file and what came', (_name, broken, message) => {
  const found = problems(broken)
  expect(found.length).toBeGreaterThan(0)
  expect(found.every(problem => problem.startsWith('mine/red.ts: '))).toBe(true)
  expect(found.join('\n')).toContain(message)
})

test('a uid taken twice names both files', () => {
  const other = definition({ file: 'mine/other.ts' })
  expect(problems(definition(), other)).toEqual([
    'mine/other.ts: expected a uid of its own, got "mine-red" which mine/red.ts has too',
  ])
})

test('all faults of all files are reported at once, and nothing is rendered', () => {
  const first = definition(
    {},
    { ...good, width: 30, unit: 'parsec' as 'bytes', queries: [promql('nothing_known')] },
  )
  const second = definition({ file: 'mine/use.ts', uid: 'mine-use' }, { ...good, description: '' })
  expect(() => render([first, second], catalogue)).toThrow(
    /mine\/red\.ts.*width[\s\S]*mine\/red\.ts.*parsec[\s\S]*mine\/red\.ts.*nothing_known[\s\S]*mine\/use\.ts.*description/,
  )
})

test('a renamed metric or label is a type error', () => {
  // @ts-expect-error the contract has no such metric
  expect(() => rate(httpServer.latency)).toThrow()
  // @ts-expect-error the metric has no such label
  expect(rate(httpServer.duration, { by: ['route'] })).toContain('route')
})
