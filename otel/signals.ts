/**
 * The signals contract: every metric, span attribute and log field of the service, once.
 * The kit emits what stands here, dashboards and alerts query what stands here, and tests hold both to it.
 * Names follow the OpenTelemetry semantic conventions in their Prometheus form.
 */

export type Role = 'shop' | 'payments' | 'worker' | 'load'
export type Purpose = 'red' | 'use' | 'business' | 'lab' | 'telemetry' | 'info'

export type Kind = 'counter' | 'gauge' | 'histogram'
export type LabelSpec = { readonly [label: string]: readonly string[] | string }

export interface Metric<K extends Kind = Kind, N extends string = string, L extends LabelSpec = LabelSpec> {
  kind: K
  name: N
  unit: 'seconds' | 'bytes' | 'ratio' | 'info' | 'count'
  purpose: Purpose
  emittedBy: readonly Role[]
  help: string
  /** Each label with its closed set of values, or with a sentence that says what bounds it. */
  labels: L
  /** Histograms only; every threshold of an objective or a budget must be one of them. */
  buckets?: readonly number[]
  /** Histograms only: samples carry `trace_id` exemplars. */
  exemplars?: boolean
}

const inShop = ['shop'] as const
const inPayments = ['payments'] as const
const inWorker = ['worker'] as const
const inLoad = ['load'] as const
const inServices = ['shop', 'payments', 'worker'] as const
const inEveryProcess = ['shop', 'payments', 'worker', 'load'] as const
const inDatabaseClients = ['shop', 'worker'] as const

/** Unknown methods collapse to `_OTHER`, as the semantic conventions ask. */
const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] as const
const route = 'route templates of the code; unknown paths collapse to "unmatched"'
const statusCode = 'HTTP status codes the service answers'
const errorType = 'empty without an error, else one of the names the code lists'
const dependency = 'downstream services named in the code'
const pool = 'connection pools named in the code'
const cacheName = 'caches named in the code'
const queueName = 'queues named in the code'

/** Contains the thresholds of the latency objectives and budgets. */
const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10] as const
const operationBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const
const waitBuckets = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900] as const

/** HTTP requests the service answers. */
export const httpServer = {
  duration: histogram(
    'http_server_request_duration_seconds',
    'red',
    inServices,
    'Time from the first byte of a request to the end of its response',
    { http_request_method: httpMethods, http_route: route, http_response_status_code: statusCode },
    { buckets: latencyBuckets, exemplars: true },
  ),
  active: gauge('http_server_active_requests', 'use', inServices, 'Requests being answered now', {
    http_request_method: httpMethods,
  }),
  rejections: counter(
    'http_server_rejections_total',
    'use',
    inServices,
    'Requests turned away before any work was done for them',
    { reason: ['rate_limit', 'overload'] },
  ),
}

/** HTTP requests the service makes. */
export const httpClient = {
  duration: histogram(
    'http_client_request_duration_seconds',
    'red',
    inShop,
    'Time from sending a request to the end of its response, one observation per attempt',
    {
      http_request_method: httpMethods,
      server_address: 'hosts the service is configured to call',
      server_port: 'ports the service is configured to call',
      http_response_status_code: statusCode,
      error_type: errorType,
    },
    { buckets: latencyBuckets, exemplars: true },
  ),
}

/** What protects the service from a failing dependency. */
export const resilience = {
  retries: counter('dependency_retries_total', 'use', inShop, 'Attempts after the first one', { dependency }),
  giveUps: counter(
    'dependency_failures_total',
    'use',
    inShop,
    'Calls that failed for good: after the last retry, or at once',
    { dependency, reason: ['timeout', 'error', 'breaker_open'] },
  ),
  breakerState: gauge(
    'circuit_breaker_state',
    'use',
    inShop,
    '1 for the state the breaker is in, 0 for the others',
    { dependency, state: ['closed', 'half_open', 'open'] },
  ),
  breakerTransitions: counter(
    'circuit_breaker_transitions_total',
    'use',
    inShop,
    'Changes of the breaker to a state',
    { dependency, state: ['closed', 'half_open', 'open'] },
  ),
}

