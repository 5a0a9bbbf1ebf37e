/** Spans and RED of database operations and USE of their pool, by observing a given `pg` pool. */

import { type Attributes, context, SpanKind, trace } from '@opentelemetry/api'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { counter, histogram, initialise, observe } from './metrics.ts'
import { database, type Labels } from './signals.ts'
import { errorType, failSpan, tracer } from './traces.ts'

declare module 'pg' {
  interface QueryConfig<I> {
    /** A name for the query that stands in metrics and spans, such as `product by id`. */
    summary?: string
  }
}

type Operation = Labels<typeof database.duration>['db_operation_name']
type Callback = (error: unknown, ...rest: unknown[]) => void
type Wrapped = (...args: unknown[]) => unknown

const duration = histogram(database.duration)
const wait = histogram(database.connectionWait)
const timeouts = counter(database.connectionTimeouts)
const knownOperations: ReadonlySet<string> = new Set(database.duration.labels.db_operation_name)

/** Observes a pool from now on; give it before the pool has opened its first connection. */
export function observePool(pool: Pool, name: string): void {
  const labels = { db_client_connection_pool_name: name }
  initialise(database.connectionTimeouts, [labels])
  observe(database.connections, () => [
    { labels: { ...labels, db_client_connection_state: 'idle' }, value: pool.idleCount },
    { labels: { ...labels, db_client_connection_state: 'used' }, value: pool.totalCount - pool.idleCount },
  ])
  observe(database.connectionsMax, () => [{ labels, value: pool.options.max ?? 10 }])
  observe(database.connectionsPending, () => [{ labels, value: pool.waitingCount }])

  pool.on('connect', client => observeClient(client))
  const connect = pool.connect.bind(pool) as Wrapped
  pool.connect = ((callback?: Callback) => {
    const startedAt = performance.now()
    const taken = (error?: unknown) => {
      wait.record(labels, (performance.now() - startedAt) / 1000)
      if (isTimeout(error)) timeouts.add(labels)
    }
    if (callback !== undefined) {
      // A busy pool calls back in the course of the request that gave the connection free.
      const caller = context.active()
      return connect((error: unknown, ...rest: unknown[]) => {
        taken(error)
        context.with(caller, callback, undefined, error, ...rest)
      })
    }
    const connection = connect() as Promise<PoolClient>
    connection.then(() => taken(), taken)
    return connection
  }) as Pool['connect']
}

function observeClient(client: PoolClient): void {
  const query = client.query.bind(client) as Wrapped
  const server = serverOf(client)
  client.query = ((...args: unknown[]) => {
    const startedAt = performance.now()
    const name = nameQuery(args[0], Array.isArray(args[1]))
    const caller = context.active()
    const parent = trace.getSpan(caller)
    // Without a parent it is housekeeping, which would bury the traces of the service's work.
    const span =
      parent === undefined ? undefined : tracer.startSpan(name.summary, { kind: SpanKind.CLIENT }, caller)

    function ended(error?: unknown): void {
      const failure = error === undefined || error === null ? '' : errorType(error)
      duration.record(
        { db_operation_name: name.operation, db_query_summary: name.summary, error_type: failure },
        (performance.now() - startedAt) / 1000,
        parent,
      )
      if (span === undefined) return
      if (span.isRecording()) {
        span.setAttributes(server)
        span.setAttribute('db.operation.name', name.operation)
        span.setAttribute('db.query.summary', name.summary)
        if (name.text !== undefined) span.setAttribute('db.query.text', name.text)
        if (failure !== '') failSpan(span, error)
      }
      span.end()
    }

    const last = args.length - 1
    const callback = args[last]
    if (typeof callback === 'function')
      args[last] = (error: unknown, ...rest: unknown[]) => {
        ended(error)
        context.with(caller, callback as Callback, undefined, error, ...rest)
      }
    const result = query(...args)
    if (typeof callback === 'function') return result
    if (result instanceof Promise) result.then(() => ended(), ended)
    // A cursor or stream: its rows come after this call has returned.
    else if (isEmitter(result)) result.once('end', () => ended()).once('error', ended)
    return result
  }) as PoolClient['query']
}

function serverOf(client: PoolClient): Attributes {
  const {
    host,
    port,
    database: namespace,
  } = client as PoolClient & Partial<ClientBase & { database: string }>
  return {
    'db.system.name': 'postgresql',
    'db.namespace': namespace,
    'server.address': host,
    'server.port': port,
  }
}

interface QueryName {
  operation: Operation
  summary: string
  /** Only of queries with parameters: the text of others may carry values of users. */
  text: string | undefined
}

function nameQuery(query: unknown, hasValues: boolean): QueryName {
  const { text, summary, values } = (typeof query === 'string' ? { text: query } : query) as {
    text?: unknown
    summary?: unknown
    values?: unknown
  }
  const word = typeof text === 'string' ? /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() : undefined
  const operation = word !== undefined && knownOperations.has(word) ? (word as Operation) : '_OTHER'
  return {
    operation,
    summary: typeof summary === 'string' ? summary : operation,
    text: typeof text === 'string' && (hasValues || values !== undefined) ? text : undefined,
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout exceeded|due to connection timeout$/.test(error.message)
}

function isEmitter(value: unknown): value is NodeJS.EventEmitter {
  return typeof value === 'object' && value !== null && 'once' in value
}
