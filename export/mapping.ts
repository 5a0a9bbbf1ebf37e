/** What the contract's names are called in somebody else's service. */
import { allMetrics, type signals } from '../contract/shop-signals.ts'

type Signals = typeof signals
type Groups = { [G in keyof Signals]: Signals[G][keyof Signals[G]] }[keyof Signals]
type MetricName = Groups['name']
type LabelOf<N extends MetricName> = keyof Extract<Groups, { name: N }>['labels'] & string

/** Said on purpose: the service has no such thing, and panels that need it are left out. */
export const absent = 'absent'

export interface MetricMapping<N extends MetricName = MetricName> {
  name: string
  /** Labels that are called differently; those not named keep their name. */
  labels?: { readonly [L in LabelOf<N>]?: string }
  /** Histograms: their bucket bounds, when they differ from the contract's. */
  buckets?: readonly number[]
}

/** A name for each metric that is needed; `same` keeps the contract's. */
export type SignalMapping = {
  readonly [N in MetricName]?: MetricMapping<N> | 'same' | typeof absent
}

/** Names as the OpenTelemetry semantic conventions give them; what they have no name for is absent. */
export const semconv: SignalMapping = {
  ...everything(absent),
  http_server_request_duration_seconds: 'same',
  http_server_active_requests: 'same',
  http_client_request_duration_seconds: 'same',
  db_client_operation_duration_seconds: 'same',
  db_client_connection_count: 'same',
  db_client_connection_max: 'same',
  db_client_connection_pending_requests: 'same',
  db_client_connection_wait_time_seconds: 'same',
  db_client_connection_timeouts_total: 'same',
  messaging_client_sent_messages_total: 'same',
  messaging_process_duration_seconds: 'same',
  process_cpu_seconds_total: 'same',
  system_cpu_logical_count: 'same',
  system_cpu_time_seconds_total: 'same',
  process_start_time_seconds: 'same',
  process_resident_memory_bytes: 'same',
  process_open_fds: 'same',
  process_max_fds: 'same',
  nodejs_eventloop_time_seconds_total: 'same',
  nodejs_eventloop_delay_p50_seconds: 'same',
  nodejs_eventloop_delay_p99_seconds: 'same',
  nodejs_eventloop_delay_max_seconds: 'same',
  v8js_memory_heap_used_bytes: 'same',
  v8js_heap_size_limit_bytes: {
    name: 'v8js_memory_heap_limit_bytes',
  },
  v8js_gc_duration_seconds: 'same',
  target_info: 'same',
}

/** What prom-client's default metrics and its documentation's HTTP histogram are called. */
export const promClient: SignalMapping = {
  ...everything(absent),
  http_server_request_duration_seconds: {
    name: 'http_request_duration_seconds',
    labels: { http_request_method: 'method', http_route: 'route', http_response_status_code: 'code' },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  process_cpu_seconds_total: 'same',
  process_start_time_seconds: 'same',
  process_resident_memory_bytes: 'same',
  process_open_fds: 'same',
  process_max_fds: 'same',
  nodejs_eventloop_delay_p50_seconds: { name: 'nodejs_eventloop_lag_p50_seconds' },
  nodejs_eventloop_delay_p99_seconds: { name: 'nodejs_eventloop_lag_p99_seconds' },
  nodejs_eventloop_delay_max_seconds: { name: 'nodejs_eventloop_lag_max_seconds' },
  v8js_memory_heap_used_bytes: {
    name: 'nodejs_heap_space_size_used_bytes',
    labels: { v8js_heap_space_name: 'space' },
  },
  v8js_gc_duration_seconds: {
    name: 'nodejs_gc_duration_seconds',
    labels: { v8js_gc_type: 'kind' },
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
  },
}

export const presets: Readonly<Record<string, SignalMapping>> = { semconv, 'prom-client': promClient }

function everything(how: typeof absent): SignalMapping {
  return Object.fromEntries(allMetrics.map(({ name }) => [name, how]))
}
