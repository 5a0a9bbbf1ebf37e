/** The job queue in Postgres: what is sent in a transaction exists exactly when the transaction does. */
import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { PgBoss } from 'pg-boss'
import { onShutdown } from '../../otel/lifecycle.ts'
import { log } from '../../otel/logs.ts'
import { inTurn, type Queryable } from '../database/pool.ts'

export const fulfilmentQueue = 'fulfilment'
export const deadLetterQueue = 'fulfilment-dead-letters'

const warnEveryMs = 10_000

export interface FulfilmentJob {
  order: string
  /** W3C trace context of whoever placed the order. */
  trace: Record<string, string>
}

/** `maintain`: one role looks after expired jobs and counts; the others only send. */
export async function openQueue(pool: Pool, { maintain }: { maintain: boolean }): Promise<PgBoss> {
  const boss = new PgBoss({
    db: asExecutor(pool),
    schedule: false,
    supervise: maintain,
    superviseIntervalSeconds: 30,
    maintenanceIntervalSeconds: 60,
  })
  let warnedAt = Number.NEGATIVE_INFINITY
  boss.on('error', (error: Error) => {
    // Every slot meets the same outage twice a second.
    const isRecent = performance.now() - warnedAt < warnEveryMs
    if (!isRecent) warnedAt = performance.now()
    log[isRecent ? 'debug' : 'warn']({ err: error }, 'job queue')
  })
  // The second of two that make the schema at the same moment would end with an error.
  await inTurn(pool, 'job queue', () => start(boss))
  // pg-boss reads a queue's settings at its first use; inside a transaction that would ask for a second connection.
  await boss.findJobs(fulfilmentQueue, { id: randomUUID() })
  onShutdown('job queue', () => boss.stop({ graceful: true, timeout: 5000, close: false }))
  return boss
}

async function start(boss: PgBoss): Promise<void> {
  await boss.start()
  await boss.createQueue(deadLetterQueue)
  await boss.createQueue(fulfilmentQueue, {
    deadLetter: deadLetterQueue,
    retryLimit: 3,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 30,
    expireInSeconds: 60,
    deleteAfterSeconds: 3600,
  })
}

/** pg-boss speaks to the database through this, so it uses our pool, or a transaction of it. */
export function asExecutor(db: Queryable) {
  return {
    executeSql: (text: string, values?: unknown[]) =>
      db.query({ summary: 'job queue', text, ...(values === undefined ? {} : { values }) }),
  }
}
