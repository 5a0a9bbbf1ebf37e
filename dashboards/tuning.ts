import { dashboardUids } from '../contract/links.ts'
import { activeFaults, firing, promisedAlerts } from './expressions.ts'
import type { Mapping } from './kit/model.ts'
import { row, stat, stateTimeline, table, timeseries } from './kit/panels.ts'
import { orZero, orZeroLike, promql, ratio, rows } from './kit/queries.ts'
import { prometheusSource } from './kit/variables.ts'
import { dashboard } from './shop-dashboard.ts'
import { below, plain } from './thresholds.ts'

const broken = `max(${activeFaults} > 0)`
const anyFiring = `max(${firing(['severity'])})`
const paging = firing(['alertname', 'service'], { severity: 'page' })

/** Seconds within the time range for which an expression has a value, counted in steps of the panel. */
const secondsOf = (expr: string) => `count_over_time((${expr})[$__range:$__interval]) * $__interval_ms / 1000`
/** How often an expression begins to have a value. */
const beginningsOf = (expr: string, by: string) =>
  `sum by (${by}) (count_over_time((${expr} unless ${oneStepAgo(expr)})[$__range:$__interval]))`
const oneStepAgo = (expr: string) => `last_over_time((${expr})[$__interval:$__interval] offset $__interval)`

const faultRunning = `max by (fault) (${activeFaults} > 0)`
/** Another alert than the one the fault catalogue promises is no detection. */
const detected = `${promisedAlerts} and on (alertname) ${firing(['alertname'])}`
const caught = `${faultRunning} and on (fault) (${detected})`
const undetected = `${faultRunning} unless on (fault) (${detected})`
const alertRunning = firing(['alertname'])
const unprovoked = `${alertRunning} unless on () ${broken}`

/** Wide enough for the longest alert, so that faults and alerts share one time axis. */
const labelWidth = 250

const active: readonly Mapping[] = [
  { value: '0', text: 'quiet', colour: 'muted' },
  { value: '1', text: 'active', colour: 'accent' },
]
const firesAs = (colour: 'bad' | 'warning'): readonly Mapping[] => [{ value: '1', text: 'firing', colour }]

