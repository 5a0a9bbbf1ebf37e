/** A dashboard that keeps every rule, and the ways the tests of the rules break it. */
import { expect, test } from 'vitest'
import { httpServer } from '../../../otel/signals.ts'
import { compose } from '../native/compose.ts'
import type { NativeDashboard, NativePanel, NativeVariable } from '../native/dashboard.ts'
import { row, timeseries } from '../panels.ts'
import { promql, rate } from '../queries.ts'
import { processVariables, prometheusSource } from '../variables.ts'
import { lint } from './lint.ts'
import type { Rule } from './rule.ts'

export const right = compose({
  file: 'mine/red.ts',
  uid: 'mine-red',
  title: 'RED',
  description: 'Mine',
  tags: ['mine'],
  variables: [prometheusSource, ...processVariables(httpServer.active.name)],
  annotations: [],
  links: [],
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
})

type Break = (dashboard: NativeDashboard) => void

export const panel =
  (change: (panel: NativePanel) => void): Break =>
  ({ panels }) =>
    change(panels[1]!)

export const expr = (text: string, type = 'prometheus'): Break =>
  panel(({ targets }) => {
    targets![0] = { ...targets![0]!, expr: text, datasource: { type, uid: `\${${type}_datasource}` } }
  })

export const variable =
  (name: string, change: Partial<NativeVariable>): Break =>
  ({ templating }) => {
    Object.assign(templating.list.find(each => each.name === name)!, change)
  }

/** Each way of breaking it is found by the rule, and not found once the rule is excluded. */
export function expectBroken({ name }: Rule, breaks: readonly Break[]): void {
  test.each(breaks.map((change, index) => ({ index, change })))(`${name}, case $index`, ({ change }) => {
    const broken = structuredClone(right)
    change(broken)
    expect(lint(broken).map(finding => finding.rule)).toContain(name)
    expect(lint(broken, [{ rule: name, reason: 'because' }]).map(finding => finding.rule)).not.toContain(name)
  })
}
