/**
 * The service's logger: pino writing JSON lines that carry the trace they belong to. Lines leave through the delivery
 * thread, so a log call costs its own formatting and never a write.
 */

import { INVALID_TRACEID, type SpanContext, trace } from '@opentelemetry/api'
import { pino } from 'pino'
import { delivery } from './delivery.ts'
import { redact } from './redact.ts'
import { identity } from './resource.ts'
import { logFields, spanIdField, traceIdField } from './signals.ts'

type LogLevel = (typeof logFields.level)[number] | 'silent'

export const log = pino(
  {
    level: parseLevel(process.env.LOG_LEVEL ?? 'info'),
    base: { service_name: identity.service },
    formatters: { level: label => ({ level: label }) },
    mixin: traceFields,
    serializers: { err: describeError },
    hooks: { streamWrite: redact },
  },
  { write: delivery.line },
)

export function logLevel(): LogLevel {
  return log.level as LogLevel
}

/** Takes effect at once, for this logger; child loggers keep the level they were made with. */
export function setLogLevel(level: string): void {
  log.level = parseLevel(level)
}

interface RequestFields {
  method: string
  route: string
  status: number
  duration_ms: number
}

type LogRequest = (context: SpanContext, duration_ms: number) => void

/**
 * Writes the line of requests that went well with this outcome, exactly as `log.info` would write it. It is by far the
 * most frequent line and its fields are known to need no escaping and no redaction, so what does not change from one
 * request to the next is written once.
 */
export function requestLogger(outcome: Omit<RequestFields, 'duration_ms'>): LogRequest {
  const { method, route, status } = outcome
  const start = `"method":"${method}","route":${JSON.stringify(route)},"status":${status},"duration_ms":`
  const message = JSON.stringify(messageStart(outcome)).slice(0, -1)
  return ({ traceId, spanId }, duration_ms) => {
    if (!log.isLevelEnabled('info')) return
    const ids =
      traceId === INVALID_TRACEID ? '' : `"${traceIdField}":"${traceId}","${spanIdField}":"${spanId}",`
    delivery.line(
      `${requestPrefix}${Date.now()},${service}${ids}${start}${duration_ms},"msg":${message}${duration_ms} ms"}\n`,
    )
  }
}

/** What a person reads in any viewer: `GET /products/:id 200 0.5 ms`. */
export function requestMessage(fields: RequestFields): string {
  return `${messageStart(fields)}${fields.duration_ms} ms`
}

function messageStart({ method, route, status }: Omit<RequestFields, 'duration_ms'>): string {
  return `${method} ${route} ${status} `
}

const requestPrefix = '{"level":"info","time":'
const service = `"service_name":${JSON.stringify(identity.service)},`

function parseLevel(level: string): LogLevel {
  const levels: readonly string[] = [...logFields.level, 'silent']
  if (!levels.includes(level))
    throw new Error(`Cannot set the log level: expected one of ${levels.join(', ')}, got "${level}"`)
  return level as LogLevel
}

/** Libraries hang whole clients and requests on their errors; kept are plain fields, and the errors of an aggregate. */
function describeError(error: Error): unknown {
  const described: object = pino.stdSerializers.err(error)
  return described === error ? error : plainFields(described)
}

function plainFields(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
      if (name === 'aggregateErrors' && Array.isArray(value))
        return [[name, value.slice(0, 10).map(each => plainFields(each as object))]]
      return typeof value === 'object' || typeof value === 'function' ? [] : [[name, value]]
    }),
  )
}

function traceFields(): object {
  const context = trace.getActiveSpan()?.spanContext()
  return context === undefined || context.traceId === INVALID_TRACEID
    ? {}
    : { [traceIdField]: context.traceId, [spanIdField]: context.spanId }
}
