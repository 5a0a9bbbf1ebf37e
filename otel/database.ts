/** What one database operation leaves behind, whatever the driver: a client span below its caller, and RED. */

import { type Attributes, type Context, context, SpanKind, trace } from '@opentelemetry/api'
import { histogram } from './metrics.ts'
import { database, type Labels } from './signals.ts'
import { errorType, failSpan, tracer } from './traces.ts'

type DatabaseSystem = Labels<typeof database.duration>['db_system_name']

export interface DatabaseServer {
  system: DatabaseSystem
  /** Such as `server.address` and `db.namespace`. */
  attributes: Attributes
}

export interface QueryName {
  operation: string
  summary: string
  /** Only of queries with parameters: the text of others may carry values of users. */
  text?: string | undefined
}

const duration = histogram(database.duration)

/** Call what it returns once the operation has ended, with its error if it failed and, where the driver says better, the error's type. */
export function beginOperation(
  { operation, summary, text }: QueryName,
  { system, attributes }: DatabaseServer,
  caller: Context = context.active(),
): (error?: unknown, type?: string) => void {
  const startedAt = performance.now()
  const parent = trace.getSpan(caller)
  // Without a parent it is housekeeping, which would bury the traces of the service's work.
  const span = parent === undefined ? undefined : tracer.startSpan(summary, { kind: SpanKind.CLIENT }, caller)
  return (error, type) => {
    const failure = error === undefined || error === null ? '' : (type ?? errorType(error))
    duration.record(
      {
        db_system_name: system,
        db_operation_name: operation,
        db_query_summary: summary,
        error_type: failure,
      },
      (performance.now() - startedAt) / 1000,
      parent,
    )
    if (span === undefined) return
    if (span.isRecording()) {
      span.setAttributes(attributes)
      span.setAttribute('db.system.name', system)
      span.setAttribute('db.operation.name', operation)
      span.setAttribute('db.query.summary', summary)
      if (text !== undefined) span.setAttribute('db.query.text', text)
      if (failure !== '') {
        failSpan(span, error)
        span.setAttribute('error.type', failure)
      }
    }
    span.end()
  }
}

const sqlOperations: ReadonlySet<string> = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
])

/** By its first word, and by the name the code gave it. */
export function nameSql(text: unknown, hasValues: boolean, summary?: unknown): QueryName {
  const word = typeof text === 'string' ? /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() : undefined
  const verb = word === 'START' ? 'BEGIN' : word
  const operation = verb !== undefined && sqlOperations.has(verb) ? verb : '_OTHER'
  return {
    operation,
    summary: typeof summary === 'string' ? summary : operation,
    text: typeof text === 'string' && hasValues ? text : undefined,
  }
}
