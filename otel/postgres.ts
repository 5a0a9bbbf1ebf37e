/** RED of database operations and USE of their pool, by observing a given `pg` pool. */

import { trace } from '@opentelemetry/api'
import type { Pool, PoolClient } from 'pg'
import { counter, histogram, initialise, observe } from './metrics.ts'
import { nameNextQuery, takeQueryName } from './query-names.ts'
import { database, type Labels } from './signals.ts'
import { errorType } from './traces.ts'

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
    if (callback !== undefined)
      return connect((error: unknown, ...rest: unknown[]) => {
        taken(error)
        callback(error, ...rest)
      })
    const connection = connect() as Promise<PoolClient>
    connection.then(() => taken(), taken)
    return connection
  }) as Pool['connect']
}

function observeClient(client: PoolClient): void {
  const query = client.query.bind(client) as Wrapped
  client.query = ((...args: unknown[]) => {
    const startedAt = performance.now()
    const span = trace.getActiveSpan()
    const { operation, summary } = nameQuery(args[0])
    const ended = (error?: unknown) =>
      duration.record(
        {
          db_operation_name: operation,
          db_query_summary: summary,
          error_type: error === undefined || error === null ? '' : errorType(error),
        },
        (performance.now() - startedAt) / 1000,
        span,
      )
    const last = args.length - 1
    const callback = args[last]
    if (typeof callback === 'function')
      args[last] = (error: unknown, ...rest: unknown[]) => {
        ended(error)
        callback(error, ...rest)
      }
    nameNextQuery({ summary, operation })
    const result = query(...args)
    takeQueryName()
    if (typeof callback === 'function') return result
    if (result instanceof Promise) result.then(() => ended(), ended)
    // A cursor or stream: its rows come after this call has returned.
    else if (isEmitter(result)) result.once('end', () => ended()).once('error', ended)
    return result
  }) as PoolClient['query']
}

function nameQuery(query: unknown): { operation: Operation; summary: string } {
  const config = (typeof query === 'string' ? { text: query } : query) as {
    text?: unknown
    summary?: unknown
  }
  const word = typeof config.text === 'string' ? /^\s*(\w+)/.exec(config.text)?.[1]?.toUpperCase() : undefined
  const operation = word !== undefined && knownOperations.has(word) ? (word as Operation) : '_OTHER'
  return { operation, summary: typeof config.summary === 'string' ? config.summary : operation }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout exceeded|due to connection timeout$/.test(error.message)
}

function isEmitter(value: unknown): value is NodeJS.EventEmitter {
  return typeof value === 'object' && value !== null && 'once' in value
}
