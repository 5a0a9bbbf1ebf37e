/** For every cause and meta alert, metrics under which it must fire and metrics under which it must not. */

import { type Matchers, type Queryable, select } from '../../contract/expr.ts'
import { alertmanagerServer, prometheusOwn, prometheusServer } from '../../contract/stack-signals.ts'
import {
  cache,
  database,
  httpClient,
  httpServer,
  jobs,
  resilience,
  runtime,
  telemetry,
  threadPool,
} from '../../otel/signals.ts'

/** Series with what they do: a counter's increase per second, or a gauge's value. */
export type Inputs = Record<string, { perSecond: number } | { value: number } | { restartEvery: number }>

export interface Example {
  alert: string
  title?: string
  /** Labels the expression's result keeps. */
  labels: Record<string, string>
  /** How the annotations show the value, once it is steady. */
  shown?: string
  bad: Inputs
  good: Inputs
  /** Fires as soon as the condition holds, without `for`. */
  atOnce?: boolean
}

const shop = { job: 'shop', instance: 'shop:9464' } as const
const worker = { job: 'worker', instance: 'worker:9466' } as const
const prometheus = { job: 'prometheus', instance: 'prometheus:9090' } as const
const alertmanager = { job: 'alertmanager', instance: 'alertmanager:9093' } as const
const queue = { messaging_destination_name: 'fulfilment' } as const
const mainPool = { db_client_connection_pool_name: 'main' } as const
const jobOnly = ({ job }: { job: string }) => ({ job })

