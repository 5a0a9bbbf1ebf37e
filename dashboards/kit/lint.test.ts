import { expect, test } from 'vitest'
import { httpServer } from '../../otel/signals.ts'
import { compose, type NativeDashboard, type NativePanel, type NativeVariable } from './bridge.ts'
import { dashboard } from './dashboard.ts'
import { idleExclusions, lint, rules } from './lint.ts'
import { row, timeseries } from './panels.ts'
import { promql, rate } from './queries.ts'

const right = compose(
  dashboard({
    file: 'mine/red.ts',
    uid: 'mine-red',
    title: 'RED',
    description: 'Mine',
    rows: [
      row('One', [
        timeseries({
          title: 'Rate',
          description: 'Requests per second',
          unit: 'requestsPerSecond',
          queries: [promql(rate(httpServer.duration))],
        }),
      ]),
    ],
  }),
)

type Break = (dashboard: NativeDashboard) => void
const panel =
  (change: (panel: NativePanel) => void): Break =>
  ({ panels }) =>
    change(panels[1]!)
const expr = (text: string, type = 'prometheus'): Break =>
  panel(({ targets }) => {
    targets![0] = { ...targets![0]!, expr: text, datasource: { type, uid: `\${${type}_datasource}` } }
  })
const variable =
  (name: string, change: Partial<NativeVariable>): Break =>
  ({ templating }) => {
    Object.assign(templating.list.find(each => each.name === name)!, change)
  }

const breaks: Record<keyof typeof rules, Break[]> = {
  'template-datasource-rule': [
    variable('prometheus_datasource', { name: 'ds' }),
    variable('prometheus_datasource', { label: 'Source' }),
    ({ templating }) => void templating.list.shift(),
  ],
  'template-job-rule': [
    variable('job', { multi: false }),
    variable('job', { allValue: '.*' }),
    variable('job', { label: 'job' }),
  ],
  'template-instance-rule': [
    variable('instance', { name: 'node' }),
    variable('instance', { type: 'custom' }),
  ],
  'template-label-promql-rule': [
    variable('job', { query: 'values(up, job)' }),
    variable('job', { query: 'label_values(up{, job)' }),
  ],
  'template-on-time-change-reload-rule': [variable('job', { refresh: 1 })],
  'panel-datasource-rule': [
    panel(each => Object.assign(each, { datasource: { type: 'prometheus', uid: 'abc' } })),
  ],
  'panel-title-description-rule': [panel(each => Object.assign(each, { description: '' }))],
  'panel-units-rule': [panel(each => Object.assign(each.fieldConfig!.defaults, { unit: 'parsec' }))],
  'panel-no-targets-rule': [panel(each => Object.assign(each, { targets: [] }))],
  'target-promql-rule': [expr('sum(')],
  'target-logql-rule': [expr('{a="b"', 'loki')],
  'target-logql-auto-rule': [expr('count_over_time({a="b"}[5m])', 'loki')],
  'target-rate-interval-rule': [expr('rate(a_total{job=~"$job", instance=~"$instance"}[5m])')],
  'target-job-rule': [expr('a{instance=~"$instance"}'), expr('a{job="$job", instance=~"$instance"}')],
  'target-instance-rule': [expr('a{job=~"$job"}')],
  'target-counter-agg-rule': [expr('sum(a_total{job=~"$job", instance=~"$instance"})')],
  'uneditable-dashboard': [each => Object.assign(each, { editable: true })],
}

test('there are seventeen rules and each has a case that breaks it', () => {
  expect(Object.keys(rules)).toHaveLength(17)
  expect(Object.keys(breaks).toSorted()).toEqual(Object.keys(rules).toSorted())
})

test('a right dashboard keeps all of them', () => {
  expect(lint(right)).toEqual([])
})

test.each(
  Object.entries(breaks).flatMap(([rule, cases]) => cases.map((change, index) => ({ rule, index, change }))),
)('$rule, case $index', ({ rule, change }) => {
  const broken = structuredClone(right)
  change(broken)
  expect(lint(broken).map(finding => finding.rule)).toContain(rule)
  expect(lint(broken, [{ rule, reason: 'because' }]).map(finding => finding.rule)).not.toContain(rule)
})

test('an exclusion that excuses nothing is told', () => {
  expect(idleExclusions(right, [{ rule: 'target-job-rule', reason: 'because', panels: ['Rate'] }])).toEqual([
    'target-job-rule: Rate',
  ])
})
