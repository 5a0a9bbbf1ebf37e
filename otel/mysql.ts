/** Spans and RED of database operations and USE of their pool, by observing a given `mysql2` pool, of either interface. */

import { errorMonitor } from 'node:events'
import type { Pool, PoolConnection } from 'mysql2'
import type { Pool as PromisePool } from 'mysql2/promise'
import { beginOperation, type DatabaseServer, nameSql, type QueryName } from './database.ts'
import { type Callback, inCallersContext, observePoolState } from './pool.ts'

declare module 'mysql2' {
  interface QueryOptions {
    /** A name for the query that stands in metrics and spans, such as `product by id`. */
    summary?: string
  }
}

type Wrapped = (...args: unknown[]) => unknown

/** What the pool keeps beside its typed interface, which says nothing of its state. */
interface PoolInside {
  config: {
    connectionLimit: number
    connectionConfig: { host?: string; port?: number; database?: string; socketPath?: string }
  }
  _allConnections: { length: number }
  _freeConnections: { length: number }
  _connectionQueue: { length: number }
}

/** A command that the pool itself has made of a query. */
interface QueryCommand {
  sql: string
  values?: unknown
  _queryOptions?: { summary?: unknown }
  onResult?: Callback
}

/** Observes a pool from now on; give it before the pool has opened its first connection. */
export function observeMysqlPool(given: Pool | PromisePool, name: string): void {
  // The pool of promises calls the one of callbacks for everything.
  const pool = 'pool' in given ? (given as unknown as { pool: Pool }).pool : (given as Pool)
  const inside = pool as unknown as PoolInside
  if (typeof inside._allConnections?.length !== 'number')
    throw new Error(`Cannot observe the pool ${name}: expected a pool of mysql2 3, got ${typeof given}`)
  const { config } = inside
  const beginWait = observePoolState(
    name,
    () => ({
      open: inside._allConnections.length,
      idle: inside._freeConnections.length,
      max: config.connectionLimit,
      waiting: inside._connectionQueue.length,
    }),
    isGivenUp,
  )
  const server = serverOf(config.connectionConfig)
  pool.on('connection', connection => observeConnection(connection, server))
  const getConnection = pool.getConnection.bind(pool) as Wrapped
  pool.getConnection = ((callback: Callback) =>
    getConnection(inCallersContext(callback, beginWait()))) as Pool['getConnection']
}

function observeConnection(connection: PoolConnection, server: DatabaseServer): void {
  for (const method of ['query', 'execute'] as const) {
    const run = connection[method].bind(connection) as Wrapped
    connection[method] = ((...args: unknown[]) => {
      const [query, values] = args
      const ended = beginOperation(nameQuery(query, values), server)
      const last = args.length - 1
      const command = query as QueryCommand
      if (typeof args[last] === 'function') args[last] = inCallersContext(args[last] as Callback, ended)
      else if (typeof command.onResult === 'function')
        command.onResult = inCallersContext(command.onResult, ended)
      else {
        const running = run(...args) as NodeJS.EventEmitter
        let failure: unknown
        running.once(errorMonitor, error => {
          failure = error
        })
        return running.once('end', () => ended(failure))
      }
      return run(...args)
    }) as never
  }
}

function serverOf({ host, port, database, socketPath }: PoolInside['config']['connectionConfig']) {
  return {
    system: 'mysql',
    attributes: {
      'db.namespace': database,
      'server.address': socketPath ?? host,
      'server.port': socketPath === undefined ? port : undefined,
    },
  } satisfies DatabaseServer
}

function nameQuery(query: unknown, given: unknown): QueryName {
  const { sql, values, summary, _queryOptions } = (
    typeof query === 'string' ? { sql: query } : query
  ) as Partial<QueryCommand> & { summary?: unknown }
  const hasValues = values !== undefined || (given !== undefined && typeof given !== 'function')
  return nameSql(sql, hasValues, summary ?? _queryOptions?.summary)
}

/** Callers wait for a connection without an end, unless the queue is full. */
function isGivenUp(error: unknown): boolean {
  return error instanceof Error && /^Queue limit reached/.test(error.message)
}