export const examples: readonly Example[] = [
  {
    alert: 'EventLoopSaturated',
    title: 'by utilisation',
    labels: shop,
    shown: '800m',
    bad: loop(0.8),
    good: loop(0.3),
  },
  {
    alert: 'EventLoopSaturated',
    title: 'by delay',
    labels: shop,
    shown: '400m',
    bad: gauge(runtime.eventLoopDelayP99, shop, 0.4),
    good: gauge(runtime.eventLoopDelayP99, shop, 0.02),
  },
  {
    alert: 'CpuHeadroomLow',
    labels: shop,
    shown: '80%',
    bad: { ...counter(runtime.cpu, shop, 1.6), ...gauge(runtime.cpuCores, shop, 2) },
    good: { ...counter(runtime.cpu, shop, 1), ...gauge(runtime.cpuCores, shop, 2) },
  },
  {
    alert: 'CpuHeadroomLow',
    title: 'beside a greedy neighbour',
    labels: shop,
    shown: '90%',
    bad: {
      ...counter(runtime.cpu, shop, 0.4),
      ...gauge(runtime.cpuCores, shop, 2),
      ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'user' }, 1.8),
      ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'idle' }, 0.2),
    },
    good: {
      ...counter(runtime.cpu, shop, 0.4),
      ...gauge(runtime.cpuCores, shop, 2),
      ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'user' }, 0.6),
      ...counter(runtime.machineCpu, { ...shop, cpu_mode: 'idle' }, 1.4),
    },
  },
  {
    alert: 'HeapNearLimit',
    labels: shop,
    shown: '90%',
    bad: heap(90),
    good: heap(50),
  },
  {
    alert: 'GarbageCollectionHeavy',
    labels: shop,
    shown: '20%',
    bad: counter(runtime.gc, { ...shop, v8js_gc_type: 'minor' }, 0.2, 'sum'),
    good: counter(runtime.gc, { ...shop, v8js_gc_type: 'minor' }, 0.01, 'sum'),
  },
  {
    alert: 'ThreadPoolBacklog',
    labels: { ...shop, pool: 'recommendations' },
    shown: '40',
    bad: gauge(threadPool.queued, { ...shop, pool: 'recommendations' }, 40),
    good: gauge(threadPool.queued, { ...shop, pool: 'recommendations' }, 2),
  },
  {
    alert: 'LogVolumeHigh',
    labels: jobOnly(shop),
    shown: '2k',
    bad: { ...lines(2_000), ...counter(httpServer.duration, shop, 20, 'count') },
    good: { ...lines(100), ...counter(httpServer.duration, shop, 20, 'count') },
  },
  {
    alert: 'ConnectionPoolWaiting',
    title: 'by waiting time',
    labels: { ...jobOnly(shop), ...mainPool },
    bad: spread(database.connectionWait, { ...shop, ...mainPool }, 10, '0.25', '0.5'),
    good: spread(database.connectionWait, { ...shop, ...mainPool }, 10, '0.0005', '0.001'),
  },
  {
    alert: 'ConnectionPoolWaiting',
    title: 'by callers that give up',
    labels: { ...jobOnly(shop), ...mainPool },
    bad: counter(database.connectionTimeouts, { ...shop, ...mainPool }, 1),
    good: counter(database.connectionTimeouts, { ...shop, ...mainPool }, 0),
  },
  {
    alert: 'ConnectionPoolWaiting',
    title: 'by callers that wait all the time',
    labels: { ...jobOnly(shop), ...mainPool },
    bad: gauge(database.connectionsPending, { ...shop, ...mainPool }, 4),
    good: gauge(database.connectionsPending, { ...shop, ...mainPool }, 0),
  },
  {
    alert: 'SlowQueries',
    labels: { ...jobOnly(shop), db_query_summary: 'search products' },
    // All between 0.5 and 1: the 99th percentile is interpolated at 0.995.
    shown: '995ms',
    bad: queries('0.5', '1'),
    good: queries('0.005', '0.01'),
  },
  {
    alert: 'QueriesPerRequestHigh',
    labels: jobOnly(shop),
    shown: '12',
    bad: {
      ...counter(database.duration, shop, 120, 'count'),
      ...counter(httpServer.duration, shop, 10, 'count'),
    },
    good: {
      ...counter(database.duration, shop, 20, 'count'),
      ...counter(httpServer.duration, shop, 10, 'count'),
    },
  },
  {
    alert: 'CacheHitRatioLow',
    labels: { ...jobOnly(shop), cache: 'products' },
    shown: '20%',
    bad: lookups(20, 80),
    good: lookups(90, 10),
  },
  {
    alert: 'CacheHitRatioLow',
    title: 'without a single hit',
    labels: { ...jobOnly(shop), cache: 'products' },
    shown: '0%',
    bad: counter(cache.requests, { ...shop, cache: 'products', result: 'miss' }, 50),
    good: counter(cache.requests, { ...shop, cache: 'products', result: 'hit' }, 50),
  },
  {
    alert: 'CircuitBreakerOpen',
    labels: { ...jobOnly(shop), dependency: 'payments' },
    bad: gauge(resilience.breakerState, { ...shop, dependency: 'payments', state: 'open' }, 1),
    good: gauge(resilience.breakerState, { ...shop, dependency: 'payments', state: 'open' }, 0),
    atOnce: true,
  },
  {
    alert: 'RetryStorm',
    labels: jobOnly(shop),
    shown: '2',
    bad: calls(30, 20),
    good: calls(30, 1),
  },
  {
    alert: 'DependencySlow',
    labels: { ...jobOnly(shop), server_address: 'payments', server_port: '8081' },
    shown: '1.99s',
    bad: outgoing('1', '2'),
    good: outgoing('0.05', '0.1'),
  },
  {
    alert: 'QueueBacklog',
    labels: { ...jobOnly(worker), ...queue },
    shown: '900',
    bad: gauge(jobs.depth, { ...worker, ...queue, state: 'ready' }, 900),
    good: gauge(jobs.depth, { ...worker, ...queue, state: 'ready' }, 20),
  },
  {
    alert: 'QueueStale',
    labels: { ...jobOnly(worker), ...queue },
    shown: '1m 30s',
    bad: gauge(jobs.oldestAge, { ...worker, ...queue }, 90),
    good: gauge(jobs.oldestAge, { ...worker, ...queue }, 1),
  },
  {
    alert: 'DeadLetters',
    labels: { ...jobOnly(worker), ...queue },
    bad: counter(jobs.deadLettered, { ...worker, ...queue }, 1),
    good: counter(jobs.deadLettered, { ...worker, ...queue }, 0),
    atOnce: true,
  },
  {
    alert: 'CrashLoop',
    labels: shop,
    bad: { [select(runtime.startTime, shop)]: { restartEvery: 20 } },
    good: gauge(runtime.startTime, shop, 1_000),
    atOnce: true,
  },
  {
    alert: 'TargetDown',
    labels: shop,
    bad: gauge(prometheusOwn.up, shop, 0),
    good: gauge(prometheusOwn.up, shop, 1),
  },
  {
    alert: 'PrometheusRuleFailures',
    labels: { ...prometheus, rule_group: 'rules.yaml;slo' },
    bad: counter(prometheusServer.ruleFailures, { ...prometheus, rule_group: 'rules.yaml;slo' }, 1),
    good: counter(prometheusServer.ruleFailures, { ...prometheus, rule_group: 'rules.yaml;slo' }, 0),
  },
  {
    alert: 'PrometheusMissedEvaluations',
    labels: { ...prometheus, rule_group: 'rules.yaml;slo' },
    bad: counter(prometheusServer.ruleIterationsMissed, { ...prometheus, rule_group: 'rules.yaml;slo' }, 1),
    good: counter(prometheusServer.ruleIterationsMissed, { ...prometheus, rule_group: 'rules.yaml;slo' }, 0),
  },
  {
    alert: 'PrometheusNotificationsFailing',
    labels: prometheus,
    bad: counter(prometheusServer.notificationsDropped, prometheus, 1),
    good: counter(prometheusServer.notificationsDropped, prometheus, 0),
  },
  {
    alert: 'PrometheusNotConnectedToAlertmanagers',
    labels: prometheus,
    bad: gauge(prometheusServer.alertmanagers, prometheus, 0),
    good: gauge(prometheusServer.alertmanagers, prometheus, 1),
  },
  {
    alert: 'PrometheusConfigStale',
    labels: prometheus,
    bad: gauge(prometheusServer.configReloaded, prometheus, 0),
    good: gauge(prometheusServer.configReloaded, prometheus, 1),
  },
  {
    alert: 'AlertmanagerNotificationsFailing',
    labels: { ...alertmanager, integration: 'webhook' },
    bad: counter(alertmanagerServer.notificationsFailed, { ...alertmanager, integration: 'webhook' }, 1),
    good: counter(alertmanagerServer.notificationsFailed, { ...alertmanager, integration: 'webhook' }, 0),
  },
  {
    alert: 'AlertmanagerConfigStale',
    labels: alertmanager,
    bad: gauge(alertmanagerServer.configReloaded, alertmanager, 0),
    good: gauge(alertmanagerServer.configReloaded, alertmanager, 1),
  },
  {
    alert: 'TelemetryDropped',
    labels: { ...jobOnly(shop), signal: 'traces' },
    shown: '3',
    bad: counter(telemetry.items, { ...shop, signal: 'traces', outcome: 'dropped' }, 3),
    good: counter(telemetry.items, { ...shop, signal: 'traces', outcome: 'sent' }, 3),
  },
]