export const tuning = dashboard({
  file: import.meta.url,
  uid: dashboardUids.tuning,
  title: 'Alert tuning',
  description:
    'The truth over the alerts: what was broken on purpose, and what fired. Good alerts start soon after a fault, stop soon after it, and stay quiet otherwise.',
  from: 'now-3h',
  variables: [prometheusSource],
  links: [
    {
      kind: 'dashboard',
      title: 'SLO',
      uid: dashboardUids.slo,
      tooltip: 'Burn rates and thresholds behind the pages',
    },
    { kind: 'dashboard', title: 'Overview', uid: dashboardUids.overview, tooltip: 'The service at a glance' },
  ],
  rows: [
    row('Faults over alerts', [
      stateTimeline({
        title: 'Active faults',
        description:
          'When each fault ran, by target. Nothing here means nothing was broken on purpose: whatever fires below is real, or wrong.',
        unit: 'none',
        labelWidth,
        height: 7,
        mappings: active,
        quiet: 'Nothing is broken unless somebody breaks it',
        empty: 'No fault ran in this time: start one with npm run fault',
        queries: [promql(`${activeFaults} > 0`, '{{fault}} on {{target}}')],
        interval: '5s',
      }),
      stateTimeline({
        title: 'Firing alerts',
        description:
          'When each alert fired, on the same time axis. A good alert begins soon after the fault above it and ends soon after. One without a fault above it woke somebody for nothing.',
        unit: 'none',
        labelWidth,
        height: 9,
        mappings: firesAs('bad'),
        overrides: [{ series: '.* \\(ticket\\)', mappings: firesAs('warning') }],
        quiet: 'No alert fires while all is well',
        empty: 'No alert fired in this time',
        queries: [promql(firing(['alertname', 'severity']), '{{alertname}} ({{severity}})')],
        interval: '5s',
      }),
    ]),
    row('How good are the alerts?', [
      stat({
        title: 'Recall',
        description:
          'Share of the time of all faults in which the alert promised for each fired. Normal: near 100 % for faults much longer than the windows. Low: thresholds too high or windows too long.',
        unit: 'ratio',
        decimals: 0,
        width: 6,
        thresholds: [{ colour: 'bad' }, { from: 0.5, colour: 'warning' }, { from: 0.8, colour: 'good' }],
        quiet: 'There is nothing to detect without a fault',
        empty: 'No fault in this time',
        queries: [
          promql(
            ratio(
              orZeroLike(`sum(${secondsOf(caught)})`, `sum(${secondsOf(faultRunning)})`),
              `sum(${secondsOf(faultRunning)})`,
            ),
            'recall',
            { instant: true },
          ),
        ],
        interval: '5s',
      }),
      stat({
        title: 'Precision',
        description:
          'Share of the time an alert fired in which a fault was active, whichever it was: one fault may rightly raise more than the alert promised for it. Normal: near 100 %. Low: alerts on causes nobody feels, or that end too late.',
        unit: 'ratio',
        decimals: 0,
        width: 6,
        thresholds: [{ colour: 'bad' }, { from: 0.5, colour: 'warning' }, { from: 0.8, colour: 'good' }],
        quiet: 'There is nothing to judge without an alert',
        empty: 'No alert in this time',
        queries: [
          promql(
            ratio(
              orZeroLike(secondsOf(`${anyFiring} and on () ${broken}`), secondsOf(anyFiring)),
              secondsOf(anyFiring),
            ),
            'precision',
            { instant: true },
          ),
        ],
        interval: '5s',
      }),
      stat({
        title: 'Pages per day',
        description:
          'How often a page began, for a day of this pace. Normal: a handful a week for people on call. More than two a day and they stop believing them.',
        unit: 'none',
        decimals: 1,
        width: 6,
        thresholds: below(2),
        queries: [
          promql(orZero(`sum(${beginningsOf(paging, 'alertname')}) * 86400 / $__range_s`), 'pages', {
            instant: true,
          }),
        ],
        interval: '5s',
      }),
      stat({
        title: 'Faults injected',
        description:
          'How often a fault began in this time. A judgement over a few of them is a guess; over twenty it is a number.',
        unit: 'none',
        decimals: 0,
        width: 6,
        thresholds: plain,
        queries: [promql(orZero(`sum(${beginningsOf(faultRunning, 'fault')})`), 'faults', { instant: true })],
        interval: '5s',
      }),
    ]),
    row('Per incident', [
      table({
        title: 'Time to detect',
        description:
          'For each fault: how often it ran, and for how long on average until the alert that the fault catalogue promises fired. Normal: below the time promised there. Other alerts do not count; one that still fires from an earlier fault does, so leave faults time to reset. Never detected: as long as it ran.',
        unit: 'clock',
        height: 9,
        quiet: 'There is nothing to detect without a fault',
        empty: 'No fault ran in this time',
        queries: [
          rows(beginningsOf(faultRunning, 'fault')),
          rows(
            ratio(
              orZeroLike(secondsOf(undetected), secondsOf(faultRunning)),
              beginningsOf(faultRunning, 'fault'),
            ),
          ),
          rows(ratio(secondsOf(faultRunning), beginningsOf(faultRunning, 'fault'))),
        ],
        columns: [
          { field: 'fault', heading: 'Fault' },
          { field: 'Value #A', heading: 'Times' },
          { field: 'Value #B', heading: 'Until detected' },
          { field: 'Value #C', heading: 'Ran for' },
        ],
        overrides: [{ series: 'Times', unit: 'none', decimals: 0, width: 80 }],
        interval: '5s',
      }),
      table({
        title: 'Time to reset',
        description:
          'For each alert: how often it fired, and how long on average it went on without any fault. Normal: the short window and the time it keeps firing. An alert that never had a fault shows all of its time here.',
        unit: 'clock',
        height: 9,
        quiet: 'There is nothing to reset without an alert',
        empty: 'No alert fired in this time',
        queries: [
          rows(beginningsOf(alertRunning, 'alertname')),
          rows(
            ratio(
              orZeroLike(secondsOf(unprovoked), secondsOf(alertRunning)),
              beginningsOf(alertRunning, 'alertname'),
            ),
          ),
          rows(ratio(secondsOf(alertRunning), beginningsOf(alertRunning, 'alertname'))),
        ],
        columns: [
          { field: 'alertname', heading: 'Alert' },
          { field: 'Value #A', heading: 'Times' },
          { field: 'Value #B', heading: 'Without a fault' },
          { field: 'Value #C', heading: 'Fired for' },
        ],
        overrides: [{ series: 'Times', unit: 'none', decimals: 0, width: 80 }],
        interval: '5s',
      }),
    ]),
    row('Misses and false alarms', [
      timeseries({
        title: 'Faults without an alert',
        description:
          'Faults active while the alert promised for them does not fire. Normal: a short block at the start of each fault, its detection time. A block as long as the fault is a miss.',
        unit: 'count',
        decimals: 0,
        width: 12,
        bars: true,
        interval: '5s',
        queries: [promql(orZero(`count(${undetected})`), 'faults without an alert')],
        overrides: [{ series: '.*', colour: 'warning' }],
      }),
      timeseries({
        title: 'Alerts without a fault',
        description:
          'Alerts that fire while nothing is broken on purpose. Normal: a short block after each fault, the reset time. A block of its own is a false alarm, or a real problem: look at Overview.',
        unit: 'count',
        decimals: 0,
        width: 12,
        bars: true,
        interval: '5s',
        queries: [promql(orZero(`count(${unprovoked})`), 'alerts without a fault')],
        overrides: [{ series: '.*', colour: 'bad' }],
      }),
    ]),
  ],
  exclusions: ['template-job-rule', 'template-instance-rule', 'target-job-rule', 'target-instance-rule'].map(
    rule => ({
      rule,
      reason: 'Faults and alerts belong to the whole lab, not to one scraped process',
    }),
  ),
})
