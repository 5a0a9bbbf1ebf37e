/**
 * The fault catalogue: every way the lab can break the shop on purpose, as data. Each entry says which practice it
 * breaks, how much of it is possible, the signal that shows it and the alert that should catch it.
 */
import type { Role } from '../../contract/shop-signals.ts'
import {
  cache,
  database,
  httpClient,
  httpServer,
  jobs,
  type Labels,
  type Metric,
  resilience,
  runtime,
  telemetry,
} from '../../otel/signals.ts'

export type FaultRole = Exclude<Role, 'load'>

export interface Fault {
  id: string
  title: string
  /** The good practice this fault takes away. */
  breaks: string
  does: string
  intensity: Intensity
  /** What it can aim at, each with the processes that have to run it; the first one is the default. */
  targets: { readonly [target: string]: readonly FaultRole[] }
  /** Seconds; a fault always ends by itself. */
  duration: { default: number; max: number }
  symptom: Symptom
  /** `within`: seconds from the start until it fires, at default intensity under the practice preset and steady load. */
  alert: { name: string; within: number }
}

export interface Intensity {
  unit:
    | 'ratio'
    | 'seconds'
    | 'bytes'
    | 'bytes/s'
    | 'lines/s'
    | 'connections'
    | 'queries'
    | 'retries'
    | 'switch'
  means: string
  min: number
  max: number
  default: number
}

/**
 * How to read a metric over a window: a gauge's value; the rate of a counter or of a histogram's count; the rate of a
 * histogram's sum (`busy`); a histogram's mean or p99; or the share of its events that `where` selects among `among`.
 */
export type Reading = 'value' | 'rate' | 'busy' | 'mean' | 'p99' | 'share'

export interface Symptom {
  metric: Metric
  reading: Reading
  direction: 'up' | 'down'
  where: { readonly [label: string]: string }
  among: { readonly [label: string]: string }
  /** The label that names the target, when the fault aims at one of several. */
  targetLabel?: string
  /** The process that shows it, when it is not the one that runs the fault. */
  seenIn?: FaultRole
}

/** The target that stands for all of a kind. */
export const everyTarget = '*'

const anyRoute = {
  [everyTarget]: ['shop'],
  '/products': ['shop'],
  '/products/:id': ['shop'],
  '/products/:id/recommendations': ['shop'],
  '/search': ['shop'],
  '/orders': ['shop'],
  '/orders/:id': ['shop'],
  '/orders/export': ['shop'],
} as const
const anyProcess = { shop: ['shop'], payments: ['payments'], worker: ['worker'] } as const
const productCache = { products: ['shop'] } as const
const mainPool = { main: ['shop'] } as const
const minutes = (usual: number, max: number) => ({ default: usual * 60, max: max * 60 })
const share = (means: string, usual: number) =>
  ({ unit: 'ratio', means, min: 0.001, max: 1, default: usual }) as const
const onOrOff = { unit: 'switch', means: '1 is on', min: 1, max: 1, default: 1 } as const

