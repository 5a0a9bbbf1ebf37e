import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { burnFactorNumber } from '../../contract/windows.ts'
import { runUnitTests } from '../../engines/promql/replay/unit-tests.ts'
import { generateFiles } from './generate.ts'
import { importSlos, windowsIn } from './import.ts'

const sloth = `version: prometheus/v1
service: books
labels: { team: library, tier: 2 }
slos:
  - name: lending
    objective: 99.5
    sli:
      events:
        error_query: sum(rate(loans_total{job="books",code=~"(5..|429)"}[{{.window}}]))
        total_query: sum(rate(loans_total{job="books"}[{{.window}}]))
    alerting:
      name: LendingFails
      labels: { category: availability }
      annotations: { summary: Readers cannot lend }
      page_alert: { labels: { severity: critical, routing_key: library } }
      ticket_alert: { disable: true }
  - name: silent
    objective: 90
    sli:
      raw:
        error_ratio_query: sum(rate(loans_slow_total[{{.window}}])) / sum(rate(loans_total[{{.window}}]))
    alerting:
      page_alert: { disable: true }
      ticket_alert: { disable: true }
  - name: shelves
    objective: 95
    sli:
      raw:
        error_ratio_query: 1 - (sum(sum_over_time(full[{{.window}}])) / sum(count_over_time(full[{{.window}}])))
    alerting: {}
`

const pyrra = (indicator: string, window = '2w') => `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: { name: reading, namespace: books, labels: { pyrra.dev/team: library } }
spec:
  target: "99"
  window: ${window}
  indicator:
${indicator.replaceAll(/^/gm, '    ')}
`

const ratio = `ratio:
  errors: { metric: 'reads_total{code=~"5.."}' }
  total: { metric: reads_total }
  grouping: [service]`

const generated = (text: string) => generateFiles(importSlos('slo.yaml', text), {}).files

