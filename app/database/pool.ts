/** Connections to Postgres, all of them bounded: in number, in the wait for one and in what a statement may take. */

import pg from 'pg'
import { log } from '../../otel/logs.ts'
import { observePool } from '../../otel/postgres.ts'

export type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>

interface PoolOptions {
  url: string
  size: number
  application: string
}

export function openPool({ url, size, application }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: application,
    max: size,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 5000,
    idle_in_transaction_session_timeout: 10_000,
  })
  // A connection that breaks while idle is replaced by the next request; without a listener it would end the process.
  pool.on('error', error => log.warn({ err: error }, 'idle database connection lost'))
  // One that breaks between two statements of a transaction fails the next; that is where it is dealt with.
  pool.on('connect', client => client.on('error', () => {}))
  observePool(pool, 'main')
  return pool
}

export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Processes that do the same at once take turns; a transaction would hold up the statements of the work itself. */
export async function inTurn<T>(pool: pg.Pool, what: string, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [what])
    try {
      return await work()
    } finally {
      await client.query('SELECT pg_advisory_unlock(hashtext($1))', [what])
    }
  } finally {
    client.release()
  }
}

/** Asks again until the database answers, because at a start of everything nobody knows who is ready first. */
export async function waitForDatabase(pool: pg.Pool, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      await pool.query('SELECT 1')
      return
    } catch (error) {
      if (Date.now() >= deadline)
        throw new Error(
          `Cannot reach the database: expected an answer within ${timeoutMs / 1000} s, got ${(error as Error).message || (error as NodeJS.ErrnoException).code}`,
        )
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}
