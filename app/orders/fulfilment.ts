/** Fulfils orders in the background: several at once, with retries, and dead letters for what cannot succeed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { business } from '../../contract/shop-signals.ts'
import { processJob } from '../../otel/jobs.ts'
import { onShutdown } from '../../otel/lifecycle.ts'
import { log } from '../../otel/logs.ts'
import { counter, initialise, observe } from '../../otel/metrics.ts'
import { jobs as signals } from '../../otel/signals.ts'
import { annotateSpan } from '../../otel/traces.ts'
import { askedFaults } from '../faults/switch.ts'
import { deadLetterQueue, type FulfilmentJob, fulfilmentQueue } from '../jobs/queue.ts'
import { fulfilOrder } from './orders.ts'

const labels = { messaging_destination_name: fulfilmentQueue }
const fulfilled = counter(business.fulfilled)
const deadLettered = counter(signals.deadLettered)
/** Picking and packing, as far as a machine can play it. */
const handlingMs = 20

export async function startFulfilment(boss: PgBoss, db: Pool, slots: number): Promise<void> {
  initialise(business.fulfilled, [{}])
  initialise(signals.deadLettered, [labels])
  initialise(signals.retries, [labels])
  initialise(signals.slotsBusy, [labels])
  initialise(signals.wait, [labels])
  initialise(signals.duration, [{ ...labels, error_type: '' }])
  observe(signals.slotsMax, () => [{ labels, value: slots }])
  await observeQueue(db)
  for (let slot = 0; slot < slots; slot++) await openSlot(boss, db)
}

/** A slot that had a job looks for the next one at once; only an idle one waits between its looks. */
async function openSlot(boss: PgBoss, db: Pool): Promise<void> {
  const slot: string = await boss.work<FulfilmentJob>(
    fulfilmentQueue,
    { batchSize: 1, includeMetadata: true, pollingIntervalSeconds: 0.5 },
    async ([job]) => {
      boss.notifyWorker(slot)
      if (job !== undefined) await runJob(db, job as JobWithMetadata<FulfilmentJob>)
    },
  )
}

export const jobFaults = askedFaults('slow-consumer')

async function runJob(db: Pool, job: JobWithMetadata<FulfilmentJob>): Promise<void> {
  const attempt = job.retryCount + 1
  const about = { queue: fulfilmentQueue, context: job.data.trace, attempt, enqueuedAt: job.createdOn }
  try {
    await processJob(about, async () => {
      annotateSpan({ 'shop.order.id': String(job.data.order) })
      const slowness = jobFaults.intensity('slow-consumer', fulfilmentQueue)
      if (slowness !== undefined) await sleep(slowness * 1000)
      await sleep(handlingMs)
      if (await fulfilOrder(db, job.data.order)) fulfilled.add({})
    })
  } catch (error) {
    if (job.retryCount >= job.retryLimit) {
      deadLettered.add(labels)
      log.error({ err: error as Error, queue: fulfilmentQueue, job: job.id }, 'job became a dead letter')
    }
    throw error
  }
}

/** Counted in the table at a steady pace, because a scrape must not wait for the database it reports on. */
async function observeQueue(db: Pool): Promise<void> {
  let latest = { ready: 0, delayed: 0, active: 0, dead: 0, oldest: 0 }
  const count = async () => {
    const { rows } = await db.query<Record<keyof typeof latest, string>>({
      summary: 'count jobs',
      text: `SELECT
          count(*) FILTER (WHERE name = $1 AND state < 'active' AND start_after <= now()) AS ready,
          count(*) FILTER (WHERE name = $1 AND state < 'active' AND start_after > now()) AS delayed,
          count(*) FILTER (WHERE name = $1 AND state = 'active') AS active,
          count(*) FILTER (WHERE name = $2 AND state < 'active') AS dead,
          coalesce(extract(epoch FROM now() - min(start_after)
            FILTER (WHERE name = $1 AND state < 'active' AND start_after <= now())), 0) AS oldest
        FROM pgboss.job WHERE name IN ($1, $2) AND state <= 'active'`,
      values: [fulfilmentQueue, deadLetterQueue],
    })
    const row = rows[0]!
    latest = {
      ready: Number(row.ready),
      delayed: Number(row.delayed),
      active: Number(row.active),
      dead: Number(row.dead),
      oldest: Number(row.oldest),
    }
  }
  await count()
  const timer = setInterval(
    () => count().catch((error: Error) => log.warn({ err: error }, 'Cannot count jobs')),
    1000,
  )
  onShutdown('queue counts', () => clearInterval(timer))
  observe(signals.depth, () =>
    (['ready', 'delayed', 'active', 'dead'] as const).map(state => ({
      labels: { ...labels, state },
      value: latest[state],
    })),
  )
  observe(signals.oldestAge, () => [{ labels, value: latest.oldest }])
}