test.each([
  ['Sloth', sloth],
  ['a ratio of Pyrra, split', pyrra(ratio)],
  [
    'a latency of Pyrra',
    pyrra(
      `latency:
  success: { metric: 'reads_seconds_bucket{le="0.5",code!~"5.."}' }
  total: { metric: 'reads_seconds_count{code!~"5.."}' }`,
      '4w',
    ),
  ],
  [
    'an objective with budget for nearly all errors',
    sloth.replaceAll(/objective: [\d.]+/g, 'objective: 93.1'),
  ],
  ['a gauge of Pyrra', pyrra('bool_gauge: { metric: probe_success, grouping: [target] }', '7d')],
])('the rules of %s pass the tests made for them', (_name, text) => {
  const files = generated(text)
  const folder = mkdtempSync(join(tmpdir(), 'slo-generate-'))
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    const tests = Object.keys(files).filter(path => path.startsWith('rules-tests/'))
    expect(tests.length).toBeGreaterThan(0)
    for (const path of tests) {
      const { passed, failures } = runUnitTests(files[path]!, join(folder, path))
      expect(failures, path).toEqual([])
      expect(passed, path).toBeGreaterThan(0)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('names, labels and annotations of alerts are kept, and what is switched off makes no alert', () => {
  const files = generated(sloth)
  const pages = files['rules/slo-books-lending.yaml']!
  expect(pages).toContain('alert: LendingFails')
  for (const kept of [
    'category: availability',
    'severity: critical',
    'routing_key: library',
    'team: library',
  ])
    expect(pages).toContain(kept)
  expect(pages).toContain('summary: Readers cannot lend')
  expect(files['rules/slo-books-lending-slow.yaml']).not.toContain('alert:')
  expect(files['rules/slo-books-lending-slow.yaml']).toContain('record: slo:objective:info')
  expect(`${files['rules/slo-books-silent.yaml']}${files['rules/slo-books-silent-slow.yaml']}`).not.toContain(
    'alert:',
  )
})

test.each([
  ['30d', [14.4, 6, 3, 1]],
  ['28d', [13.44, 5.6, 2.8, 0.9333333333333333]],
  ['90d', [43.2, 18, 9, 3]],
  ['7d', [14.4, 6, 3, 1]],
])('over %s Sloth alerts at %j times even spending', (period, factors) => {
  const [{ preset }] = importSlos('slo.yaml', sloth, { period: Number.parseInt(period, 10) * 86_400 }) as [
    ReturnType<typeof importSlos>[0],
  ]
  expect(preset.tiers.map(tier => burnFactorNumber(preset, tier))).toEqual(factors)
})

test('Pyrra alerts by windows of its own, scaled to the period', () => {
  const [{ preset }] = importSlos('slo.yaml', pyrra(ratio)) as [ReturnType<typeof importSlos>[0]]
  expect(preset.tiers.map(({ long, short, for: hold, factor }) => [long, short, hold, factor])).toEqual([
    [1800, 180, 60, 14],
    [10_800, 900, 480, 7],
    [43_200, 3600, 1800, 2],
    [172_800, 10_800, 5400, 1],
  ])
})

const alertWindows = (period: string) => `apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: ${period}
  page:
    quick: { errorBudgetPercent: 1, shortWindow: 10m, longWindow: 2h }
    slow: { errorBudgetPercent: 5, shortWindow: 30m, longWindow: 6h }
  ticket:
    quick: { errorBudgetPercent: 10, shortWindow: 2h, longWindow: 1d }
    slow: { errorBudgetPercent: 10, shortWindow: 6h, longWindow: 3d }
`

test("Sloth's own windows are taken for the period they are made for", () => {
  const windows = windowsIn('windows.yaml', `${alertWindows('7d')}---\n${alertWindows('30d')}`)
  const [{ preset }] = importSlos('slo.yaml', sloth, { period: 7 * 86_400, windows }) as [
    ReturnType<typeof importSlos>[0],
  ]
  expect(preset).toMatchObject({
    period: 7 * 86_400,
    tiers: [{ long: 7200, short: 600, factor: 0.84 }, {}, {}, {}],
  })
})

test("Sloth's own windows over another period are no leave to choose others", () => {
  const windows = windowsIn('windows.yaml', `${alertWindows('7d')}---\n${alertWindows('28d')}`)
  expect(() => importSlos('slo.yaml', sloth, { windows })).toThrow(
    'slo.yaml:2: expected AlertWindows over 30d, got those over 7d and 28d; choose them with --period 7d or 28d',
  )
  expect(() => importSlos('slo.yaml', `${sloth}---\n${alertWindows('7d')}`)).toThrow(
    'slo.yaml:2: expected AlertWindows over 30d, got those over 7d; choose them with --period 7d',
  )
})

test('a file without windows is refused as one of windows', () => {
  expect(() => windowsIn('slo.yaml', sloth)).toThrow(
    "slo.yaml:1: expected Sloth's AlertWindows (sloth.slok.dev/v1), got none",
  )
})

test.each([
  ['30d', 90, ['fast']],
  // Ten times a budget of 10 % is all events exactly, and no ratio is above that.
  ['50d', 90, ['fast', 'medium']],
  ['50d', 90.000001, ['fast']],
  ['50d', 80, ['fast', 'medium', 'slow']],
])('over %s at %d %% never fire %j', (period, objective, never) => {
  const text = sloth.replace(/objective: [\d.]+/g, `objective: ${objective}`)
  const { notes } = generateFiles(
    importSlos('slo.yaml', text, { period: Number.parseInt(period, 10) * 86_400 }),
    {},
  )
  expect(notes[0]).toBe(
    `slo.yaml:5: books-lending leaves so much budget at ${objective}% that ${never.join(' and ')} can never fire`,
  )
})

test.each([
  ['Sloth', sloth],
  ['Pyrra', pyrra(ratio)],
])(
  'nothing made of a file of %s leads to this machine, and its receivers are left to its reader',
  (_, text) => {
    const { files } = generateFiles(importSlos('slo.yaml', text), {})
    expect(Object.values(files).join('')).not.toMatch(/localhost|127\.0\.0\.1/)
    const routing = files['alertmanager.yaml']!
    expect(parse(routing).receivers).toEqual([{ name: 'page' }, { name: 'ticket' }])
    expect(routing).toMatch(
      /^# The receivers page and ticket tell nobody yet: say how, such as by pagerduty_configs/m,
    )
    expect(routing).not.toContain('dead-mans-switch')
  },
)

test('two objectives of one name are refused with both places', () => {
  expect(() => generated(`${pyrra(ratio)}---\n${pyrra(ratio)}`)).toThrow(
    'slo.yaml:15: expected every name once, got reading again, which slo.yaml:3 has',
  )
})
