import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { NativeDashboard } from '../dashboards/kit/native/dashboard.ts'
import { panelsOf } from '../dashboards/kit/native/dashboard.ts'
import { formats } from './formats/formats.ts'
import { promClient, type SignalMapping, semconv } from './mapping.ts'
import { exportProject, httpObjectives } from './project.ts'

const project = { service: 'checkout', signals: promClient, format: 'grafana' } as const

test('names the mapping misses are listed, all of them', () => {
  const signals: SignalMapping = {
    http_server_request_duration_seconds: promClient.http_server_request_duration_seconds!,
  }
  const attempt = () => exportProject({ ...project, signals, only: ['red', 'use'] })
  expect(attempt).toThrow(/Cannot export checkout:/)
  for (const name of ['http_server_active_requests', 'process_cpu_seconds_total', 'v8js_gc_duration_seconds'])
    expect(attempt).toThrow(`expected the mapping to name ${name}, got nothing`)
})

test('nothing of the lab has to be named', () => {
  const { lab_fault_active: _, ...signals } = promClient
  expect(() => exportProject({ ...project, signals, only: ['red', 'use'] })).not.toThrow()
})

test('what is said to be absent takes its panels along, and is told', () => {
  const { leftOut, files } = exportProject({ ...project, only: ['use'] })
  expect(leftOut).toEqual([
    { dashboard: 'checkout-use', panels: expect.arrayContaining(['CPU utilisation', 'Heap utilisation']) },
  ])
  const use = JSON.parse(files['dashboards/checkout-use.json']!) as NativeDashboard
  expect(panelsOf(use).map(({ title }) => title)).not.toContain('Heap utilisation')
})

test.each([
  [{ ...project, service: 'No Good' }, 'expected a service name'],
  [{ ...project, only: ['everything'] }, 'expected dashboards of overview, red'],
  [{ ...project, signals: { http_requests: 'same' } as SignalMapping }, 'got "http_requests"'],
  [
    {
      ...project,
      signals: { ...promClient, process_open_fds: { name: 'x', labels: { pid: 'p' } } } as SignalMapping,
    },
    'got "pid"',
  ],
])('a wrong project is refused', (wrong, message) => {
  expect(() => exportProject(wrong)).toThrow(message)
})

const duration = 'http_server_request_duration_seconds'
const asDuration = (entry: unknown) => ({ signals: { ...promClient, [duration]: entry } })
const asObjectives = (objectives: unknown) => ({ signals: promClient, objectives })

test.each([
  [{ signals: [] }, 'expected signals as a map from names to names, got []'],
  [{ signals: 5 }, 'expected signals as a map from names to names, got 5'],
  [asDuration(null), `expected "same", "absent" or { name } for ${duration}, got null`],
  [asDuration({}), `expected the name of a metric for ${duration}, got nothing`],
  [asDuration({ name: 'a b{}' }), `expected the name of a metric for ${duration}, got "a b{}"`],
  [asDuration({ name: 'a', lables: {} }), `expected name, labels or buckets for ${duration}, got "lables"`],
  [asDuration({ name: 'a', labels: ['x'] }), `expected labels of ${duration} as a map from names to names`],
  [asDuration({ name: 'a', labels: { http_route: 5 } }), 'expected the name of a label for http_route of'],
  [
    asDuration({ name: 'a', labels: { http_route: 'x', http_request_method: 'x' } }),
    `expected a name of its own for http_route of ${duration}, got "x"`,
  ],
  [
    asDuration({ name: 'a', buckets: 'wide' }),
    `expected buckets of ${duration} as rising numbers, got "wide"`,
  ],
  [asDuration({ name: 'a', buckets: [] }), 'as rising numbers, got []'],
  [asDuration({ name: 'a', buckets: ['1', '2'] }), 'as rising numbers, got ["1","2"]'],
  [asDuration({ name: 'a', buckets: [5, 1] }), 'as rising numbers, got [5,1]'],
  [asObjectives(5), 'expected objectives as a list, got 5'],
  [asObjectives([null]), 'traffic, got null'],
  [asObjectives([{}]), 'expected objectives with name, title,'],
  [
    asObjectives(
      httpObjectives({ service: 'checkout', job: 'checkout' }, promClient).map(each => ({
        ...each,
        objective: 100,
      })),
    ),
    'more than 0 and less than 100 per cent',
  ],
])('a wrong file is refused in lines, and nothing is thrown by chance: %#', (wrong, message) => {
  const attempt = () => exportProject({ ...project, ...(wrong as object) })
  expect(attempt).toThrow(message)
  expect(attempt).toThrow(/^Cannot export checkout:\n {2}expected|^Cannot export checkout:\n {2}objectives/)
})

