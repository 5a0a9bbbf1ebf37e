import { expect, test } from 'vitest'
import { type AnyObjective, objectives } from '../../alerts/objectives.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { production } from '../../contract/windows.ts'
import { importObjectives } from './import.ts'
import { objectiveSource } from './objective-source.ts'
import { exportOpenSlo } from './openslo.ts'

const openSlo = exportOpenSlo(objectives, production.period)
const sloth = `version: "prometheus/v1"
service: shop
labels:
  owner: shop
slos:
  - name: shop-availability
    objective: 99.9
    description: Requests answered
    sli:
      events:
        error_query: sum(rate(http_server_request_duration_seconds_count{job="shop",http_response_status_code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_server_request_duration_seconds_count{job="shop"}[{{.window}}]))
`

test('what is exported to OpenSLO comes back with the same rules', () => {
  const back = importObjectives('slo.yaml', openSlo)
  expect(back.map(({ name, objective, owner }) => [name, objective, owner])).toEqual(
    objectives.map(({ name, objective, owner }) => [name, objective, owner]),
  )
  const recordings = (all: readonly AnyObjective[]) =>
    sloGroups(all, production)
      .flatMap(group => group.rules)
      .filter(rule => 'record' in rule)
  expect(recordings(back)).toEqual(recordings(objectives))
})

test('a file of Sloth', () => {
  const [objective] = importObjectives('sloth.yaml', sloth) as [AnyObjective]
  expect(objective).toMatchObject({ name: 'shop-availability', service: 'shop', objective: 99.9 })
  expect(objectiveSource(objective)).toContain('total: selection(httpServer.duration, {"job":"shop"})')
})

test('a latency objective of Sloth, written as a difference', () => {
  const text = sloth.replace(
    /error_query: .*/,
    'error_query: (sum(rate(http_server_request_duration_seconds_count{job="shop"}[{{.window}}])) - sum(rate(http_server_request_duration_seconds_bucket{job="shop",le="0.3"}[{{.window}}])))',
  )
  expect(importObjectives('sloth.yaml', text)[0]!.sli).toMatchObject({ kind: 'latency', threshold: 0.3 })
})

test.each([
  'http_server_request_duration_seconds_count{job="shop",le="0.3"}',
  'http_client_request_duration_seconds_bucket{job="shop",le="0.3"}',
  'http_server_request_duration_seconds_bucket{job="shop",http_route="/",le="0.3"}',
])('keeps the queries of a difference from what is no bucket of the total: %s', fast => {
  const text = sloth.replace(
    /error_query: .*/,
    `error_query: (sum(rate(http_server_request_duration_seconds_count{job="shop"}[{{.window}}])) - sum(rate(${fast}[{{.window}}])))`,
  )
  const [objective] = importObjectives('sloth.yaml', text)
  expect(objective!.sli).toMatchObject({ kind: 'queries', noneIsZero: false })
  expect(JSON.stringify(objective!.sli)).toContain('[$window]')
})

