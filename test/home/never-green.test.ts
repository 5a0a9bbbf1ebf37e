/** Exported rules and panels on a service whose metrics are not what the mapping says: unknown is not healthy. */

import { expect, test } from 'vitest'
import { requestErrorRatio } from '../../dashboards/expressions.ts'
import {
  createEvaluator,
  createStore,
  instantQuery,
  labelsOf,
  loadRules,
} from '../../engines/promql/index.ts'
import { promClient } from '../../export/mapping.ts'
import { exportProject } from '../../export/project.ts'
import { generateFiles } from '../../export/slo-files/generate.ts'
import { importSlos } from '../../export/slo-files/import.ts'

const minute = 60_000
const scrape = 15_000

/** An hour of a hundred requests at each scrape; `failed` of them fail, and all are fast. */
function hourOf({ statusLabel, failed, bound }: { statusLabel: string; failed: number; bound: string }) {
  const store = createStore()
  const name = 'http_request_duration_seconds'
  const series = (suffix: string, code: string, le?: string) =>
    store.series(
      labelsOf([
        ['__name__', name + suffix],
        ['job', 'checkout'],
        ['instance', 'checkout:9464'],
        ['route', '/orders'],
        [statusLabel, code],
        ...(le === undefined ? [] : [['le', le] as [string, string]]),
      ]),
    )
  const parts = [
    { code: '200', share: 1 - failed },
    ...(failed > 0 ? [{ code: '500', share: failed }] : []),
  ].map(({ code, share }) => ({
    share,
    all: ['_count', '_bucket', '_bucket'].map((suffix, i) =>
      series(suffix, code, [undefined, bound, '+Inf'][i]),
    ),
  }))
  for (let time = 0, events = 0; time <= 60 * minute; time += scrape, events += 100)
    for (const { share, all } of parts) for (const one of all) one.append(time, Math.round(events * share))
  return store
}

function exported(): Record<string, string> {
  return exportProject({
    service: 'checkout',
    signals: promClient,
    only: ['slo', 'red'],
    format: 'grafana',
  }).files
}

/** The alerts that fire at the end of the hour. */
function firing(store: ReturnType<typeof createStore>, files = exported()): string[] {
  const groups = Object.entries(files)
    .filter(([path]) => path.startsWith('rules/'))
    .flatMap(([path, content]) => loadRules(content, path))
  expect(groups.length).toBeGreaterThan(0)
  const evaluator = createEvaluator(groups, store)
  evaluator.runRange(0, 60 * minute)
  return evaluator
    .alerts()
    .filter(({ state }) => state === 'firing')
    .map(({ labels }) => `${labels.get('alertname')} ${labels.get('slo')}`)
    .toSorted()
}

const right = { statusLabel: 'code', bound: '0.5' }

test('with the right names, failures page and nothing is broken', () => {
  const alerts = firing(hourOf({ ...right, failed: 0.19 }))
  expect(alerts).toContain('CheckoutAvailabilityBurn checkout-availability')
  expect(alerts.join()).not.toContain('SloSignalBroken')
})

test('with the right names and no failure, nothing fires', () => {
  expect(firing(hourOf({ ...right, failed: 0 }))).toEqual([])
})

test('a status label of another name pages as a broken signal', () => {
  const alerts = firing(hourOf({ ...right, statusLabel: 'status_code', failed: 0.19 }))
  expect(alerts).toEqual(['SloSignalBroken checkout-availability'])
})

test('a threshold that is no bucket pages as a broken signal', () => {
  expect(firing(hourOf({ ...right, bound: '0.4', failed: 0 }))).toEqual(['SloSignalBroken checkout-latency'])
})

test('nor is an SLO file of another tool green where its label is missing', () => {
  const metric = 'http_request_duration_seconds_count'
  const file = `version: prometheus/v1
service: checkout
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(${metric}{job="checkout", code=~"5.."}[{{.window}}]))
        total_query: sum(rate(${metric}{job="checkout"}[{{.window}}]))
    alerting: { name: CheckoutAvailabilityBurn }
`
  const { files } = generateFiles(importSlos('sloth.yaml', file), {})
  const alerts = (statusLabel: string) => firing(hourOf({ ...right, statusLabel, failed: 0.19 }), files)
  expect(alerts('code').join()).toContain('CheckoutAvailabilityBurn')
  expect(alerts('status_code').join()).toMatch(/^SloSignalBroken [\w-]*$/)
})

test.each([
  ['code', 0.19, [0.19]],
  ['code', 0, [0]],
  ['status_code', 0.19, []],
  ['status_code', 0, []],
])('the panel of errors, with the label %s and %d failing', (statusLabel, failed, expected) => {
  const expr = requestErrorRatio()
    .replaceAll('http_server_request_duration_seconds', 'http_request_duration_seconds')
    .replaceAll('http_response_status_code', 'code')
    .replaceAll('$job', 'checkout')
    .replaceAll('$instance', '.*')
    .replaceAll('$__rate_interval', '5m')
  const result = instantQuery(hourOf({ ...right, statusLabel, failed }), expr, 60 * minute)
  const values =
    result.type === 'vector' ? result.samples.map(({ value }) => Math.round(value * 1000) / 1000) : []
  expect(values).toEqual(expected)
})