export const faults = [
  {
    id: 'error-ratio',
    title: 'Errors on a route',
    breaks: 'Errors are rare enough to fit into the error budget',
    does: 'Answers a share of the requests with status 500',
    intensity: share('share of the requests that fail', 0.2),
    targets: anyRoute,
    duration: minutes(5, 60),
    symptom: {
      ...symptom(httpServer.duration, 'share', 'up', { http_response_status_code: '500' }),
      targetLabel: 'http_route',
    },
    alert: { name: 'ShopAvailabilityBurn', within: 120 },
  },
  {
    id: 'latency-fixed',
    title: 'Constant added latency',
    breaks: 'Every request has a time budget and keeps to it',
    does: 'Holds every request back for the same time before it is handled',
    intensity: { unit: 'seconds', means: 'time added to each request', min: 0.001, max: 10, default: 0.5 },
    targets: anyRoute,
    duration: minutes(5, 60),
    symptom: { ...symptom(httpServer.duration, 'mean', 'up'), targetLabel: 'http_route' },
    alert: { name: 'ShopLatencyBurn', within: 120 },
  },
  {
    id: 'latency-long-tail',
    title: 'Latency with a long tail',
    breaks: 'Percentiles are watched, because a mean hides its tail',
    does: 'Holds every request back for a log-normal time: most hardly, a few for very long',
    intensity: {
      unit: 'seconds',
      means: '99th percentile of the added time; its median is a thirtieth of that',
      min: 0.01,
      max: 10,
      default: 4,
    },
    targets: anyRoute,
    duration: minutes(10, 60),
    symptom: { ...symptom(httpServer.duration, 'p99', 'up'), targetLabel: 'http_route' },
    alert: { name: 'ShopLatencyBurn', within: 240 },
  },
  {
    id: 'slow-query',
    title: 'Slow query without its index',
    breaks: 'Every query on the request path has an index',
    does: 'Drops the index of the product search and builds it again when it stops, or at the next start after a crash',
    intensity: onOrOff,
    targets: mainPool,
    duration: minutes(10, 60),
    symptom: symptom(database.duration, 'mean', 'up', { db_query_summary: 'search products' }),
    alert: { name: 'SlowQueries', within: 300 },
  },
  {
    id: 'n-plus-one',
    title: 'N+1 queries',
    breaks: 'A page needs a fixed number of queries, however many rows it shows',
    does: 'Reads each listed product once more by its own query',
    intensity: { unit: 'queries', means: 'extra queries per listed product', min: 1, max: 10, default: 1 },
    targets: mainPool,
    duration: minutes(10, 60),
    symptom: symptom(database.duration, 'rate', 'up', { db_query_summary: 'product by id' }),
    alert: { name: 'QueriesPerRequestHigh', within: 300 },
  },
  {
    id: 'pool-leak',
    title: 'Leaked connections',
    breaks: 'Every connection taken from the pool is given back',
    does: 'Takes a connection from the pool each second and keeps it until it stops',
    intensity: {
      unit: 'connections',
      means: 'connections held in the end, at most the size of the pool',
      min: 1,
      max: 100,
      default: 100,
    },
    targets: mainPool,
    duration: minutes(5, 30),
    symptom: symptom(database.connections, 'value', 'up', { db_client_connection_state: 'used' }),
    alert: { name: 'ConnectionPoolWaiting', within: 180 },
  },
  {
    id: 'cache-off',
    title: 'Cache switched off',
    breaks: 'Hot reads are served from a cache',
    does: 'Lets a share of the look-ups miss and keeps nothing they load',
    intensity: share('share of the look-ups that bypass the cache', 1),
    targets: productCache,
    duration: minutes(10, 60),
    symptom: symptom(
      cache.requests,
      'share',
      'down',
      { cache: 'products', result: 'hit' },
      { cache: 'products' },
    ),
    alert: { name: 'CacheHitRatioLow', within: 300 },
  },
  {
    id: 'cache-stampede',
    title: 'Cache stampede',
    breaks: 'Entries expire at different times, and one caller fills a missing entry for all who wait',
    does: 'Expires all entries at the same moment, again and again, and lets every caller fill for itself',
    intensity: { unit: 'seconds', means: 'time between two expiries', min: 0.1, max: 60, default: 2 },
    targets: productCache,
    duration: minutes(10, 60),
    symptom: symptom(
      cache.requests,
      'share',
      'up',
      { cache: 'products', result: 'miss' },
      { cache: 'products' },
    ),
    alert: { name: 'CacheHitRatioLow', within: 300 },
  },
  {
    id: 'event-loop-block',
    title: 'Blocked event loop',
    breaks: 'CPU work stays off the event loop',
    does: 'Computes on the event loop for a part of each second, in two blocks',
    intensity: { unit: 'seconds', means: 'time blocked in each second', min: 0.01, max: 0.95, default: 0.4 },
    targets: anyProcess,
    duration: minutes(5, 30),
    symptom: symptom(runtime.eventLoopDelayP99, 'value', 'up'),
    alert: { name: 'EventLoopSaturated', within: 180 },
  },
  {
    id: 'cpu-burn',
    title: 'Burnt CPU',
    breaks: 'A service keeps headroom for a spike',
    does: 'Keeps threads beside the event loop busy',
    intensity: share('share of all cores in use', 0.95),
    targets: anyProcess,
    duration: minutes(5, 30),
    symptom: symptom(runtime.cpu, 'rate', 'up'),
    alert: { name: 'CpuHeadroomLow', within: 300 },
  },
  {
    id: 'memory-leak',
    title: 'Memory leak',
    breaks: 'What a request allocates is released after it',
    does: 'Keeps more and more objects on the heap, up to 88 % of its limit and 512 MiB at most',
    intensity: { unit: 'bytes/s', means: 'growth', min: 100_000, max: 100_000_000, default: 5_000_000 },
    targets: anyProcess,
    duration: minutes(10, 60),
    symptom: symptom(runtime.heapUsed, 'value', 'up'),
    alert: { name: 'HeapNearLimit', within: 300 },
  },
  {
    id: 'gc-pressure',
    title: 'Garbage collection under pressure',
    breaks: 'The request path allocates little, so that collections stay short and rare',
    does: 'Allocates objects that live just long enough to be expensive to collect, 32 MiB of them at a time',
    intensity: {
      unit: 'bytes/s',
      means: 'garbage made',
      min: 1_000_000,
      max: 1_000_000_000,
      default: 400_000_000,
    },
    targets: anyProcess,
    duration: minutes(5, 30),
    symptom: symptom(runtime.gc, 'busy', 'up'),
    alert: { name: 'GarbageCollectionHeavy', within: 300 },
  },
  {
    id: 'payments-down',
    title: 'Payments down',
    breaks: 'A failing dependency is contained by timeouts, bounded retries and a circuit breaker',
    does: 'Lets payments close the connection without an answer',
    intensity: share('share of the authorizations that get no answer', 1),
    targets: { payments: ['payments'] },
    duration: minutes(5, 60),
    symptom: {
      ...symptom(resilience.giveUps, 'rate', 'up', { dependency: 'payments' }),
      seenIn: 'shop',
    },
    alert: { name: 'CheckoutAvailabilityBurn', within: 120 },
  },
  {
    id: 'payments-slow',
    title: 'Payments slow',
    breaks: 'A slow dependency is cut off by a timeout before its callers pile up',
    does: 'Lets payments wait before it answers; timeout and breaker of the shop protect it',
    intensity: { unit: 'seconds', means: 'time added to each authorization', min: 0.01, max: 30, default: 3 },
    targets: { payments: ['payments'] },
    duration: minutes(5, 60),
    symptom: { ...symptom(httpClient.duration, 'mean', 'up'), seenIn: 'shop' },
    alert: { name: 'CircuitBreakerOpen', within: 120 },
  },
  {
    id: 'payments-slow-unprotected',
    title: 'Payments slow, nothing protects from it',
    breaks: 'Calls to a dependency have a timeout and a circuit breaker',
    does: 'Lets payments wait before it answers, and switches timeout and breaker of the shop off',
    intensity: { unit: 'seconds', means: 'time added to each authorization', min: 0.01, max: 30, default: 3 },
    targets: { payments: ['payments', 'shop'] },
    duration: minutes(5, 60),
    symptom: {
      ...symptom(httpServer.duration, 'mean', 'up', { http_request_method: 'POST', http_route: '/orders' }),
      seenIn: 'shop',
    },
    alert: { name: 'DependencySlow', within: 180 },
  },
  {
    id: 'retry-storm',
    title: 'Retry storm',
    breaks: 'Retries are few, spread by backoff and jitter, and stopped by the breaker',
    does: 'Lets payments answer 503, and the shop retry at once, again and again, with its breaker off',
    intensity: { unit: 'retries', means: 'retries per call', min: 1, max: 50, default: 10 },
    targets: { payments: ['payments', 'shop'] },
    duration: minutes(5, 30),
    symptom: {
      ...symptom(resilience.retries, 'rate', 'up', { dependency: 'payments' }),
      seenIn: 'shop',
    },
    alert: { name: 'RetryStorm', within: 180 },
  },
  {
    id: 'slow-consumer',
    title: 'Slow consumer',
    breaks: 'Jobs are worked off faster than they come',
    does: 'Lets the worker wait in every job, so that its queue grows',
    intensity: { unit: 'seconds', means: 'time added to each job', min: 0.01, max: 60, default: 15 },
    targets: { fulfilment: ['worker'] },
    duration: minutes(5, 60),
    symptom: symptom(jobs.depth, 'value', 'up', { messaging_destination_name: 'fulfilment', state: 'ready' }),
    alert: { name: 'FulfilmentFreshnessBurn', within: 240 },
  },
  {
    id: 'poison-messages',
    title: 'Poison messages',
    breaks: 'A message that can never succeed is found before it is sent',
    does: 'Sends a share of the jobs with content the worker cannot process, so that they end as dead letters',
    intensity: share('share of the jobs that are poisoned', 0.3),
    targets: { fulfilment: ['shop'] },
    duration: minutes(5, 60),
    symptom: {
      ...symptom(jobs.deadLettered, 'rate', 'up', { messaging_destination_name: 'fulfilment' }),
      seenIn: 'worker',
    },
    alert: { name: 'DeadLetters', within: 180 },
  },
  {
    id: 'log-flood',
    title: 'Log flood',
    breaks: 'A service logs in proportion to its requests',
    does: 'Writes log lines without end',
    intensity: { unit: 'lines/s', means: 'log lines written', min: 1, max: 50_000, default: 2_000 },
    targets: anyProcess,
    duration: minutes(5, 30),
    symptom: symptom(telemetry.items, 'rate', 'up', { signal: 'logs' }),
    alert: { name: 'LogVolumeHigh', within: 300 },
  },
  {
    id: 'telemetry-down',
    title: 'Telemetry backend gone',
    breaks: 'The service does not depend on the systems that watch it',
    does: 'Makes the endpoint for traces and logs unreachable from the process',
    intensity: onOrOff,
    targets: anyProcess,
    duration: minutes(10, 60),
    symptom: symptom(telemetry.items, 'rate', 'down', { outcome: 'sent' }),
    alert: { name: 'TelemetryDropped', within: 300 },
  },
  {
    id: 'crash',
    title: 'Crash and restart',
    breaks: 'An error that nobody handles is fixed, not restarted away',
    does: 'Throws outside of any request, and again after each restart, until its time is over',
    intensity: {
      unit: 'seconds',
      means: 'time from the start of the process to its crash',
      min: 0,
      max: 300,
      default: 20,
    },
    targets: anyProcess,
    duration: minutes(2, 30),
    symptom: symptom(runtime.startTime, 'value', 'up'),
    alert: { name: 'CrashLoop', within: 180 },
  },
] as const satisfies readonly Fault[]

export type FaultId = (typeof faults)[number]['id']

export function findFault(id: string): Fault | undefined {
  return faults.find(fault => fault.id === id)
}

export function defaultTarget(fault: Fault): string {
  return Object.keys(fault.targets)[0]!
}

/** What one process can run: each fault with those of its targets that need the process. */
export function targetsOf(fault: Fault, role: FaultRole): string[] {
  return Object.keys(fault.targets).filter(target => fault.targets[target]!.includes(role))
}

function symptom<M extends Metric>(
  metric: M,
  reading: Reading,
  direction: 'up' | 'down',
  where: Partial<Labels<M>> = {},
  among: Partial<Labels<M>> = {},
): Symptom {
  return { metric, reading, direction, where: where as Symptom['where'], among: among as Symptom['among'] }
}
