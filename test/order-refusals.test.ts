/** Orders that cannot be: each is refused with its own status, and neither stock nor money is lost on the way. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginOrder, settleOrder } from '../app/orders/orders.ts'
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
  const { order } = await beginOrder(db, randomUUID(), anOrder(9, 3))
  expect(await stockOf(9)).toBe(before - 3)
  for (const outcome of ['declined', 'declined', 'placed'] as const)
    expect((await settleOrder(db, order.id, outcome)).status).toBe('declined')
  expect(await stockOf(9)).toBe(before)
})

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

async function fault(method: 'POST' | 'DELETE', settings?: object): Promise<void> {
  const answer = await fetch(`${lab.payments.adminUrl}/faults/payments-slow`, {
    method,
    ...(settings === undefined ? {} : { body: JSON.stringify(settings) }),
  })
  expect(answer.status, await answer.text()).toBe(200)
}