/** Database operations and their connection pool. */
export const database = {
  duration: histogram(
    'db_client_operation_duration_seconds',
    'red',
    inDatabaseClients,
    'Time of one database operation, without the wait for a connection',
    {
      db_operation_name: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'BEGIN', 'COMMIT', 'ROLLBACK', '_OTHER'],
      db_query_summary: 'query names of the code; unnamed queries collapse to the operation',
      error_type: errorType,
    },
    { buckets: operationBuckets, exemplars: true },
  ),
  connections: gauge(
    'db_client_connection_count',
    'use',
    inDatabaseClients,
    'Connections of the pool by state',
    {
      db_client_connection_pool_name: pool,
      db_client_connection_state: ['idle', 'used'],
    },
  ),
  connectionsMax: gauge(
    'db_client_connection_max',
    'use',
    inDatabaseClients,
    'Connections the pool may open',
    {
      db_client_connection_pool_name: pool,
    },
  ),
  connectionsPending: gauge(
    'db_client_connection_pending_requests',
    'use',
    inDatabaseClients,
    'Callers waiting for a connection now',
    { db_client_connection_pool_name: pool },
  ),
  connectionWait: histogram(
    'db_client_connection_wait_time_seconds',
    'use',
    inDatabaseClients,
    'Time a caller waited for a connection',
    { db_client_connection_pool_name: pool },
    { buckets: operationBuckets },
  ),
  connectionTimeouts: counter(
    'db_client_connection_timeouts_total',
    'use',
    inDatabaseClients,
    'Callers that gave up waiting for a connection',
    { db_client_connection_pool_name: pool },
  ),
}

/** Cache-aside reads. */
export const cache = {
  requests: counter(
    'cache_requests_total',
    'red',
    inShop,
    'Look-ups by result; a shared look-up waited for a fill that was already under way',
    { cache: cacheName, result: ['hit', 'miss', 'shared', 'error'] },
  ),
  fillDuration: histogram(
    'cache_fill_duration_seconds',
    'red',
    inShop,
    'Time to load a missing entry from its source',
    { cache: cacheName, error_type: errorType },
    { buckets: operationBuckets },
  ),
  fillsInFlight: gauge(
    'cache_fills_in_flight',
    'use',
    inShop,
    'Fills under way now; a stampede shows here first',
    { cache: cacheName },
  ),
  evictions: counter('cache_evictions_total', 'use', inShop, 'Entries removed, by what removed them', {
    cache: cacheName,
    reason: ['expired', 'capacity', 'invalidated'],
  }),
  entries: gauge('cache_entries', 'use', inShop, 'Entries held in process', { cache: cacheName }),
  entriesMax: gauge('cache_entries_max', 'use', inShop, 'Entries that may be held in process', {
    cache: cacheName,
  }),
}

/** Background jobs, from sending to dead letter. */
export const jobs = {
  sent: counter('messaging_client_sent_messages_total', 'red', inShop, 'Jobs put on a queue', {
    messaging_destination_name: queueName,
    error_type: errorType,
  }),
  duration: histogram(
    'messaging_process_duration_seconds',
    'red',
    inWorker,
    'Time to process one job, one observation per attempt',
    { messaging_destination_name: queueName, error_type: errorType },
    { buckets: latencyBuckets, exemplars: true },
  ),
  wait: histogram(
    'messaging_process_wait_seconds',
    'red',
    inWorker,
    'Time from putting a job on its queue to the start of its first attempt',
    { messaging_destination_name: queueName },
    { buckets: waitBuckets, exemplars: true },
  ),
  retries: counter('messaging_process_retries_total', 'red', inWorker, 'Attempts after the first one', {
    messaging_destination_name: queueName,
  }),
  deadLettered: counter(
    'messaging_dead_lettered_total',
    'red',
    inWorker,
    'Jobs given up after their last attempt',
    { messaging_destination_name: queueName },
  ),
  depth: gauge('messaging_queue_messages', 'use', inWorker, 'Jobs on a queue by state', {
    messaging_destination_name: queueName,
    state: ['ready', 'delayed', 'active', 'dead'],
  }),
  oldestAge: gauge(
    'messaging_queue_oldest_message_age_seconds',
    'use',
    inWorker,
    'Age of the oldest job that is ready to run, 0 when there is none',
    { messaging_destination_name: queueName },
  ),
  slotsBusy: gauge(
    'messaging_consumer_slots_busy',
    'use',
    inWorker,
    'Jobs being processed now by this process',
    { messaging_destination_name: queueName },
  ),
  slotsMax: gauge('messaging_consumer_slots_max', 'use', inWorker, 'Jobs this process may work on at once', {
    messaging_destination_name: queueName,
  }),
}

