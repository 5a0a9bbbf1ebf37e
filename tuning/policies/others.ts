/** Policies that others use or generate, as plain rules over the raw counters. */
import type { Objective } from '../../alerts/objectives.ts'
import { toYaml } from '../../alerts/rules.ts'
import { errorBudget } from '../../alerts/slo/budget.ts'
import { requestRateOf } from '../../alerts/slo/indicator.ts'
import { decimal, times, toText } from '../../contract/decimal.ts'
import { duration, seconds } from '../../contract/durations.ts'
import { select, selectBucket } from '../../contract/expr.ts'
import type { Preset } from '../../contract/windows.ts'
import type { RuleData } from '../../engines/promql/rules/from-data.ts'
import type { Policy } from './policy.ts'

/** The plain threshold most people begin with: more bad events than the objective allows tenfold, for five minutes. */
export const threshold: Policy = {
  name: 'threshold',
  title: 'Threshold with for: ten times the budget over 5m, for 5m',
  source: 'what most rule files begin with',
  rules: (objective, clock) =>
    ruleFile('threshold', clock, [
      {
        alert: 'HighErrorRatio',
        expr: `${ratio(objective, '5m')} > ${limit(objective, 10)}`,
        for: '5m',
        labels: { severity: 'page', slo: objective.name },
      },
    ]),
}

/** Source: The Site Reliability Workbook, chapter 5, alert 4: a burn rate over one window. */
export const singleWindow: Policy = {
  name: 'single-window',
  title: 'One window: 14.4 times too fast over 1h',
  source: 'https://sre.google/workbook/alerting-on-slos/#4-alert-on-burn-rate',
  rules: (objective, clock) =>
    ruleFile('single-window', clock, [
      {
        alert: 'BurnRate',
        expr: `${ratio(objective, '1h')} > ${limit(objective, 14.4)}`,
        labels: { severity: 'page', slo: objective.name },
      },
    ]),
}

/** Source: The Site Reliability Workbook, chapter 5; each step mends what the one before it gets wrong. */
export const workbookSteps: readonly Policy[] = [
  workbook(1, 'error rate over 10m at the objective', [{ windows: ['10m'], factor: 1, severity: 'page' }]),
  workbook(2, 'a longer window, 36h', [{ windows: ['36h'], factor: 1, severity: 'page' }]),
  workbook(3, 'error rate for an hour', [{ windows: ['1m'], factor: 1, severity: 'page', for: '1h' }]),
  workbook(4, 'a burn rate of 36 over 1h', [{ windows: ['1h'], factor: 36, severity: 'page' }]),
  workbook(5, 'several burn rates', [
    { windows: ['1h'], factor: 14.4, severity: 'page' },
    { windows: ['6h'], factor: 6, severity: 'page' },
    { windows: ['3d'], factor: 1, severity: 'ticket' },
  ]),
  workbook(6, 'several windows and burn rates', [
    { windows: ['1h', '5m'], factor: 14.4, severity: 'page' },
    { windows: ['6h', '30m'], factor: 6, severity: 'page' },
    { windows: ['3d', '6h'], factor: 1, severity: 'ticket' },
  ]),
]

interface Step {
  windows: readonly string[]
  factor: number
  severity: 'page' | 'ticket'
  for?: string
}

function workbook(step: number, what: string, alerts: readonly Step[]): Policy {
  return {
    name: `workbook-${step}`,
    title: `The workbook's step ${step}: ${what}`,
    source: `https://sre.google/workbook/alerting-on-slos/, step ${step}`,
    rules: (objective, clock) => {
      // A window must hold two scrapes.
      const window = (text: string) => duration(Math.max(seconds(text), 2 * clock.scrapeInterval))
      return ruleFile(
        `workbook-${step}`,
        clock,
        alerts.map(({ windows, factor, severity, for: hold }) => ({
          alert: `ErrorBudgetBurn`,
          expr: windows
            .map(each => `${ratio(objective, window(each))} > ${limit(objective, factor)}`)
            .join(' and '),
          ...(hold === undefined ? {} : { for: hold }),
          labels: { severity, slo: objective.name, long: windows[0]! },
        })),
      )
    },
  }
}

/**
 * The rules Sloth generates for 30 days: a recording per window, a page and a ticket that join two tiers each.
 * Source: https://github.com/slok/sloth, windows google-30d.
 */