/** The objective of availability, by its good events instead of its bad ones. */
const withGood = (good: string) =>
  openSlo
    .split('---\n')[0]!
    .replace('bad:', 'good:')
    .replace(/(good:[\s\S]*?query: sum\().*/, `$1${good})`)

test.each([
  ['http_response_status_code!~"5.."', { operator: '=~', value: '5..' }],
  ['http_response_status_code="200"', { operator: '!=', value: '200' }],
])('takes what is not good for failed: %s', (matcher, opposite) => {
  const good = `http_server_request_duration_seconds_count{job="shop", ${matcher}}`
  const [objective] = importObjectives('slo.yaml', withGood(good))
  expect(objective!.sli).toMatchObject({
    kind: 'availability',
    total: { where: { job: 'shop' } },
    failed: { where: { job: 'shop', http_response_status_code: opposite } },
  })
})

test.each([
  'http_server_request_duration_seconds_count{http_response_status_code!~"5.."}',
  'http_server_request_duration_seconds_count{job="shop", http_route="/", http_response_status_code!~"5.."}',
  'http_client_request_duration_seconds_count{job="shop", http_response_status_code!~"5.."}',
])('refuses good events that are no part of the total and have no window: %s', good => {
  expect(() => importObjectives('slo.yaml', withGood(good))).toThrow(
    /^slo\.yaml:\d+: spec\.indicator\.spec\.ratioMetric\.good\.metricSource\.spec\.query: expected a query over/,
  )
})

test.each([
  [
    sloth.replace('objective: 99.9', 'objective: many'),
    'sloth.yaml:7: slos.0.objective: expected per cent such as 99.9, got "many"',
  ],
  [
    sloth.replace('total_query: sum(rate(', 'total_query: sum(((('),
    'sloth.yaml:12: slos.0.sli.events.total_query: expected a query of Prometheus (Cannot parse',
  ],
  [
    sloth.replace(/total_query: sum\((.*)\)/, 'total_query: $1'),
    'sloth.yaml:11: slos.0.sli.events.error_query: expected an aggregation such as sum(…)',
  ],
  [
    sloth.replace('    description', '    descripion'),
    'sloth.yaml:8: slos.0.descripion: expected none but name',
  ],
  [
    sloth.replace('  owner: shop', '  slo: mine'),
    'sloth.yaml:6: slos.0: expected no label slo, by which our rules tell objectives apart',
  ],
  [
    sloth.replace('slos:', 'slo_plugins:\n  chain:\n    - id: us/own/v1\nslos:'),
    'sloth.yaml:7: slo_plugins.chain.0.id: expected a plugin that changes no rule',
  ],
  [
    sloth.replace('      events:', '      plugin:'),
    'sloth.yaml:10: slos.0.sli: expected events with error_query and total_query, or raw with error_ratio_query; a plugin is',
  ],
  [
    'apiVersion: openslo/v2\nkind: SLO\n',
    'sloth.yaml:1: apiVersion: expected Sloth (prometheus/v1, or sloth.slok.dev/v1), OpenSLO',
  ],
  ['apiVersion: openslo/v1\nkind: Service\n', 'sloth.yaml:2: kind: expected SLO, got "Service"'],
  ['', 'sloth.yaml:1: expected at least one objective, got an empty file'],
  ['# later\n', 'sloth.yaml:1: expected at least one objective, got an empty file'],
  ['x'.repeat(2_000_001), 'sloth.yaml:1: expected at most 2000000 characters, got 2000001'],
  [
    sloth.replace('    description', '    name: shop-latency\n    description'),
    'sloth.yaml:8: expected every key once, got "name" again',
  ],
  ['a: [', 'sloth.yaml:1: '],
  ['['.repeat(200_000), /^sloth\.yaml:1: expected at most 100 levels of nesting$/],
  [`version: ${'['.repeat(100_000)}${']'.repeat(100_000)}`, /^sloth\.yaml:1: expected at most 100 levels/],
  [`slos:\n${'- '.repeat(100_000)}x`, /^sloth\.yaml:2: expected at most 100 levels/],
  [`slos:\n${'? '.repeat(100_000)}x`, /^sloth\.yaml:2: expected at most 100 levels/],
])('refuses what it cannot express: %#', (text, message) => {
  expect(() => importObjectives('sloth.yaml', text)).toThrow(message)
})

test('brackets in texts and comments are no levels of nesting', () => {
  const [head, slo] = sloth.split(/(?<=slos:\n)/) as [string, string]
  const many = Array.from({ length: 300 }, (_, index) =>
    slo
      .replace('shop-availability', `shop-${index}`)
      .replace('Requests answered', `answered within [0, 0.3) s, or {not} # see [${index}`)
      .replace('error_query: sum', 'error_query: >-\n          sum')
      .replace('total_query: sum', 'total_query: |\n          # of [all\n          sum'),
  )
  expect(importObjectives('sloth.yaml', head + many.join('')).map(({ name }) => name)).toHaveLength(300)
})

test('comments in a query go, and texts in it stay as they are', () => {
  const matcher = 'http_route="/a  #b",'
  const text = sloth.replace(
    /total_query: (.*)/,
    `total_query: |\n          # every request\n          sum(rate(http_server_request_duration_seconds_count{${matcher} # all\n          job="shop"}[{{.window}}]))\n          # the end`,
  )
  expect(importObjectives('sloth.yaml', text)[0]!.sli).toMatchObject({
    total: { where: { http_route: '/a  #b', job: 'shop' } },
  })
})

test('a hundred levels are read, and a resource deep in a list of its own', () => {
  const nested = (depth: number) =>
    sloth
      .replace('shop', `shop # ${'['.repeat(200)}`)
      .replace('slos:', `deep: ${'['.repeat(depth)}${']'.repeat(depth)}\nslos:`)
  expect(() => importObjectives('sloth.yaml', nested(100))).toThrow(/^sloth\.yaml:5: deep: expected none but/)
  expect(() => importObjectives('sloth.yaml', nested(101))).toThrow(
    /^sloth\.yaml:5: expected at most 100 levels/,
  )
})

test('a file with more keys than anybody looks for is refused within seconds', { timeout: 60_000 }, () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `key${index}: x\n`).join('')
  const refused = () => importObjectives('sloth.yaml', sloth.replace('labels:\n', `${keys}labels:\n`))
  expect(refused).toThrow(/^sloth\.yaml:1: expected at most 1000 keys, got 100004$/)
})

test('of a thousand wrong entries the first hundred are told', () => {
  const wrong = sloth.replace('slos:\n', `slos:\n${'  - {}\n'.repeat(1000)}`)
  const refused = () => importObjectives('sloth.yaml', wrong)
  expect(refused).toThrow(/^sloth\.yaml:6: slos\.0\.name: expected a text/)
  expect(refused).toThrow(/\nand 2900 more$/)
})

test.each([
  [
    'budgetingMethod: Occurrences',
    'budgetingMethod: Timeslices',
    'spec.budgetingMethod: expected Occurrences, got "Timeslices"',
  ],
  [
    'isRolling: true',
    'isRolling: false',
    'spec.timeWindow.0.isRolling: expected true, a rolling window, got false',
  ],
  [
    'duration: 30d',
    'duration: 1 month',
    'spec.timeWindow.0.duration: expected a period of days or weeks, such as 28d, got "1 month"',
  ],
  [
    'ratioMetric:',
    'thresholdMetric:',
    'spec.indicator.spec.ratioMetric: expected an indicator with a ratioMetric',
  ],
])('refuses OpenSLO with %s changed to %s', (from, to, message) => {
  const [first] = openSlo.split('---\n') as [string]
  expect(() => importObjectives('slo.yaml', first.replace(from, to))).toThrow(message)
})

test('reports every problem of a file at once', () => {
  const text = sloth.replace('objective: 99.9', 'objective: many').replace('service: shop', 'service: ""')
  expect(() => importObjectives('sloth.yaml', text)).toThrow(/sloth\.yaml:2: .*\nsloth\.yaml:7: /)
})

test('refuses to export what OpenSLO cannot express', () => {
  const [first] = objectives
  expect(() => exportOpenSlo([{ ...first!, groupBy: ['http_route'] }], production.period)).toThrow(
    'Cannot export shop-availability to OpenSLO: expected one budget, got one for each http_route',
  )
})
