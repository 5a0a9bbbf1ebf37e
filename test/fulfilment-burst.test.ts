/** Many orders at once: all are begun soon, no more at a time than there are slots, and each with an end of its own. */

import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asExecutor, fulfilmentQueue } from '../app/jobs/queue.ts'
import { business } from '../contract/shop-signals.ts'
import { jobs } from '../otel/signals.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { samplesOf, totalOf } from './support/metrics-of.ts'

const placed = 300
const poisoned = 5
const slots = 8
const where = { messaging_destination_name: fulfilmentQueue }

let lab: Lab
let db: pg.Pool
let boss: PgBoss

beforeAll(async () => {
  lab = await startLab({ env: { WORKER_SLOTS: String(slots) } })
  db = new pg.Pool({ connectionString: lab.databaseUrl, max: 2 })
  boss = new PgBoss({ db: asExecutor(db), migrate: false, schedule: false, supervise: false })
  await boss.start()
})

afterAll(async () => {
  await boss?.stop({ graceful: false, close: false })
  await db?.end()
  await lab?.stop()
})

test('300 jobs and a few that cannot succeed', async () => {
  const { rows } = await db.query<{ order: string }>(`
    INSERT INTO orders (id, idempotency_key, request_hash, customer, status, total)
    SELECT gen_random_uuid(), 'burst-' || number, '', 'ada@example.com', 'placed', 1
    FROM generate_series(1, ${placed}) AS number RETURNING id AS order`)
  const data = [...rows.map(({ order }) => order), ...Array.from({ length: poisoned }, () => null)]
  await boss.insert(
    fulfilmentQueue,
    data.map(order => ({ data: { order, trace: {} } })),
  )

  const busy: number[] = []
  await eventually(async () => {
    busy.push(await totalOf(lab.worker, jobs.slotsBusy, where))
    expect(await totalOf(lab.worker, business.fulfilled)).toBe(placed)
  }, 60_000)
  expect(await totalOf(lab.worker, jobs.slotsMax, where)).toBe(slots)
  expect(Math.max(...busy)).toBeLessThanOrEqual(slots)
  expect(Math.max(...busy)).toBeGreaterThan(1)
  await eventually(async () => expect(await totalOf(lab.worker, jobs.wait, where)).toBe(placed + poisoned))
  const buckets = await samplesOf(lab.worker, jobs.wait, where)
  const begunInTime = buckets.find(({ labels }) => Number(labels.le) === 10)
  expect(begunInTime?.value, 'jobs begun within 10 s').toBe(placed + poisoned)

  await eventually(
    async () => expect(await totalOf(lab.worker, jobs.deadLettered, where)).toBe(poisoned),
    60_000,
  )
  expect(await totalOf(lab.worker, jobs.retries, where)).toBe(3 * poisoned)
  await eventually(async () => expect(await totalOf(lab.worker, jobs.slotsBusy, where)).toBe(0))
  const { rows: states } = await db.query(
    'SELECT status, count(*)::int FROM orders GROUP BY status ORDER BY status',
  )
  expect(states).toEqual([{ status: 'fulfilled', count: placed }])
}, 180_000)