export const sloth: Policy = {
  name: 'sloth',
  title: "Sloth's: two alerts of two tiers each",
  source: 'https://sloth.dev, windows google-30d',
  rules: (objective, clock) => {
    const id = { sloth_id: `${objective.service}-${objective.name}`, sloth_slo: objective.name }
    const matchers = Object.entries(id)
      .map(([label, value]) => `${label}="${value}"`)
      .join(', ')
    const recorded = (window: string) => `slo:sli_error:ratio_rate${window}{${matchers}}`
    const tier = (long: string, short: string, factor: number) =>
      [short, long]
        .map(
          window =>
            `max(${recorded(window)} > (${factor} * ${errorBudget(objective)})) without (sloth_window)`,
        )
        .join(' and ')
    return ruleFile('sloth', clock, [
      ...['5m', '30m', '1h', '2h', '6h', '1d', '3d'].map(window => ({
        record: `slo:sli_error:ratio_rate${window}`,
        expr: ratio(objective, window),
        labels: { ...id, sloth_window: window },
      })),
      {
        alert: 'SlothBurn',
        expr: `(${tier('1h', '5m', 14.4)}) or (${tier('6h', '30m', 6)})`,
        labels: { severity: 'page', ...id },
      },
      {
        alert: 'SlothBurn',
        expr: `(${tier('1d', '2h', 3)}) or (${tier('3d', '6h', 1)})`,
        labels: { severity: 'ticket', ...id },
      },
    ])
  },
}

/** Source: https://github.com/pyrra-dev/pyrra, windows of four weeks. */
const pyrraTiers = [
  { short: '5m', long: '1h', factor: 14, for: '2m', severity: 'page', budget: '1 / 48' },
  { short: '30m', long: '6h', factor: 7, for: '15m', severity: 'page', budget: '1 / 16' },
  { short: '2h', long: '1d', factor: 2, for: '1h', severity: 'ticket', budget: '1 / 14' },
  { short: '6h', long: '4d', factor: 1, for: '3h', severity: 'ticket', budget: '1 / 7' },
] as const

export const pyrra: Policy = {
  name: 'pyrra',
  title: "Pyrra's: four alerts with for, and one on missing data",
  source: 'https://github.com/pyrra-dev/pyrra',
  rules: (objective, clock) =>
    pyrraRules('pyrra', objective, clock, ({ factor }) => `(${factor} * ${errorBudget(objective)})`),
}

/** The threshold grows when the window has less traffic than usual: the same share of the budget is then more of it. */
export const pyrraDynamic: Policy = {
  name: 'pyrra-traffic',
  title: "Pyrra's with thresholds that follow the traffic",
  source: 'https://github.com/pyrra-dev/pyrra/pull/1602',
  rules: (objective, clock) =>
    pyrraRules('pyrra-traffic', objective, clock, ({ long, budget }) => {
      const events = (window: string) => `sum(increase(${total(objective)}[${window}]))`
      return `scalar((${events('4w')} / ${events(long)}) * (${budget}) * ${errorBudget(objective)})`
    }),
}

function pyrraRules(
  name: string,
  objective: Objective,
  clock: Preset,
  limitOf: (tier: (typeof pyrraTiers)[number]) => string,
): string {
  const recorded = (window: string) => `pyrra:burnrate${window}{slo="${objective.name}"}`
  const windows = [...new Set(pyrraTiers.flatMap(({ short, long }) => [short, long]))]
  return ruleFile(name, clock, [
    ...windows.map(window => ({
      record: `pyrra:burnrate${window}`,
      expr: ratio(objective, window),
      labels: { slo: objective.name },
    })),
    ...pyrraTiers.map(tier => ({
      alert: 'ErrorBudgetBurn',
      expr: `${recorded(tier.short)} > ${limitOf(tier)} and ${recorded(tier.long)} > ${limitOf(tier)}`,
      for: tier.for,
      labels: { severity: tier.severity, slo: objective.name, long: tier.long, short: tier.short },
    })),
    {
      alert: 'SLOMetricAbsent',
      expr: `absent(${total(objective)}) == 1`,
      for: '10m',
      labels: { severity: 'page', slo: objective.name },
    },
  ])
}

function ruleFile(name: string, clock: Preset, rules: readonly RuleData[]): string {
  return toYaml({ groups: [{ name, interval: duration(clock.evaluationInterval), rules }] }, '')
}

/** Bad events over all, straight from the counters and without a guard, as these tools have it. */
function ratio(objective: Objective, window: string): string {
  const { sli } = objective
  const length = seconds(window)
  const all = requestRateOf(objective, length)
  if ('failed' in sli) {
    const { metric, where } = sli.failed
    const failed = select(metric, where, metric.kind === 'histogram' ? 'count' : '')
    return `sum(rate(${failed}[${window}])) / ${all}`
  }
  const inTime = selectBucket(sli.total.metric, sli.threshold, sli.total.where)
  return `(${all} - sum(rate(${inTime}[${window}]))) / ${all}`
}

function total({ sli: { total } }: Objective): string {
  return select(total.metric, total.where, total.metric.kind === 'histogram' ? 'count' : '')
}

function limit(objective: Objective, factor: number): string {
  return toText(times(decimal(factor), decimal(errorBudget(objective))))
}
