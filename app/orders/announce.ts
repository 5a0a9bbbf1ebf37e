/** Sends the job that fulfils an order, in the transaction that places it. */
import type { PoolClient } from 'pg'
import type { PgBoss } from 'pg-boss'
import { jobContext, jobSent } from '../../otel/jobs.ts'
import { initialise } from '../../otel/metrics.ts'
import { jobs } from '../../otel/signals.ts'
import { askedFaults } from '../faults/switch.ts'
import { asExecutor, type FulfilmentJob, fulfilmentQueue } from '../jobs/queue.ts'

export const announcementFaults = askedFaults('poison-messages')

/** The jobs sent are counted from 0 on. */
export function expectAnnouncements(): void {
  initialise(jobs.sent, [{ messaging_destination_name: fulfilmentQueue, error_type: '' }])
}

export async function announceOrder(boss: PgBoss, transaction: PoolClient, order: string): Promise<void> {
  const share = announcementFaults.intensity('poison-messages', fulfilmentQueue)
  const poisoned = share !== undefined && Math.random() < share
  const job = {
    order: poisoned ? (null as unknown as string) : order,
    trace: jobContext(),
  } satisfies FulfilmentJob
  try {
    await boss.send(fulfilmentQueue, job, { db: asExecutor(transaction) })
    jobSent(fulfilmentQueue)
  } catch (error) {
    jobSent(fulfilmentQueue, error)
    throw error
  }
}
