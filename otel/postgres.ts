/** Spans and RED of database operations and USE of their pool, by observing a given `pg` pool. */

import { errorMonitor } from 'node:events'
import type { ClientBase, Pool, PoolClient } from 'pg'
import { beginOperation, type DatabaseServer, nameSql, type QueryName } from './database.ts'
import { type Callback, inCallersContext, observePoolState } from './pool.ts'

declare module 'pg' {
  interface QueryConfig<I> {
    /** A name for the query that stands in metrics and spans, such as `product by id`. */
    summary?: string
  }
}

type Wrapped = (...args: unknown[]) => unknown

/** Observes a pool from now on; give it before the pool has opened its first connection. */
export function observePool(pool: Pool, name: string): void {
  const beginWait = observePoolState(
    name,
    () => ({
      open: pool.totalCount,
      idle: pool.idleCount,
      max: pool.options.max ?? 10,
      waiting: pool.waitingCount,
    }),
    isTimeout,
  )
  pool.on('connect', client => observeClient(client))
  const connect = pool.connect.bind(pool) as Wrapped
  pool.connect = ((callback?: Callback) => {
    const taken = beginWait()
    if (callback !== undefined) return connect(inCallersContext(callback, taken))
    const connection = connect() as Promise<PoolClient>
    connection.then(() => taken(), taken)
    return connection
  }) as Pool['connect']
}

function observeClient(client: PoolClient): void {
  const query = client.query.bind(client) as Wrapped
  const server = serverOf(client)
  client.query = ((...args: unknown[]) => {
    const ended = beginOperation(nameQuery(args[0], Array.isArray(args[1])), server)
    const last = args.length - 1
    const callback = args[last]
    if (typeof callback === 'function') args[last] = inCallersContext(callback as Callback, ended)
    const result = query(...args)
    if (typeof callback === 'function') return result
    if (result instanceof Promise) result.then(() => ended(), ended)
    // A cursor or stream: its rows come after this call has returned.
    else if (isEmitter(result)) result.once('end', () => ended()).once(errorMonitor, ended)
    return result
  }) as PoolClient['query']
}

function serverOf(client: PoolClient): DatabaseServer {
  const {
    host,
    port,
    database: namespace,
  } = client as PoolClient & Partial<ClientBase & { database: string }>
  return {
    system: 'postgresql',
    attributes: { 'db.namespace': namespace, 'server.address': host, 'server.port': port },
  }
}

function nameQuery(query: unknown, hasValues: boolean): QueryName {
  const { text, summary, values } = (typeof query === 'string' ? { text: query } : query) as {
    text?: unknown
    summary?: unknown
    values?: unknown
  }
  return nameSql(text, hasValues || values !== undefined, summary)
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout exceeded|due to connection timeout$/.test(error.message)
}

function isEmitter(value: unknown): value is NodeJS.EventEmitter {
  return typeof value === 'object' && value !== null && 'once' in value
}