/** Threads that keep CPU work off the event loop. */
export const threadPool = {
  busy: gauge('thread_pool_busy', 'use', inShop, 'Threads working now', { pool }),
  max: gauge('thread_pool_max', 'use', inShop, 'Threads the pool may use', { pool }),
  queued: gauge('thread_pool_queued', 'use', inShop, 'Tasks waiting for a thread', { pool }),
  rejections: counter(
    'thread_pool_rejections_total',
    'use',
    inShop,
    'Tasks refused because the queue of the pool was full',
    { pool },
  ),
}

/** The Node.js runtime and its process. */
export const runtime = {
  cpu: counter(
    'process_cpu_seconds_total',
    'use',
    inEveryProcess,
    'CPU time of the process, all threads, user and system',
  ),
  cpuCores: gauge('system_cpu_logical_count', 'use', inEveryProcess, 'Cores the process may use'),
  machineCpu: counter(
    'system_cpu_time_seconds_total',
    'use',
    inEveryProcess,
    'CPU time of the machine, all cores; what is not idle is no headroom of the process, whoever uses it',
    { cpu_mode: ['user', 'nice', 'system', 'interrupt', 'idle'] },
  ),
  startTime: gauge(
    'process_start_time_seconds',
    'info',
    inEveryProcess,
    'Start of the process in seconds since the epoch',
  ),
  residentMemory: gauge(
    'process_resident_memory_bytes',
    'use',
    inEveryProcess,
    'Memory of the process held in RAM',
  ),
  openFiles: gauge('process_open_fds', 'use', inEveryProcess, 'File descriptors in use'),
  maxFiles: gauge('process_max_fds', 'use', inEveryProcess, 'File descriptors the process may use'),
  eventLoopTime: counter(
    'nodejs_eventloop_time_seconds_total',
    'use',
    inEveryProcess,
    'Time of the event loop by state; the share of active is its utilisation over any window',
    { nodejs_eventloop_state: ['active', 'idle'] },
  ),
  eventLoopDelayP50: gauge(
    'nodejs_eventloop_delay_p50_seconds',
    'use',
    inEveryProcess,
    'Median delay of the event loop over the last ten seconds',
  ),
  eventLoopDelayP99: gauge(
    'nodejs_eventloop_delay_p99_seconds',
    'use',
    inEveryProcess,
    '99th percentile of the delay of the event loop over the last ten seconds',
  ),
  eventLoopDelayMax: gauge(
    'nodejs_eventloop_delay_max_seconds',
    'use',
    inEveryProcess,
    'Longest delay of the event loop over the last ten seconds',
  ),
  heapUsed: gauge('v8js_memory_heap_used_bytes', 'use', inEveryProcess, 'Heap in use by space', {
    v8js_heap_space_name: 'heap spaces of V8',
  }),
  heapLimit: gauge(
    'v8js_heap_size_limit_bytes',
    'use',
    inEveryProcess,
    'Heap at which the process dies of lack of memory',
  ),
  gc: histogram(
    'v8js_gc_duration_seconds',
    'use',
    inEveryProcess,
    'Pauses for garbage collection',
    { v8js_gc_type: ['major', 'minor', 'incremental', 'weakcb'] },
    { buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1] },
  ),
}

/** What the telemetry kit says of itself: loss is bounded and visible. */
export const telemetry = {
  items: counter(
    'telemetry_items_total',
    'telemetry',
    inServices,
    'Spans and log lines by what became of them',
    { signal: ['traces', 'logs'], outcome: ['sent', 'failed', 'dropped'] },
  ),
  queued: gauge('telemetry_queue_items', 'telemetry', inServices, 'Spans and log lines waiting to be sent', {
    signal: ['traces', 'logs'],
  }),
  queueMax: gauge(
    'telemetry_queue_max_items',
    'telemetry',
    inServices,
    'Spans and log lines that may wait; more are dropped and counted',
    { signal: ['traces', 'logs'] },
  ),
}

/** Who is speaking; a new version or start time marks a deployment. */
export const target = {
  info: gauge('target_info', 'info', inEveryProcess, 'The resource of this process, value 1', {
    service_name: 'roles of the service',
    service_version: 'versions deployed',
    deployment_environment_name: 'environments deployed to',
  }),
}

/** What the shop sells. */
export const business = {
  orders: counter(
    'shop_orders_total',
    'business',
    inShop,
    'Orders by outcome; a replayed one was answered from its idempotency key',
    { outcome: ['placed', 'declined', 'failed', 'replayed'] },
  ),
  fulfilled: counter('shop_orders_fulfilled_total', 'business', inWorker, 'Orders the worker has fulfilled'),
  payments: counter(
    'payments_authorizations_total',
    'business',
    inPayments,
    'Payment authorizations by outcome',
    { outcome: ['approved', 'declined', 'failed'] },
  ),
}