test('alerts on causes come with the dashboard that explains them, about this service alone', () => {
  const { files, alertsLeftOut } = exportProject({ ...project, only: ['use'] })
  const causes = files['rules/causes-process.yaml']!
  expect(causes).toContain('changes(process_start_time_seconds{job="checkout"}[15m]) >= 2')
  expect(causes).not.toContain('job!="load"')
  // Only one side of its "or" is measured, and that one stays.
  expect(causes).toContain('expr: avg_over_time(nodejs_eventloop_lag_p99_seconds{job="checkout"}[5m]) > 0.1')
  expect(alertsLeftOut).toContain('HeapNearLimit')
  expect(causes).not.toContain('HeapNearLimit')
  expect(exportProject({ ...project, only: ['red'] }).files['rules/causes-process.yaml']).toBeUndefined()
})

test('links of alerts lead to the given addresses, and to nowhere rather than to the lab', () => {
  const linked = exportProject({
    ...project,
    only: ['use', 'slo'],
    grafanaUrl: 'https://grafana.example',
    runbookUrl: 'https://wiki.example/runbooks',
  })
  expect(linked.files['rules/causes-process.yaml']).toContain(
    'runbook_url: https://wiki.example/runbooks/CrashLoop',
  )
  expect(linked.files['rules/slo-checkout-availability.yaml']).toContain(
    'dashboard_url: https://grafana.example/d/checkout-slo?',
  )
  expect(Object.values(linked.files).join('\n')).not.toContain('localhost')

  const overview = (runbookUrl?: string) =>
    exportProject({ ...project, signals: semconv, only: ['overview', 'slo'], runbookUrl }).files[
      'dashboards/checkout-overview.json'
    ]!
  expect(overview('https://wiki.example/runbooks')).toContain('https://wiki.example/runbooks/${__value.raw}')
  expect(overview()).not.toContain('runbooks/')
  expect(overview()).toContain('\\"dashboard\\", \\"checkout-slo\\"')
  for (const words of ['localhost', 'sightline-', 'checkout-stack']) expect(overview()).not.toContain(words)

  const bare = exportProject({ ...project, only: ['red'] }).files['rules/slo-checkout-availability.yaml']!
  expect(bare).not.toContain('runbook_url')
  expect(bare).not.toContain('dashboard_url')
})

test('a latency objective keeps to the buckets the service has', () => {
  const { files } = exportProject({ ...project, only: ['slo'] })
  expect(files['rules/slo-checkout-latency.yaml']).toContain('le="0.5"')
  expect(files['rules/slo-checkout-latency.yaml']).not.toContain('le="0.3"')
})

test.each(Object.keys(formats) as (keyof typeof formats)[])('format %s holds every dashboard', format => {
  const { files } = exportProject({ service: 'checkout', signals: semconv, only: ['red', 'use'], format })
  const all = Object.values(files).join('\n')
  for (const uid of ['checkout-red', 'checkout-use']) expect(all).toContain(uid)
  const marks = {
    grafana: 'disableDeletion',
    sharing: '__inputs',
    configmap: 'grafana_dashboard: "1"',
    operator: 'kind: GrafanaDashboard',
    terraform: 'resource "grafana_dashboard" "checkout_red"',
    mixin:
      "groups+: (import 'rules/slo-checkout-availability.json').groups + (import 'rules/slo-checkout-availability-slow.json').groups + ",
  }
  expect(all).toContain(marks[format])
})

test.each(['configmap', 'operator'] as const)('%s carries the namespace and labels asked for', format => {
  const resource = { namespace: 'monitoring', labels: { release: 'prometheus' } }
  const files = Object.entries(exportProject({ ...project, only: ['use'], format, resource }).files)
  expect(files.length).toBeGreaterThan(1)
  for (const [path, content] of files.filter(([each]) => !each.startsWith('rules-tests/')))
    expect(parse(content).metadata, path).toMatchObject({
      namespace: 'monitoring',
      labels: { release: 'prometheus' },
    })
})

test('no alert links to this machine unless asked', () => {
  const { files } = exportProject({ ...project, only: ['use'] })
  expect(files['rules/causes-process.yaml']).not.toContain('localhost')
  expect(files['rules-tests/causes-process.yaml']).not.toContain('localhost')
})
