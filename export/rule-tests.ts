/** The tests of exported rules: those of our own, on data in the names of the service. */

import { type AlertName, alerts } from '../alerts/causes/index.ts'
import { type AlertDefinition, alertRule } from '../alerts/causes/kit/alert.ts'
import type { Objective } from '../alerts/objectives.ts'
import { pageTests, ticketTests } from '../alerts/rule-tests/slo.ts'
import { type AlertRule, isAlert, type RuleGroup } from '../alerts/rules.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import type { Check, RuleTest } from '../alerts/unit-tests.ts'
import { quote } from '../contract/expr.ts'
import type { Preset } from '../contract/windows.ts'
import type { Target } from './adapt.ts'
import { relinked } from './annotations.ts'
import type { GroupTests } from './formats/bundle.ts'
import type { SignalMapping } from './mapping.ts'
import { confineTo, type Naming, renameLabel, renameQuery } from './rename.ts'

/** `groups` are the exported ones: for pages, and for tickets, which read what the others record. */
export function objectiveTests(
  objective: Objective,
  groups: readonly RuleGroup[],
  preset: Preset,
  { mapping }: Naming,
): GroupTests[] {
  const isWhole = sloGroups([objective], preset).every(
    ({ rules }, index) => rules.length === groups[index]?.rules.length,
  )
  if (!isWhole) return []
  const [pages, tickets] = groups as [RuleGroup, RuleGroup]
  const named = (tests: RuleTest[]) => tests.flatMap(test => renamed(test, mapping) ?? [])
  return [
    { groups: [pages], tests: named(pageTests(objective, [pages], preset)) },
    { groups: [pages, tickets], tests: named(ticketTests(objective, [pages, tickets], preset)) },
  ]
}

export function causeTests(
  group: RuleGroup,
  preset: Preset,
  target: Target,
  { mapping }: Naming,
): GroupTests {
  const tests = group.rules.filter(isAlert).flatMap(({ alert }) => {
    const definition: AlertDefinition = alerts[alert as AlertName]
    const rule = relinked(alertRule(alert, definition, preset), target)
    return definition
      .tests(ofJob(rule, target.job), preset)
      .flatMap(test => renamed(confined(test, target.job), mapping) ?? [])
  })
  return { groups: [group], tests }
}

/** What the rule says of this job, as its tests fill in the job that they were written for. */
function ofJob(rule: AlertRule, job: string): AlertRule {
  const filled = (texts: Readonly<Record<string, string>>) =>
    mapped(texts, (name, text) => [name, text.replaceAll('{{ $labels.job }}', () => job)])
  return {
    ...rule,
    labels: filled(rule.labels),
    annotations: filled(rule.annotations) as AlertRule['annotations'],
  }
}

function confined(test: RuleTest, job: string): RuleTest {
  const ofService = (check: Check): Check =>
    'expr' in check
      ? { ...check, expr: check.expr.replace('service="shop"', () => `service=${quote(job)}`) }
      : {
          ...check,
          firing: check.firing.map(({ labels, annotations }) => ({
            labels: mapped(labels, (name, value) => [name, name === 'job' ? job : value]),
            annotations,
          })),
        }
  return {
    ...test,
    series: test.series.map(({ series, values }) => ({ series: confineTo(job, series), values })),
    checks: test.checks.map(ofService),
  }
}

/** Undefined where it needs data that the service does not have. */
function renamed(test: RuleTest, mapping: SignalMapping): RuleTest | undefined {
  const naming = { mapping: withoutBuckets(mapping), missing: new Set<string>() }
  const series = test.series.flatMap(({ series, values }) => {
    const theirs = renameQuery(series, naming)
    return theirs === undefined ? [] : [{ series: theirs, values }]
  })
  if (series.length < test.series.length) return undefined
  const ours = test.series.map(({ series }) => series)
  const checks = test.checks.map(check =>
    'expr' in check
      ? check
      : {
          ...check,
          firing: check.firing.map(({ labels, annotations }) => ({
            labels: mapped(labels, (name, value) => [renameLabel(name, ours, naming), value]),
            annotations,
          })),
        },
  )
  return { ...test, series, checks }
}

/** Made-up data may have any bounds. */
function withoutBuckets(mapping: SignalMapping): SignalMapping {
  return Object.fromEntries(
    Object.entries(mapping).map(([name, to]) => {
      if (typeof to !== 'object') return [name, to]
      const { buckets: _any, ...named } = to
      return [name, named]
    }),
  )
}

function mapped(
  texts: Readonly<Record<string, string>>,
  change: (name: string, text: string) => [string, string],
): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => change(name, text)))
}