/** The ground truth of the lab: what is broken on purpose, beside the symptoms. */
export const lab = {
  faultActive: gauge('lab_fault_active', 'lab', inServices, '1 while a fault is running', {
    fault: 'ids of the fault catalogue',
    target: 'routes, queues and dependencies a fault can aim at',
  }),
  faultIntensity: gauge(
    'lab_fault_intensity',
    'lab',
    inServices,
    'Intensity of a running fault in the unit its catalogue entry names, 0 when it does not run',
    { fault: 'ids of the fault catalogue', target: 'routes, queues and dependencies a fault can aim at' },
  ),
  faultPromise: gauge(
    'lab_fault_promise_info',
    'lab',
    inServices,
    'The alert the fault catalogue promises for a fault, value 1',
    { fault: 'ids of the fault catalogue', alertname: 'alerts the fault catalogue promises' },
  ),
}

/** The load generator's own view of the service. */
export const load = {
  duration: histogram(
    'load_request_duration_seconds',
    'red',
    inLoad,
    'Time from when a request was due to the end of its response, so waiting in the generator counts',
    { journey: 'journeys of the load generator', outcome: ['ok', 'error'] },
    { buckets: latencyBuckets },
  ),
  inFlight: gauge('load_requests_in_flight', 'use', inLoad, 'Requests sent and not yet answered'),
  targetRate: gauge('load_target_rate', 'use', inLoad, 'Journeys per second the generator is to start now'),
  dropped: counter(
    'load_dropped_total',
    'use',
    inLoad,
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

/** Labels Prometheus adds to everything it scrapes. */
export const scrapeLabels = ['job', 'instance'] as const

/** The trace id's name wherever one signal points at another: exemplars, log lines, Loki's structured metadata. */
export const traceIdField = 'trace_id'
export const spanIdField = 'span_id'

/** Attributes of spans the lab's queries rely on. */
export const spanAttributes = [
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'db.query.summary',
  'db.operation.name',
  'messaging.destination.name',
  'error.type',
  'shop.order.id',
] as const

export const resourceAttributes = ['service.name', 'service.version', 'deployment.environment.name'] as const

/** Fields of a log line beside its message; `route`, `status` and `duration_ms` stand on the one line per request. */
export const logFields = {
  level: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  service_name: 'roles of the service',
  trace_id: '32 hex digits, absent outside a request or job',
  span_id: '16 hex digits, absent outside a request or job',
  method: 'HTTP method of a request',
  route,
  status: statusCode,
  duration_ms: 'duration of a request or job in milliseconds',
  error_type: errorType,
  err_message: 'what the error of a request or job says',
  queue: queueName,
} as const

/** The labels of a metric as the kit and the queries accept them: closed sets stay closed. */
export type Labels<M extends Metric> = {
  [L in keyof M['labels'] & string]: M['labels'][L] extends readonly (infer V extends string)[] ? V : string
}

export const allMetrics: readonly Metric[] = Object.values(signals).flatMap(group => Object.values(group))

function counter<const N extends string, const L extends LabelSpec = Record<never, never>>(
  name: N,
  purpose: Purpose,
  emittedBy: readonly Role[],
  help: string,
  labels?: L,
): Metric<'counter', N, L> {
  return { kind: 'counter', name, unit: unitOf(name), purpose, emittedBy, help, labels: labels ?? ({} as L) }
}

function gauge<const N extends string, const L extends LabelSpec = Record<never, never>>(
  name: N,
  purpose: Purpose,
  emittedBy: readonly Role[],
  help: string,
  labels?: L,
): Metric<'gauge', N, L> {
  return { kind: 'gauge', name, unit: unitOf(name), purpose, emittedBy, help, labels: labels ?? ({} as L) }
}

function histogram<const N extends string, const L extends LabelSpec>(
  name: N,
  purpose: Purpose,
  emittedBy: readonly Role[],
  help: string,
  labels: L,
  options: { buckets: readonly number[]; exemplars?: boolean },
): Metric<'histogram', N, L> {
  return { kind: 'histogram', name, unit: unitOf(name), purpose, emittedBy, help, labels, ...options }
}

/** The unit stands in the name, as Prometheus asks, and only there. */
function unitOf(name: string): Metric['unit'] {
  const unit = /_(seconds|bytes|ratio|info)(?:_total)?$/.exec(name)?.[1]
  return (unit as Metric['unit'] | undefined) ?? 'count'
}
