/** What the shop adds to the signals any service emits, and the one table of all signals with the roles that emit them. */

import {
  cache,
  database,
  defineCounter,
  defineGauge,
  defineHistogram,
  httpClient,
  httpServer,
  jobs,
  latencyBuckets,
  type Metric,
  resilience,
  runtime,
  spanAttributes as spanAttributesOfTheKit,
  target,
  telemetry,
  threadPool,
} from '../otel/signals.ts'

export type Role = 'shop' | 'payments' | 'worker' | 'load'

/** What the shop sells. */
export const business = {
  orders: defineCounter(
    'shop_orders_total',
    'business',
    'Orders by outcome; a replayed one was answered from its idempotency key',
    { outcome: ['placed', 'declined', 'failed', 'replayed'] },
  ),
  fulfilled: defineCounter('shop_orders_fulfilled_total', 'business', 'Orders the worker has fulfilled'),
  payments: defineCounter('payments_authorizations_total', 'business', 'Payment authorizations by outcome', {
    outcome: ['approved', 'declined', 'failed', 'voided'],
  }),
  swept: defineCounter(
    'shop_orders_swept_total',
    'business',
    'Orders settled afterwards because a crash or a failed payment left them open; voided ones were paid back',
    { outcome: ['placed', 'declined', 'failed', 'voided'] },
  ),
  unsettled: defineGauge(
    'shop_orders_unsettled',
    'business',
    'Orders and payments that have been open for longer than a payment can take',
  ),
}

/** The ground truth of the lab: what is broken on purpose, beside the symptoms. */
export const lab = {
  faultActive: defineGauge('lab_fault_active', 'info', '1 while a fault is running', {
    fault: 'ids of the fault catalogue',
    target: 'routes, queues and dependencies a fault can aim at',
  }),
  faultIntensity: defineGauge(
    'lab_fault_intensity',
    'info',
    'Intensity of a running fault in the unit its catalogue entry names, 0 when it does not run',
    { fault: 'ids of the fault catalogue', target: 'routes, queues and dependencies a fault can aim at' },
  ),
  faultPromise: defineGauge(
    'lab_fault_promise_info',
    'info',
    'The alert the fault catalogue promises for a fault, value 1',
    { fault: 'ids of the fault catalogue', alertname: 'alerts the fault catalogue promises' },
  ),
}

/** The load generator's own view of the service. */
export const load = {
  duration: defineHistogram(
    'load_request_duration_seconds',
    'red',
    'Time from when a request was due to the end of its response, so waiting in the generator counts',
    { journey: 'journeys of the load generator', outcome: ['ok', 'error'] },
    { buckets: latencyBuckets },
  ),
  inFlight: defineGauge('load_requests_in_flight', 'use', 'Requests sent and not yet answered'),
  targetRate: defineGauge('load_target_rate', 'use', 'Journeys per second the generator is to start now'),
  dropped: defineCounter(
    'load_dropped_total',
    'use',
    'Arrivals not sent because too many requests were in flight',
  ),
}

export const signals = {
  httpServer,
  httpClient,
  resilience,
  database,
  cache,
  jobs,
  threadPool,
  runtime,
  telemetry,
  target,
  business,
  lab,
  load,
} as const

const services = ['shop', 'payments', 'worker'] as const
const everyProcess = [...services, 'load'] as const

/** Which roles emit the metrics of a group. */
const emittersOfGroups: Record<keyof typeof signals, readonly Role[]> = {
  httpServer: services,
  httpClient: ['shop', 'worker'],
  resilience: ['shop'],
  database: ['shop', 'worker'],
  cache: ['shop'],
  jobs: ['worker'],
  threadPool: ['shop'],
  runtime: everyProcess,
  telemetry: services,
  target: everyProcess,
  business: ['shop'],
  lab: services,
  load: ['load'],
}

/** Single metrics that others emit than the rest of their group. */
const emittersOfMetrics = new Map<string, readonly Role[]>([
  [jobs.sent.name, ['shop', 'worker']],
  [business.fulfilled.name, ['worker']],
  [business.payments.name, ['payments']],
  [business.swept.name, ['worker']],
  [business.unsettled.name, ['worker']],
])

type EmittedMetric = Metric & { emittedBy: readonly Role[] }

export const allMetrics: readonly EmittedMetric[] = Object.entries(signals).flatMap(([group, metrics]) =>
  Object.values<Metric>(metrics).map(metric => ({
    ...metric,
    emittedBy: emittersOfMetrics.get(metric.name) ?? emittersOfGroups[group as keyof typeof signals],
  })),
)

/** Attributes of spans the lab's queries rely on. */
export const spanAttributes = [...spanAttributesOfTheKit, 'shop.order.id'] as const
