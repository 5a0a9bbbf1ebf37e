/** Orders that cannot be: each is refused with its own status, and neither stock nor money is lost on the way. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Attempt, beginOrder, settleOrder } from '../app/orders/orders.ts'
import { sweepOrders } from '../app/orders/sweep.ts'
import { createPaymentsClient } from '../app/payments/client.ts'
import { createSettlement } from '../app/payments/settlement.ts'
import { business } from '../contract/shop-signals.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { totalOf } from './support/metrics-of.ts'
import { anOrder, placeOrder } from './support/shop-client.ts'

let lab: Lab
let db: pg.Pool

beforeAll(async () => {
  lab = await startLab({ roles: ['payments', 'shop'] })
  db = new pg.Pool({ connectionString: lab.databaseUrl, max: 2 })
})
afterAll(async () => {
  await db?.end()
  await lab?.stop()
})

test('an amount above the limit is declined with 402, and its stock is returned, once', async () => {
  const { rows } = await db.query<{ id: number }>(
    'SELECT id FROM products WHERE price > 25000 AND stock >= 100 ORDER BY id LIMIT 1',
  )
  const product = rows[0]!.id
  const before = await stockOf(product)
  const key = randomUUID()
  for (const attempt of ['first', 'repeated']) {
    const { status, body } = await placeOrder(lab.shop.url, anOrder(product, 100), key)
    expect([status, body], attempt).toEqual([402, { error: 'payment_required', message: 'Payment declined' }])
    expect(await stockOf(product), attempt).toBe(before)
  }
  expect(await totalOf(lab.shop, business.orders, { outcome: 'declined' })).toBe(1)
  expect(await totalOf(lab.payments, business.payments, { outcome: 'declined' })).toBe(1)
})

test('more than there is in stock is refused with 409, and can be ordered when it has come', async () => {
  await db.query('UPDATE products SET stock = 1 WHERE id = 5')
  const key = randomUUID()
  const { status, body } = await placeOrder(lab.shop.url, anOrder(5, 2), key)
  expect([status, body]).toEqual([
    409,
    { error: 'conflict', message: 'Not enough of product 5: expected 2, got 1' },
  ])
  expect(await stockOf(5)).toBe(1)
  await db.query('UPDATE products SET stock = 2 WHERE id = 5')
  expect((await placeOrder(lab.shop.url, anOrder(5, 2), key)).status).toBe(201)
  expect(await stockOf(5)).toBe(0)
})

test('an order with an unknown product is refused with 404, and takes nothing of the others', async () => {
  const before = await stockOf(6)
  const { status, body } = await placeOrder(lab.shop.url, {
    customer: 'ada@example.com',
    items: [
      { product: 6, quantity: 1 },
      { product: 999_999, quantity: 1 },
    ],
  })
  expect([status, body]).toEqual([404, { error: 'not_found', message: 'No such product: 999999' }])
  expect(await stockOf(6)).toBe(before)
})

test('a key used again with another body is refused with 422, and its order stays as it is', async () => {
  const key = randomUUID()
  const first = await placeOrder(lab.shop.url, anOrder(7, 1), key)
  expect(first.status).toBe(201)
  const before = await stockOf(7)
  const { status, body } = await placeOrder(lab.shop.url, anOrder(7, 2), key)
  expect([status, body]).toEqual([
    422,
    {
      error: 'unprocessable_entity',
      message: expect.stringContaining('expected the same body as the first time'),
    },
  ])
  expect(await stockOf(7)).toBe(before)
})

test('an order left pending by a process that died is taken over by whoever repeats it', async () => {
  const key = randomUUID()
  const before = await stockOf(8)
  await fault('POST', { intensity: 30, duration: 60 })
  const lost = placeOrder(lab.shop.url, anOrder(8), key).catch((error: unknown) => error)
  await eventually(async () => expect(await statusesOf(key)).toEqual(['pending']))
  lab.shop.child.kill('SIGKILL')
  expect(await lost).toBeInstanceOf(Error)
  await lab.shop.ended
  await fault('DELETE')
  await lab.restart('shop')

  expect((await placeOrder(lab.shop.url, anOrder(8), key)).status, 'too early to know').toBe(409)
  await db.query(
    `UPDATE orders SET attempted_at = now() - interval '31 seconds' WHERE idempotency_key = $1`,
    [key],
  )
  const taken = await placeOrder(lab.shop.url, anOrder(8), key)
  expect([taken.status, taken.body.status]).toEqual([201, 'placed'])
  expect(await statusesOf(key)).toEqual(['placed'])
  expect(await stockOf(8)).toBe(before - 1)
}, 90_000)

test('an order that two processes settle after all is settled by the first of them', async () => {
  const before = await stockOf(9)
  const attempt = await attemptAt(anOrder(9, 3))
  expect(await stockOf(9)).toBe(before - 3)
  for (const outcome of ['declined', 'declined', 'placed'] as const)
    expect((await settleOrder(db, attempt, outcome)).status).toBe('declined')
  expect(await stockOf(9)).toBe(before)
})

test('orders that fail give their stock back, and take it again when they are repeated', async () => {
  const { rows } = await db.query<{ id: number }>(
    'UPDATE products SET stock = 335 WHERE id = (SELECT min(id) FROM products WHERE price < 10000) RETURNING id',
  )
  const product = rows[0]!.id
  await fault('POST', { intensity: 1, duration: 60 }, 'payments-down')
  const keys = Array.from({ length: 4 }, () => randomUUID())
  for (const key of keys)
    expect((await placeOrder(lab.shop.url, anOrder(product, 100), key)).status).toBe(503)
  expect(await stockOf(product)).toBe(335)
  await fault('DELETE', undefined, 'payments-down')
  const placed = await eventually(async () => {
    const answer = await placeOrder(lab.shop.url, anOrder(product, 100), keys[0])
    expect(answer.status).toBe(201)
    return answer.body
  }, 30_000)
  expect(await stockOf(product)).toBe(235)
  expect((await placeOrder(lab.shop.url, anOrder(product, 100), keys[0])).body.id).toBe(placed.id)
  expect(await stockOf(product)).toBe(235)
}, 90_000)

describe('the sweep', () => {
  const payments = () => createSettlement(lab.payments.url)
  const sweep = () => sweepOrders({ db, payments: payments(), announce: async () => {} })
  const age = (attempt: Attempt) =>
    db.query(`UPDATE orders SET attempted_at = now() - interval '31 seconds' WHERE id = $1`, [attempt.order])
  const charge = ({ order, payment }: Attempt) =>
    createPaymentsClient(lab.payments.url)({ order, key: payment, amount: 100 })
  const orderOf = async ({ order }: Attempt) =>
    (await db.query('SELECT status, payment FROM orders WHERE id = $1', [order])).rows[0]!

  test('places an abandoned order that has been paid, and leaves a young one alone', async () => {
    const [abandoned, young] = [await attemptAt(anOrder(11)), await attemptAt(anOrder(11))]
    await charge(abandoned)
    await age(abandoned)
    const before = await stockOf(11)
    await sweep()
    expect([(await orderOf(abandoned)).status, (await orderOf(young)).status]).toEqual(['placed', 'pending'])
    expect(await stockOf(11)).toBe(before)
  })

  test('gives up an abandoned order that has not been paid, and no late charge follows', async () => {
    const before = await stockOf(12)
    const abandoned = await attemptAt(anOrder(12, 2))
    await age(abandoned)
    await sweep()
    expect((await orderOf(abandoned)).status).toBe('failed')
    expect(await stockOf(12)).toBe(before)
    await expect(charge(abandoned)).rejects.toThrow('Payments cannot be reached')
    expect((await settleOrder(db, abandoned, 'placed')).status, 'the first try comes too late').toBe('failed')
  })

  test('pays back what was charged for an order that failed; repeated, it is charged anew, once', async () => {
    const key = randomUUID()
    const failed = await attemptAt(anOrder(13), key)
    await charge(failed)
    await settleOrder(db, failed, 'failed')
    await age(failed)
    await sweep()
    expect(await payments().close(failed.payment)).toBe('voided')
    expect((await db.query('SELECT * FROM payments_to_void')).rows).toEqual([])
    const repeated = await placeOrder(lab.shop.url, anOrder(13), key)
    expect([repeated.status, repeated.body.id]).toEqual([201, failed.order])
    const { payment } = await orderOf(failed)
    expect(payment).not.toBe(failed.payment)
    expect(await payments().close(payment)).toBe('approved')
  })

  test('loses nothing when payments cannot be reached', async () => {
    const [pending, failed] = [await attemptAt(anOrder(14)), await attemptAt(anOrder(14))]
    await Promise.all([charge(pending), charge(failed)])
    await settleOrder(db, failed, 'failed')
    await Promise.all([age(pending), age(failed)])
    const unreachable = createSettlement('http://127.0.0.1:1')
    const parts = { db, payments: unreachable, announce: async () => {} }
    await expect(sweepOrders(parts)).rejects.toThrow('fetch failed')
    await age(pending)
    await sweep()
    expect((await orderOf(pending)).status).toBe('placed')
    expect(await payments().close(failed.payment)).toBe('voided')
  })
})

async function attemptAt(request: ReturnType<typeof anOrder>, key: string = randomUUID()): Promise<Attempt> {
  const begun = await beginOrder(db, key, request)
  if (begun.replayed) throw new Error(`Expected a new order, got ${begun.order.status}`)
  return begun.attempt
}

async function stockOf(product: number): Promise<number> {
  const { rows } = await db.query<{ stock: number }>('SELECT stock FROM products WHERE id = $1', [product])
  return rows[0]!.stock
}

async function statusesOf(key: string): Promise<string[]> {
  const { rows } = await db.query<{ status: string }>(
    'SELECT status FROM orders WHERE idempotency_key = $1',
    [key],
  )
  return rows.map(({ status }) => status)
}

async function fault(
  method: 'POST' | 'DELETE',
  settings?: object,
  id: string = 'payments-slow',
): Promise<void> {
  const answer = await fetch(`${lab.payments.adminUrl}/faults/${id}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(settings === undefined ? {} : { body: JSON.stringify(settings) }),
  })
  expect(answer.status, await answer.text()).toBe(200)
}
