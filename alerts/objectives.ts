/** What the service promises its users, as data: rules, tests, dashboards, routing and simulation come from it. */

import { type Matchers, matches, matchesNot } from '../contract/expr.ts'
import { httpServer, jobs, type Metric } from '../otel/signals.ts'

/** Events to count: the increase of a counter, or of a histogram's `_count`. */
export interface Selection {
  metric: Metric
  where: Readonly<Record<string, string | { operator: '=' | '!=' | '=~' | '!~'; value: string }>>
}

/** What counts events by selectors, so that rules can tell a label that is missing from an event that did not fail. */
export type CountedSli =
  /** Bad events are those that `failed` selects. */
  | { kind: 'availability'; total: Selection; failed: Selection }
  /** Bad events took longer than the threshold, in seconds, which must be a bucket's bound. `total` leaves failures out. */
  | { kind: 'latency'; total: Selection; threshold: number }
  /** Bad events waited longer than the threshold, in seconds, which must be a bucket's bound. */
  | { kind: 'freshness'; total: Selection; threshold: number }
  /** Bad events among all, of any two counters. */
  | { kind: 'ratio'; total: Selection; failed: Selection }

/** Queries as they were found, per second or as counts over `$window`; without labels but those of `groupBy`. */
export interface QueriedSli {
  kind: 'queries'
  events: string
  failures: string
  /** Whether no result of `failures` means that nothing failed; else nothing is known. */
  noneIsZero: boolean
}

export type Texts = Readonly<Record<string, string>>

export interface AlertPart {
  disable?: boolean
  labels?: Texts
  annotations?: Texts
}

/** How the alerts are called and what they carry beside our own labels and texts, as files of other tools say. */
export interface Alerting extends Pick<AlertPart, 'labels' | 'annotations'> {
  name?: string
  /** Of the tiers that page and of the alerts on missing data. */
  page?: AlertPart
  ticket?: AlertPart
  /** The label `severity` by the name of the tier. */
  severities?: Texts
  /** Of the alert on data that is missing. */
  absent?: AlertPart & { name?: string }
}

export interface Objective<S extends CountedSli | QueriedSli = CountedSli> {
  /** Value of the label `slo`; its alert is this name in PascalCase followed by Burn. */
  name: string
  title: string
  service: string
  description: string
  owner: string
  sli: S
  /** The promised percentage of good events, such as 99.9. */
  objective: number
  /** Labels that split the objective, such as `tenant`: each value then has its own budget and its own alerts. */
  groupBy: readonly string[]
  traffic: {
    /** Events per second at the quietest time. */
    minimum: number
    /** No alert fires with fewer errors than this in the tier's long window. */
    minimumErrors: number
  }
  /** The dashboard on which to look for the cause. */
  dashboard: 'sightline-red' | 'sightline-dependencies'
  alerting?: Alerting
  /** What is known of it beside that, recorded as the labels of one series and carried by its alerts. */
  infos?: Texts
}

export type AnyObjective = Objective<CountedSli | QueriedSli>

const failure = matches('5..')
const noFailure = matchesNot('5..')

export const objectives: readonly Objective[] = [
  {
    name: 'shop-availability',
    title: 'Shop availability',
    service: 'shop',
    description: 'Requests to the shop that it answers without a server error',
    owner: 'shop',
    sli: {
      kind: 'availability',
      total: selection(httpServer.duration, { job: 'shop' }),
      failed: selection(httpServer.duration, { job: 'shop', http_response_status_code: failure }),
    },
    objective: 99.9,
    groupBy: [],
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: 'sightline-red',
  },
  {
    name: 'shop-latency',
    title: 'Shop latency',
    service: 'shop',
    description: 'Successful requests to the shop that it answers within 300 ms; the streamed export apart',
    owner: 'shop',
    sli: {
      kind: 'latency',
      total: selection(httpServer.duration, {
        job: 'shop',
        http_response_status_code: noFailure,
        http_route: { operator: '!=', value: '/orders/export' },
      }),
      threshold: 0.3,
    },
    objective: 99,
    groupBy: [],
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: 'sightline-red',
  },
  {
    name: 'checkout-availability',
    title: 'Checkout availability',
    service: 'shop',
    description: 'Orders placed that the shop answers without a server error',
    owner: 'checkout',
    sli: {
      kind: 'availability',
      total: selection(httpServer.duration, {
        job: 'shop',
        http_request_method: 'POST',
        http_route: '/orders',
      }),
      failed: selection(httpServer.duration, {
        job: 'shop',
        http_request_method: 'POST',
        http_route: '/orders',
        http_response_status_code: failure,
      }),
    },
    objective: 99.5,
    groupBy: [],
    traffic: { minimum: 0.1, minimumErrors: 5 },
    dashboard: 'sightline-dependencies',
  },
  {
    name: 'fulfilment-freshness',
    title: 'Fulfilment freshness',
    service: 'worker',
    description: 'Fulfilment jobs whose first attempt starts within 30 s of the order',
    owner: 'fulfilment',
    sli: {
      kind: 'freshness',
      total: selection(jobs.wait, { job: 'worker', messaging_destination_name: 'fulfilment' }),
      threshold: 30,
    },
    objective: 99,
    groupBy: [],
    traffic: { minimum: 0.05, minimumErrors: 3 },
    dashboard: 'sightline-dependencies',
  },
]

/** A label that the metric does not have is a type error. */
export function selection<M extends Metric>(metric: M, where: Matchers<M> = {}): Selection {
  return { metric, where: where as Selection['where'] }
}

export function alertName({ name, alerting }: Pick<AnyObjective, 'name' | 'alerting'>): string {
  return alerting?.name ?? `${pascalCase(name)}Burn`
}

function pascalCase(name: string): string {
  return name
    .split('-')
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}