function counter<M extends Queryable>(
  metric: M,
  labels: Matchers<M>,
  perSecond: number,
  part: 'count' | 'sum' | '' = '',
): Inputs {
  return { [select(metric, labels, part)]: { perSecond } }
}

function gauge<M extends Queryable>(metric: M, labels: Matchers<M>, value: number): Inputs {
  return { [select(metric, labels)]: { value } }
}

/** All observations between two neighbouring bounds. */
function spread<M extends Queryable>(
  metric: M,
  labels: Matchers<M>,
  perSecond: number,
  above: string,
  upTo: string,
): Inputs {
  const series = (le: string) => `${select(metric, labels, 'bucket').slice(0, -1)}, le="${le}"}`
  return {
    [series(above)]: { perSecond: 0 },
    [series(upTo)]: { perSecond },
    [series('+Inf')]: { perSecond },
    [select(metric, labels, 'count')]: { perSecond },
  }
}

function loop(active: number): Inputs {
  return {
    ...counter(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'active' }, active),
    ...counter(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'idle' }, 1 - active),
  }
}

function heap(used: number): Inputs {
  return {
    ...gauge(runtime.heapUsed, { ...shop, v8js_heap_space_name: 'old_space' }, used - 10),
    ...gauge(runtime.heapUsed, { ...shop, v8js_heap_space_name: 'new_space' }, 10),
    ...gauge(runtime.heapLimit, shop, 100),
  }
}

function lines(perSecond: number): Inputs {
  return counter(telemetry.items, { ...shop, signal: 'logs', outcome: 'sent' }, perSecond)
}

function queries(above: string, upTo: string): Inputs {
  return spread(database.duration, { ...shop, db_query_summary: 'search products' }, 10, above, upTo)
}

function outgoing(above: string, upTo: string): Inputs {
  const labels = { ...shop, server_address: 'payments', server_port: '8081' }
  return spread(httpClient.duration, labels, 10, above, upTo)
}

function lookups(hits: number, misses: number): Inputs {
  return {
    ...counter(cache.requests, { ...shop, cache: 'products', result: 'hit' }, hits),
    ...counter(cache.requests, { ...shop, cache: 'products', result: 'miss' }, misses),
  }
}

function calls(attempts: number, retries: number): Inputs {
  return {
    ...counter(httpClient.duration, shop, attempts, 'count'),
    ...counter(resilience.retries, { ...shop, dependency: 'payments' }, retries),
  }
}
