import { resourceBudgets } from '../contract/budgets.ts'
import { dashboardUids } from '../contract/links.ts'
import * as recorded from '../contract/recorded-series.ts'
import { prometheusOwn } from '../contract/stack-signals.ts'
import { alertLinks, withDashboard } from './alert-links.ts'
import {
  activeFaults,
  cpuUtilization,
  eventLoopUtilization,
  firing,
  heapUtilization,
  poolUtilization,
  requestErrorRatio,
  requestLatency,
  requestRate,
  versions,
} from './expressions.ts'
import { clicked, drillDown } from './kit/links.ts'
import { row, stat, table, text, timeseries } from './kit/panels.ts'
import { orZero, promql, rows, series, value } from './kit/queries.ts'
import { dashboard } from './shop-dashboard.ts'
import { availabilityBudget, below, budgetLeft, latencyObjective, none } from './thresholds.ts'

const perJob = { by: ['job'] } as const

export const overview = dashboard({
  file: import.meta.url,
  uid: dashboardUids.overview,
  title: 'Overview',
  description: 'The service at a glance, and the way to everything else.',
  rows: [
    row('Is it well?', [
      stat({
        title: 'Error budget left',
        description:
          'What is left of each objective’s error budget. Normal: above half. Below zero the objective is missed for this period: see SLO for how fast it goes.',
        unit: 'ratio',
        decimals: 0,
        width: 12,
        height: 5,
        text: 'value_and_name',
        fill: 'background',
        thresholds: budgetLeft,
        empty: 'No objective is recorded yet',
        queries: [
          promql(series(recorded.budgetRemaining, { within: 'everything' }), '{{slo}}', { instant: true }),
        ],
        drillDown: [drillDown('Open SLO', dashboardUids.slo, { slo: clicked('slo') })],
      }),
      stat({
        title: 'Alerts firing',
        description:
          'Pages and tickets that fire now. Normal: none. The table below says which, and each name there leads to where its symptom shows.',
        unit: 'count',
        decimals: 0,
        width: 4,
        height: 5,
        fill: 'background',
        thresholds: none,
        queries: [promql(orZero(`count(${firing(['alertname', 'service'])})`), 'firing', { instant: true })],
      }),
      stat({
        title: 'Faults active',
        description:
          'Faults injected on purpose now. Normal: none. While one is active, whatever is red here is practice.',
        unit: 'count',
        decimals: 0,
        width: 4,
        height: 5,
        fill: 'background',
        thresholds: [{ colour: 'good' }, { from: 1, colour: 'accent' }],
        queries: [promql(orZero(`count(${activeFaults} > 0)`), 'active', { instant: true })],
      }),
      stat({
        title: 'Processes up',
        description:
          'Processes Prometheus can reach. Normal: all of them. A missing one is down, or its admin port is: see The stack itself.',
        unit: 'ratio',
        decimals: 0,
        width: 4,
        height: 5,
        fill: 'background',
        thresholds: [{ colour: 'bad' }, { from: 1, colour: 'good' }],
        queries: [promql(value('avg', prometheusOwn.up), 'up', { instant: true })],
      }),
    ]),
    row('Golden signals', [
      timeseries({
        title: 'Traffic',
        description:
          'Requests per second by service. Normal: follows the time of day. Services that usually move together and no longer do have lost each other.',
        unit: 'requestsPerSecond',
        width: 6,
        queries: [promql(requestRate(perJob), '{{job}}')],
        drillDown: [drillDown('RED of this service', dashboardUids.red, { job: clicked('job') })],
      }),
      timeseries({
        title: 'Errors',
        description:
          'Share of requests answered with 5xx by service. Normal: 0. Above the dashed line the error budget is being spent; click a service for its routes.',
        unit: 'ratio',
        width: 6,
        limit: true,
        thresholds: below(availabilityBudget),
        queries: [promql(requestErrorRatio(perJob), '{{job}}')],
        drillDown: [drillDown('RED of this service', dashboardUids.red, { job: clicked('job') })],
      }),
      timeseries({
        title: 'Latency p95',
        description:
          'p95 by service. Normal: below the dashed objective. Click a service for its routes, a diamond for the trace of a slow request.',
        unit: 'seconds',
        width: 6,
        limit: true,
        thresholds: below(latencyObjective),
        queries: [promql(requestLatency(0.95, perJob), '{{job}}', { exemplars: true })],
        drillDown: [drillDown('RED of this service', dashboardUids.red, { job: clicked('job') })],
      }),
      timeseries({
        title: 'Saturation',
        description:
          'The fullest of each resource. Normal: below the dashed line. The one that touches 100 % first is the bottleneck: USE for the process, Dependencies for the pool.',
        unit: 'ratio',
        decimals: 0,
        max: 1,
        width: 6,
        limit: true,
        thresholds: below(resourceBudgets.cpuUtilization),
        queries: [
          promql(`max(${cpuUtilization})`, 'CPU'),
          promql(`max(${eventLoopUtilization})`, 'event loop'),
          promql(`max(${heapUtilization})`, 'heap'),
          promql(`max(${poolUtilization})`, 'connection pool'),
        ],
        drillDown: [drillDown('USE', dashboardUids.use)],
      }),
    ]),
    row('What is going on', [
      table({
        title: 'Firing alerts',
        description:
          'Pages and tickets that fire now, pages first. Normal: empty. Click an alert for its runbook and for the dashboard that shows its symptom.',
        unit: 'text',
        width: 12,
        height: 7,
        quiet: 'No alert fires while all is well',
        empty: 'Nothing fires',
        queries: [rows(withDashboard(firing(['alertname', 'severity', 'service', 'slo'])))],
        columns: [
          { field: 'alertname', heading: 'Alert' },
          { field: 'severity', heading: 'Severity' },
          { field: 'service', heading: 'Service' },
          { field: 'slo', heading: 'Objective' },
          { field: 'dashboard', heading: 'Dashboard' },
        ],
        sortBy: { heading: 'Severity', descending: false },
        overrides: [
          { series: 'Alert', links: alertLinks },
          { series: 'Objective|Dashboard', hidden: true },
          {
            series: 'Severity',
            cell: 'colour',
            mappings: [
              { value: 'page', text: 'page', colour: 'bad' },
              { value: 'ticket', text: 'ticket', colour: 'warning' },
            ],
            width: 110,
          },
        ],
      }),
      table({
        title: 'Active faults',
        description:
          'Faults injected on purpose now, with what they aim at. Normal: empty. Alert tuning compares them with the alerts they should cause.',
        unit: 'text',
        width: 6,
        height: 7,
        quiet: 'Nothing is broken unless somebody breaks it',
        empty: 'Nothing is broken on purpose',
        queries: [rows(`${activeFaults} > 0`)],
        columns: [
          { field: 'fault', heading: 'Fault' },
          { field: 'target', heading: 'Target' },
        ],
        links: [drillDown('Alert tuning', dashboardUids.tuning)],
      }),
      table({
        title: 'Versions running',
        description:
          'Processes by service and version. Normal: one version each. Two at once is a deployment under way, or one that got stuck.',
        unit: 'count',
        width: 6,
        height: 7,
        empty: 'No process reports its version',
        queries: [rows(versions)],
        columns: [
          { field: 'job', heading: 'Service' },
          { field: 'service_version', heading: 'Version' },
          { field: 'Value', heading: 'Processes' },
        ],
        overrides: [{ series: 'Processes', decimals: 0 }],
      }),
    ]),
    row('Where to look next', [
      text({
        title: 'The way on',
        description: 'Which dashboard answers which question; all of them keep the time range and variables.',
        height: 6,
        width: 24,
        markdown: `${way([
          ['Are users served, and which route is not?', 'RED: requests', dashboardUids.red],
          [
            'Is a process out of CPU, event loop, memory or threads?',
            'USE: Node.js runtime',
            dashboardUids.use,
          ],
          [
            'Is it the database, the cache, payments or the queue?',
            'Dependencies',
            dashboardUids.dependencies,
          ],
          ['How much budget is left, and how fast does it go?', 'SLO', dashboardUids.slo],
          ['What do logs and traces of this time say?', 'Investigate', dashboardUids.investigate],
          [
            'Does the service keep its performance budgets under load?',
            'Load and budgets',
            dashboardUids.load,
          ],
          ['Did the alerts catch the faults, and only them?', 'Alert tuning', dashboardUids.tuning],
          ['Does the monitoring itself work?', 'The stack itself', dashboardUids.stack],
        ])}`,
      }),
    ]),
  ],
  exclusions: ['target-job-rule', 'target-instance-rule'].map(rule => ({
    rule,
    panels: ['Error budget left', 'Alerts firing', 'Faults active', 'Firing alerts', 'Active faults'],
    reason:
      'Recorded series, alerts and faults belong to a service or the whole lab, not to a scraped process',
  })),
})

/** Two questions a line, so that all fit on a screen. */
function way(steps: readonly (readonly [question: string, title: string, uid: string])[]): string {
  const cells = steps.map(
    ([question, title, uid]) => `${question} | [${title}](${drillDown(title, uid).url})`,
  )
  const half = Math.ceil(cells.length / 2)
  const lines = cells.slice(0, half).map((cell, index) => `| ${cell} | ${cells[half + index] ?? ' | '} |`)
  return ['| Question | Dashboard | Question | Dashboard |', '| --- | --- | --- | --- |', ...lines].join('\n')
}
