/** Our runner of unit tests beside promtool: the same verdict on good files and on broken copies of them. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { versionOf } from '../../engines/promql/diff/real-prometheus.ts'
import { runUnitTests } from '../../engines/promql/replay/unit-tests.ts'

const program = process.env.PROMTOOL ?? 'promtool'
const version = versionOf(program)
const folder = mkdtempSync(join(tmpdir(), 'promql-unit-tests-'))
afterAll(() => rmSync(folder, { recursive: true }))

const rules = `groups:
  - name: jobs
    rules:
      - record: job:requests:rate5m
        expr: sum by (job) (rate(requests_total[5m]))
      - alert: Busy
        expr: job:requests:rate5m > 10
        for: 2m
        labels: {severity: page}
        annotations:
          summary: "{{ $labels.job }} has {{ $value | humanize }} a second"
      - alert: Gone
        expr: absent(requests_total)
        keep_firing_for: 3m
`

const tests = `rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: busy
    interval: 30s
    input_series:
      - series: requests_total{job="a", instance="1"}
        values: 0+600x20
    alert_rule_test:
      - {eval_time: 1m, alertname: Busy, exp_alerts: []}
      - eval_time: 5m
        alertname: Busy
        exp_alerts:
          - exp_labels: {job: a, severity: page}
            exp_annotations: {summary: a has 20 a second}
    promql_expr_test:
      - expr: job:requests:rate5m
        eval_time: 5m
        exp_samples:
          - {labels: 'job:requests:rate5m{job="a"}', value: 20}
      - expr: ALERTS{alertname="Busy"}
        eval_time: 4m
        exp_samples:
          - {labels: 'ALERTS{alertname="Busy", alertstate="pending", job="a", severity="page"}', value: 1}
  - name: gone
    interval: 1m
    input_series:
      - {series: requests_total, values: _ _ 1x10}
    promql_expr_test:
      - expr: count(ALERTS{alertname="Gone", alertstate="firing"})
        eval_time: 4m
        exp_samples: [{labels: '{}', value: 1}]
`

const changes: readonly [string, string, string][] = [
  ['nothing', '', ''],
  ['a value', 'value: 20', 'value: 21'],
  ['a value by one bit', 'value: 20', 'value: 20.000000000000004'],
  ['a label', 'exp_labels: {job: a', 'exp_labels: {job: b'],
  ['an empty label', 'severity: page}\n            exp_a', "severity: page, more: ''}\n            exp_a"],
  ['an annotation', 'a has 20', 'a has 21'],
  ['the state', 'alertstate="pending"', 'alertstate="firing"'],
  ['the time of an alert', 'eval_time: 1m, alertname', 'eval_time: 6m, alertname'],
  [
    'the name of an alert',
    'eval_time: 5m\n        alertname: Busy',
    'eval_time: 5m\n        alertname: Busier',
  ],
  ['the series', 'values: 0+600x20', 'values: 0+60x20'],
  ['the interval', 'interval: 30s', 'interval: 1m'],
  ['a query that fails', 'expr: job:requests:rate5m\n', 'expr: rate(requests_total)\n'],
  ['an unknown field', 'eval_time: 4m', 'eval_tim: 4m'],
  ['a rule file that is missing', 'rules.yml', 'no-such-rules.yml'],
  ['a sample too many', "[{labels: '{}', value: 1}]", "[{labels: '{}', value: 1}, {labels: 'a', value: 1}]"],
]

const ruleChanges: readonly [string, string, string][] = [
  ['the threshold', '> 10', '> 100'],
  ['for', 'for: 2m', 'for: 10m'],
  ['the label of a rule', 'severity: page', 'severity: ticket'],
  ['a template', 'humanize', 'humanizePercentage'],
  ['keep_firing_for', 'keep_firing_for: 3m', 'keep_firing_for: 1m'],
  ['the grouping', 'sum by (job)', 'sum by (instance)'],
  [
    'a rule that fails',
    'sum by (job) (rate(requests_total[5m]))',
    'rate({__name__=~"requests_total|ALERTS"}[5m]) + on () group_right requests_total',
  ],
]

const usesKeepFiring = Number(version?.split('.')[1]) >= 42 || Number(version?.split('.')[0]) >= 3
const title =
  version === undefined
    ? `(skipped: no ${program} on the PATH: install the package prometheus or set PROMTOOL)`
    : usesKeepFiring
      ? version
      : `${version} (skipped: keep_firing_for needs promtool 2.42 or later)`

describe.skipIf(!usesKeepFiring)(`promtool ${title}`, () => {
  test.each(changes)('agrees when %s of the test changes', (_, from, to) => {
    expect(tests).toContain(from)
    agree(
      rules,
      tests.replace(from, () => to),
      from === '',
    )
  })

  test.each(ruleChanges)('agrees when %s of the rules changes', (_, from, to) => {
    expect(rules).toContain(from)
    agree(
      rules.replace(from, () => to),
      tests,
      false,
    )
  })

  test.each(['30d/monitoring.yaml', 'practice/composites.yaml'])(
    'agrees on %s',
    { timeout: 120_000 },
    name => {
      const path = resolve('generated/rules-tests', name)
      expect(accepts(path)).toBe(true)
      expect(runUnitTests(readFileSync(path, 'utf8'), path).failures).toEqual([])
    },
  )
})

function agree(ruleText: string, testText: string, isGood: boolean): void {
  writeFileSync(join(folder, 'rules.yml'), ruleText)
  const path = join(folder, 'tests.yml')
  writeFileSync(path, testText)
  expect({ promtool: accepts(path), ours: weAccept(testText, path) }).toEqual({
    promtool: isGood,
    ours: isGood,
  })
}

function accepts(path: string): boolean {
  try {
    execFileSync(program, ['test', 'rules', path], { stdio: 'pipe' })
    return true
  } catch (error) {
    if ((error as { status?: number }).status === 1) return false
    throw error
  }
}

function weAccept(text: string, path: string): boolean {
  try {
    return runUnitTests(text, path).failures.length === 0
  } catch {
    return false
  }
}
