/**
 * Settles what a crash or a failed payment left open. A pending order that nobody works on any more is placed when its
 * payment was approved. An order whose customer was told that it failed stays failed, and its payment is voided: the
 * request may have reached the bank although no answer came back. A customer who repeats the order after that pays
 * under a new key.
 */
import type { Pool, PoolClient } from 'pg'
import { business } from '../../contract/shop-signals.ts'
import { onShutdown } from '../../otel/lifecycle.ts'
import { log } from '../../otel/logs.ts'
import { counter, initialise, observe } from '../../otel/metrics.ts'
import { type Attempt, abandonedAfterSeconds, settleOrder } from './orders.ts'

interface SweepParts {
  db: Pool
  payments: {
    /** What was decided; what was not, is voided from now on. */
    close: (key: string) => Promise<'approved' | 'declined' | 'voided'>
    undo: (key: string) => Promise<unknown>
  }
  announce: (transaction: PoolClient, order: string) => Promise<unknown>
}

const everyMs = 5000
const atOnce = 100
const abandoned = `payment_open AND attempted_at < now() - interval '${abandonedAfterSeconds} seconds'`
const swept = counter(business.swept)

/** Sweeps at a steady pace; a sweep that fails is tried again with the next one, and loses nothing. */
export async function startSweep(parts: SweepParts): Promise<void> {
  initialise(
    business.swept,
    business.swept.labels.outcome.map(outcome => ({ outcome })),
  )
  /** Unknown until the first count: a database that does not answer yet is no reason to say 0. */
  let unsettled: number | undefined
  observe(business.unsettled, () => (unsettled === undefined ? [] : [{ labels: {}, value: unsettled }]))
  const count = async () => {
    unsettled = await countUnsettled(parts.db).catch((error: Error) => {
      log.warn({ err: error }, 'Cannot count unsettled orders')
      return unsettled
    })
  }
  await count()
  let running: Promise<void> | undefined
  const run = async () => {
    try {
      await sweepOrders(parts)
    } catch (error) {
      log.warn({ err: error as Error }, 'Cannot settle all open orders')
    }
    await count()
    running = undefined
  }
  const timer = setInterval(() => {
    running ??= run()
  }, everyMs)
  onShutdown('sweep of orders', async () => {
    clearInterval(timer)
    await running
  })
}

export async function sweepOrders(parts: SweepParts): Promise<void> {
  const { rows } = await parts.db.query<Attempt>({
    summary: 'abandoned orders',
    text: `SELECT id AS order, attempt AS number, payment FROM orders
      WHERE status = 'pending' AND ${abandoned} ORDER BY attempted_at LIMIT ${atOnce}`,
  })
  for (const attempt of rows) await settleAbandoned(parts, attempt)
  await forgetFailed(parts.db)
  await voidPayments(parts)
}

/** Whoever repeats the order meanwhile begins another try, and the settling of this one changes nothing. */
async function settleAbandoned({ db, payments, announce }: SweepParts, attempt: Attempt): Promise<void> {
  const outcome = await payments.close(attempt.payment)
  const status = outcome === 'approved' ? 'placed' : outcome === 'declined' ? 'declined' : 'failed'
  await settleOrder(db, attempt, status, transaction => announce(transaction, attempt.order))
  if (outcome === 'voided')
    await db.query({
      summary: 'renew payment key',
      text: 'UPDATE orders SET payment = gen_random_uuid() WHERE id = $1 AND payment = $2',
      values: [attempt.order, attempt.payment],
    })
  swept.add({ outcome: status })
  log.info({ order: attempt.order, outcome: status }, 'settled an abandoned order')
}

/** Gives failed orders a new payment key; the old one waits in a table until payments has voided it. */
async function forgetFailed(db: Pool): Promise<void> {
  await db.query({
    summary: 'payments to void',
    text: `WITH failed AS (
        SELECT id, payment FROM orders WHERE status = 'failed' AND ${abandoned}
        ORDER BY attempted_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED
      ), renewed AS (
        UPDATE orders SET payment = gen_random_uuid(), payment_open = false
        FROM failed WHERE orders.id = failed.id
      )
      INSERT INTO payments_to_void (payment, order_id) SELECT payment, id FROM failed`,
  })
}

async function voidPayments({ db, payments }: SweepParts): Promise<void> {
  const { rows } = await db.query<{ payment: string }>({
    summary: 'list payments to void',
    text: `SELECT payment FROM payments_to_void LIMIT ${atOnce}`,
  })
  for (const { payment } of rows) {
    const wasCharged = (await payments.close(payment)) === 'approved'
    if (wasCharged) await payments.undo(payment)
    await db.query({
      summary: 'payment voided',
      text: 'DELETE FROM payments_to_void WHERE payment = $1',
      values: [payment],
    })
    if (wasCharged) swept.add({ outcome: 'voided' })
  }
}

async function countUnsettled(db: Pool): Promise<number> {
  const { rows } = await db.query<{ unsettled: number }>({
    summary: 'count unsettled orders',
    text: `SELECT ((SELECT count(*) FROM orders WHERE status IN ('pending', 'failed') AND ${abandoned})
      + (SELECT count(*) FROM payments_to_void))::int AS unsettled`,
  })
  return rows[0]!.unsettled
}
