import { burnRatePanel, dashboardUids } from '../contract/links.ts'
import * as recorded from '../contract/recorded-series.ts'
import { production } from '../contract/windows.ts'
import { nearnessToAlert, ofObjectives, timeToExhaustion } from './expressions.ts'
import { clicked, drillDown } from './kit/links.ts'
import { barGauge, row, stat, table, timeseries } from './kit/panels.ts'
import { promql, rows, series, top } from './kit/queries.ts'
import { prometheusSource } from './kit/variables.ts'
import { dashboard } from './shop-dashboard.ts'
import { atLeast, below, budgetLeft } from './thresholds.ts'

const noObjective = 'No objective is recorded yet'
const one = below(1)

export const slo = dashboard({
  file: import.meta.url,
  uid: dashboardUids.slo,
  title: 'SLO: objectives and error budgets',
  description: 'What was promised, how much of the error budget is left, and how fast it goes.',
  from: 'now-6h',
  variables: [
    prometheusSource,
    {
      name: 'slo',
      label: 'Objective',
      kind: 'query',
      query: `label_values(${series(recorded.objective, { within: 'everything' })}, slo)`,
    },
  ],
  links: [
    {
      kind: 'dashboard',
      title: 'RED',
      uid: dashboardUids.red,
      tooltip: 'The requests behind the objectives',
    },
    {
      kind: 'dashboard',
      title: 'Alert tuning',
      uid: dashboardUids.tuning,
      tooltip: 'Whether the alerts catch what matters',
    },
  ],
  rows: [
    row('Budget', [
      stat({
        title: 'Error budget left',
        description:
          'What is left of the period’s budget. Normal: above half. Below a quarter, stop risky changes; below zero the promise is broken. The pace stands below.',
        unit: 'ratio',
        decimals: 1,
        width: 14,
        height: 6,
        text: 'value_and_name',
        fill: 'background',
        thresholds: budgetLeft,
        empty: noObjective,
        queries: [promql(ofObjectives(recorded.budgetRemaining), '{{slo}}', { instant: true })],
        drillDown: [drillDown('Only this objective', dashboardUids.slo, { slo: clicked('slo') })],
      }),
      stat({
        title: 'Time to exhaustion',
        description:
          'How long the rest of the budget lasts at the present pace. Normal: no value, because nothing burns, or longer than the period. Hours mean a page is near.',
        unit: 'duration',
        width: 10,
        height: 6,
        text: 'value_and_name',
        thresholds: [
          { colour: 'bad' },
          { from: 86_400, colour: 'warning' },
          { from: 604_800, colour: 'good' },
        ],
        quiet: 'A budget that nothing burns is never exhausted',
        empty: 'Nothing burns budget now',
        queries: [promql(timeToExhaustion, '{{slo}}', { instant: true })],
      }),
      table({
        title: 'Objectives',
        description:
          'Each objective with what it promises and where it stands. Normal: error ratio below what the objective leaves. A coverage below 100 % means the period has data for that share only, so the budget is provisional.',
        unit: 'ratio',
        width: 24,
        height: 7,
        empty: noObjective,
        queries: [
          rows(ofObjectives(recorded.objective)),
          rows(ofObjectives(recorded.period)),
          rows(ofObjectives(recorded.periodErrorRatio)),
          rows(ofObjectives(recorded.budgetRemaining)),
          rows(ofObjectives(recorded.periodCoverage)),
          rows(ofObjectives(recorded.requests)),
        ],
        columns: [
          { field: 'slo', heading: 'Objective' },
          { field: 'service', heading: 'Service' },
          { field: 'Value #A', heading: 'Promise' },
          { field: 'Value #B', heading: 'Period' },
          { field: 'Value #C', heading: 'Error ratio' },
          { field: 'Value #D', heading: 'Budget left' },
          { field: 'Value #E', heading: 'Coverage' },
          { field: 'Value #F', heading: 'Events per second' },
        ],
        overrides: [
          { series: 'Promise', decimals: 2 },
          { series: 'Period', unit: 'duration' },
          { series: 'Error ratio', decimals: 3 },
          { series: 'Budget left', decimals: 1, cell: 'colour', thresholds: budgetLeft },
          { series: 'Coverage', decimals: 0 },
          { series: 'Events per second', unit: 'perSecond', decimals: 2 },
        ],
      }),
    ]),
    row('Pace', [
      timeseries({
        title: burnRatePanel,
        description:
          'Burn rate of the slower of each tier’s two windows, over the tier’s threshold. Normal: below 1. At 1 that tier fires; the page tiers are fast and medium.',
        unit: 'multiple',
        width: 16,
        height: 10,
        limit: true,
        legend: 'table',
        thresholds: one,
        empty: noObjective,
        queries: [promql(nearnessToAlert, '{{burn_tier}} {{slo}}')],
      }),
      barGauge({
        title: 'Burn rate now',
        description:
          'The ten nearest to firing at the end of the time range. Normal: green and short. Red is firing; fast and medium page.',
        unit: 'multiple',
        decimals: 2,
        width: 8,
        height: 10,
        min: 0,
        max: 1,
        thresholds: [{ colour: 'good' }, { from: 0.5, colour: 'warning' }, { from: 1, colour: 'bad' }],
        empty: noObjective,
        queries: [promql(top(10, nearnessToAlert), '{{burn_tier}} {{slo}}', { instant: true })],
      }),
    ]),
    row(
      'Burn rate by tier',
      production.tiers.map(tier =>
        timeseries({
          title: `Burn rate: ${tier.name}`,
          description: `Multiples of even spending over both windows of the ${tier.name} tier, a ${tier.severity}. Normal: below 1, the budget lasts. Both windows above the dashed threshold fire the alert; the short one falls first when the incident ends.`,
          unit: 'multiple',
          width: 12,
          empty: noObjective,
          queries: [
            promql(ofObjectives(recorded.burnRate, { burn_tier: tier.name }), '{{slo}} {{window}}'),
            promql(`max(${ofObjectives(recorded.burnThreshold, { burn_tier: tier.name })})`, 'threshold'),
          ],
          overrides: [{ series: 'threshold', colour: 'bad', dashed: true }],
        }),
      ),
    ),
    row('Over the period', [
      timeseries({
        title: 'Budget left over time',
        description:
          'How the budget went. Normal: a gentle slope that rises again as old errors leave the period. Steps are incidents: open Investigate at that time.',
        unit: 'ratio',
        decimals: 1,
        max: 1,
        limit: true,
        thresholds: atLeast(0),
        empty: noObjective,
        queries: [promql(ofObjectives(recorded.budgetRemaining), '{{slo}}')],
        drillDown: [drillDown('Logs and traces of this time', dashboardUids.investigate)],
      }),
      timeseries({
        title: 'Good and bad events',
        description:
          'Events per second that count for the chosen objectives. Normal: hardly any bad. Few events make ratios jumpy: that is why a page needs a least number of errors.',
        unit: 'perSecond',
        stack: true,
        empty: noObjective,
        queries: [
          promql(`sum(${ofObjectives(recorded.requests)}) - sum(${ofObjectives(recorded.errors)})`, 'good'),
          promql(`sum(${ofObjectives(recorded.errors)})`, 'bad'),
        ],
        overrides: [
          { series: 'good', colour: 'good' },
          { series: 'bad', colour: 'bad' },
        ],
      }),
      timeseries({
        title: 'Window coverage',
        description:
          'Share of the period that has data. Normal: 100 % once the service is older than the period. Below it, budgets count what is there and slow tiers wait for their history.',
        unit: 'ratio',
        decimals: 0,
        max: 1,
        empty: noObjective,
        queries: [promql(ofObjectives(recorded.periodCoverage), '{{slo}}')],
      }),
    ]),
  ],
  exclusions: ['template-job-rule', 'template-instance-rule', 'target-job-rule', 'target-instance-rule'].map(
    rule => ({
      rule,
      reason:
        'Recorded series are aggregated over all processes: they carry slo and service, not job and instance',
    }),
  ),
})
