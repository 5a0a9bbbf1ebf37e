/** The shop with a real Redis or Valkey between its processes, and with one that goes away. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cache } from '../otel/signals.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { totalOf } from './support/metrics-of.ts'
import { findRedis, titled, use, whyMissing } from './support/programs.ts'
import { type MortalServer, startRedis } from './support/real-servers.ts'
import { anOrder, get, placeOrder } from './support/shop-client.ts'

const found = findRedis()
const missing = whyMissing(found)

describe.skipIf(missing !== undefined)(titled('with a shared cache', missing), () => {
  let redis: MortalServer
  let lab: Lab

  beforeAll(async () => {
    redis = await startRedis(use(found).program)
    lab = await startLab({ env: { REDIS_URL: redis.url } })
  })
  afterAll(async () => {
    await lab?.stop()
    await redis?.stop()
  })

  const product = (id: number) => get<{ id: number; stock: number }>(`${lab.shop.url}/products/${id}`)
  const lookUps = (result: string) => totalOf(lab.shop, cache.requests, { cache: 'products', result })
  const loads = () => totalOf(lab.shop, cache.fillDuration, { cache: 'products' })

  /** A product with so much in stock that an order of it is not followed by a resupply. */
  async function wellStocked() {
    for (let id = 12; id < 100; id++) {
      const { body } = await product(id)
      if (body.stock > 300) return body
    }
    throw new Error('Cannot find a product to order: expected one of 12 to 99 to have more than 300 in stock')
  }

  test('a process that starts anew finds what the last one has loaded', async () => {
    const first = await product(11)
    await lab.shop.stop()
    await lab.restart('shop')
    expect((await product(11)).body).toEqual(first.body)
    expect(await loads()).toBe(0)
    expect(await lookUps('hit')).toBe(1)
  })

  test('an order removes what it has changed from both caches', async () => {
    const { id, stock } = await wellStocked()
    expect((await placeOrder(lab.shop.url, anOrder(id, 3))).status).toBe(201)
    await eventually(async () => expect((await product(id)).body.stock).toBe(stock - 3), 2000)
    await lab.shop.stop()
    await lab.restart('shop')
    expect((await product(id)).body.stock).toBe(stock - 3)
  })

  test('without it everything goes on, and it is used again when it returns', async () => {
    await redis.kill()
    for (let id = 100; id < 120; id++) expect((await product(id)).status).toBe(200)
    expect((await placeOrder(lab.shop.url, anOrder(100))).status).toBe(201)
    expect(await lookUps('error')).toBeGreaterThan(0)
    expect((await get(`${lab.shop.adminUrl}/health/ready`)).status).toBe(200)
    await redis.start()
    let next = 200
    await eventually(async () => {
      const errors = await lookUps('error')
      await product(next++)
      expect(await lookUps('error')).toBe(errors)
    }, 20_000)
  }, 60_000)

  test('a shop that starts without it serves', async () => {
    await redis.kill()
    await lab.shop.stop()
    await lab.restart('shop')
    expect((await product(300)).status).toBe(200)
    expect(await lab.shop.stop()).toBe(0)
    await lab.restart('shop')
  }, 60_000)
})
