import { type JourneyName, journeyBudgets } from '../contract/budgets.ts'
import { dashboardUids } from '../contract/links.ts'
import { load } from '../contract/shop-signals.ts'
import { loadErrorRatio, loadLatency, loadRate, requestLatency, requestRate } from './expressions.ts'
import type { Query, Threshold } from './kit/model.ts'
import { barGauge, row, stat, timeseries } from './kit/panels.ts'
import { orZero, promql, rate, total, value } from './kit/queries.ts'
import { dashboard } from './shop-dashboard.ts'
import { below, plain } from './thresholds.ts'

const generator = { within: 'everything' } as const
const journeys = Object.keys(journeyBudgets) as JourneyName[]
const noLoad = 'No load runs: start it with npm run load'
const spent: readonly Threshold[] = [
  { colour: 'good' },
  { from: 0.8, colour: 'warning' },
  { from: 1, colour: 'bad' },
]

export const loadAndBudgets = dashboard({
  file: import.meta.url,
  uid: dashboardUids.load,
  title: 'Load and budgets',
  description:
    'What the load generator asked for and got, beside what the service thinks it did, and whether each journey keeps its performance budget.',
  links: [
    { kind: 'dashboard', title: 'RED', uid: dashboardUids.red, tooltip: 'The service’s side in detail' },
    { kind: 'dashboard', title: 'USE', uid: dashboardUids.use, tooltip: 'What runs full under load' },
  ],
  rows: [
    row('Budgets by journey', [
      barGauge({
        title: 'p95 against budget',
        description:
          'p95 of each journey over its budget, as its user sees it. Normal: below 100 %. Red fails the load test; By journey shows since when.',
        unit: 'ratio',
        decimals: 0,
        min: 0,
        max: 1,
        thresholds: spent,
        empty: noLoad,
        queries: perJourney(journey => `${loadLatency(0.95, { journey })} / ${journeyBudgets[journey].p95}`),
      }),
      barGauge({
        title: 'p99 against budget',
        description:
          'p99 of each journey over its budget. Normal: below 100 %. Red with a good p95 is a tail: locks, collections, retries.',
        unit: 'ratio',
        decimals: 0,
        min: 0,
        max: 1,
        thresholds: spent,
        empty: noLoad,
        queries: perJourney(journey => `${loadLatency(0.99, { journey })} / ${journeyBudgets[journey].p99}`),
      }),
      barGauge({
        title: 'Errors against budget',
        description:
          'Error ratio of each journey over its budget. Normal: 0 %. The failing route stands in RED.',
        unit: 'ratio',
        decimals: 0,
        min: 0,
        max: 1,
        thresholds: spent,
        empty: noLoad,
        queries: perJourney(
          journey => `${loadErrorRatio({ journey })} / ${journeyBudgets[journey].errorRatio}`,
        ),
      }),
    ]),
    row('Generator against service', [
      timeseries({
        title: 'Rate: asked, sent, answered',
        description:
          'Requests the generator sent and requests the service answered, per second. Normal: together. Answered below sent means something between them drops requests; other clients put it above.',
        unit: 'requestsPerSecond',
        queries: [
          promql(value('sum', load.targetRate, generator), 'journeys asked'),
          promql(loadRate(), 'sent'),
          promql(requestRate(), 'answered'),
        ],
        overrides: [{ series: 'journeys asked', colour: 'muted', dashed: true }],
      }),
      timeseries({
        title: 'p95: generator and service',
        description:
          'p95 seen by the generator, which counts from when a request was due, and p95 seen by the service. Normal: close. A gap is waiting that the service cannot see: its event loop, its socket queue, the network.',
        unit: 'seconds',
        queries: [
          promql(loadLatency(0.95), 'generator'),
          promql(requestLatency(0.95), 'service', { exemplars: true }),
        ],
      }),
      timeseries({
        title: 'In flight and dropped',
        description:
          'Requests sent and not yet answered, and arrivals not sent because too many were. Normal: few in flight, none dropped. Dropped arrivals mean the numbers flatter the service.',
        unit: 'count',
        queries: [
          promql(value('sum', load.inFlight, generator), 'in flight'),
          promql(orZero(rate(load.dropped, generator)), 'dropped per second'),
        ],
        overrides: [{ series: 'dropped per second', colour: 'bad' }],
      }),
    ]),
    row('By journey', [
      timeseries({
        title: 'Rate by journey',
        description: 'Requests per second of each journey. Normal: the proportions of the scenario.',
        unit: 'requestsPerSecond',
        legend: 'table',
        height: 10,
        empty: noLoad,
        queries: [promql(loadRate(['journey']), '{{journey}}')],
      }),
      timeseries({
        title: 'p95 by journey',
        description: `p95 of each journey. Normal: below its budget (${budgetsOf('p95')} s).`,
        unit: 'seconds',
        legend: 'table',
        height: 10,
        empty: noLoad,
        queries: [promql(loadLatency(0.95, {}, ['journey']), '{{journey}}')],
      }),
      timeseries({
        title: 'Error ratio by journey',
        description:
          'Share of failed requests of each journey. Normal: 0; the dashed line is the strictest budget.',
        unit: 'ratio',
        legend: 'table',
        height: 10,
        limit: true,
        thresholds: below(Math.min(...journeys.map(journey => journeyBudgets[journey].errorRatio))),
        empty: noLoad,
        queries: [promql(loadErrorRatio({}, ['journey']), '{{journey}}')],
      }),
    ]),
    row('The generator itself', [
      stat({
        title: 'Target rate',
        description: 'Journeys per second the generator is to start now. Normal: what the scenario says.',
        unit: 'perSecond',
        decimals: 1,
        width: 12,
        thresholds: plain,
        empty: noLoad,
        queries: [promql(value('sum', load.targetRate, generator), 'target')],
      }),
      stat({
        title: 'Arrivals dropped',
        description:
          'Arrivals not sent in this time range. Normal: 0. Anything else: give the generator more connections or ask for less.',
        unit: 'count',
        decimals: 0,
        width: 12,
        thresholds: [{ colour: 'good' }, { from: 1, colour: 'bad' }],
        queries: [promql(orZero(total(load.dropped, generator)), 'dropped', { instant: true })],
      }),
    ]),
  ],
  exclusions: ['target-job-rule', 'target-instance-rule'].map(rule => ({
    rule,
    panels: [
      'Rate: asked, sent, answered',
      'p95: generator and service',
      'In flight and dropped',
      'Rate by journey',
      'p95 by journey',
      'Error ratio by journey',
      'p95 against budget',
      'p99 against budget',
      'Errors against budget',
      'Target rate',
      'Arrivals dropped',
    ],
    reason: 'The generator is a job of its own: its series must stay when the service is chosen',
  })),
})

function perJourney(expr: (journey: JourneyName) => string): Query[] {
  return journeys.map(journey => promql(expr(journey), journey, { instant: true }))
}

function budgetsOf(which: 'p95' | 'p99'): string {
  return journeys.map(journey => `${journey} ${journeyBudgets[journey][which]}`).join(', ')
}
