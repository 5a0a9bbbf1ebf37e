/**
 * What any service emits: every metric, span attribute and log field of the kit, once. The kit emits what stands here,
 * and a project adds its own metrics with `defineCounter`, `defineGauge` and `defineHistogram`.
 * Names follow the OpenTelemetry semantic conventions in their Prometheus form.
 */

import { errorType, queueName, route, statusCode } from './signals/definitions.ts'

export {
  checkSameDefinition,
  defineCounter,
  defineGauge,
  defineHistogram,
  type Kind,
  type LabelSpec,
  type Labels,
  latencyBuckets,
  type Metric,
} from './signals/definitions.ts'
export * from './signals/dependencies.ts'
export * from './signals/process.ts'
export * from './signals/requests.ts'

/** The trace id's name wherever one signal points at another: exemplars, log lines, Loki's structured metadata. */
export const traceIdField = 'trace_id'
export const spanIdField = 'span_id'

/** Attributes of the kit's spans that queries rely on. */
export const spanAttributes = [
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'db.query.summary',
  'db.operation.name',
  'messaging.destination.name',
  'error.type',
] as const

export const resourceAttributes = ['service.name', 'service.version', 'deployment.environment.name'] as const

/** Fields of a log line beside its message; `route`, `status` and `duration_ms` stand on the one line per request. */
export const logFields = {
  level: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
  service_name: 'names of the services',
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
