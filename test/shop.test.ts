/** The shop as its customers and operators use it: three processes, on the embedded database and on Postgres. */

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { business } from '../contract/shop-signals.ts'
import { cache, jobs, resilience } from '../otel/signals.ts'
import { databases } from './support/databases.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { totalOf } from './support/metrics-of.ts'
import { titled } from './support/programs.ts'
import type { RealServer } from './support/real-servers.ts'
import { anOrder, get, placeOrder } from './support/shop-client.ts'

interface Product {
  id: number
  name: string
  price: number
}

// Side by side, since most of their time they wait.
describe.concurrent.each(databases)('the shop on $name', ({ start, missing }) => {
  describe.skipIf(missing !== undefined)(titled('as three processes', missing), { concurrent: false }, () => {
    let server: RealServer
    let lab: Lab

    beforeAll(async () => {
      server = await start()
      lab = await startLab({ databaseUrl: server.url })
    })
    afterAll(async () => {
      await lab?.stop()
      await server?.stop()
    })

    const shop = (path: string) => `${lab.shop.url}${path}`

    test('lists products in pages of bounded size', async () => {
      const first = await get<{ products: Product[] }>(shop('/products?page=1&size=50'))
      const second = await get<{ products: Product[] }>(shop('/products?page=2&size=50'))
      expect(first.status).toBe(200)
      expect(first.body.products.length).toBe(50)
      const ids = [...first.body.products, ...second.body.products].map(product => product.id)
      expect(new Set(ids).size).toBe(100)
      const last = await get<{ products: Product[] }>(shop('/products?page=200&size=50'))
      expect(last.body.products.length, 'the catalogue has 10,000 products').toBe(50)
      expect((await get<{ products: Product[] }>(shop('/products?page=201&size=50'))).body.products).toEqual(
        [],
      )
    })

    test('answers an unchanged list with 304, and compresses what is sent', async () => {
      const plain = await fetch(shop('/products?size=100'), { headers: { 'accept-encoding': 'identity' } })
      const etag = plain.headers.get('etag')
      expect(etag).toBeTruthy()
      const again = await fetch(shop('/products?size=100'), { headers: { 'if-none-match': etag! } })
      expect([again.status, await again.text()]).toEqual([304, ''])
      const zipped = await fetch(shop('/products?size=100'), { headers: { 'accept-encoding': 'gzip' } })
      expect(zipped.headers.get('content-encoding')).toBe('gzip')
      expect(await zipped.json()).toEqual(await plain.json())
    })

    test('serves a product from the cache, and asks its source once for many who wait', async () => {
      const where = { cache: 'products' }
      const fills = () => totalOf(lab.shop, cache.fillDuration, where)
      const before = await fills()
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => get<Product>(shop('/products/4242'))),
      )
      expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`))).toEqual(
        new Set(['200 4242']),
      )
      expect((await fills()) - before).toBe(1)
      const hits = () => totalOf(lab.shop, cache.requests, { ...where, result: 'hit' })
      const hitsBefore = await hits()
      await get(shop('/products/4242'))
      expect((await hits()) - hitsBefore).toBe(1)
    })

    test('finds products by their words, whatever their form', async () => {
      const { body } = await get<{ products: Product[] }>(shop('/search?q=running'))
      expect(body.products.length).toBeGreaterThan(0)
      expect((await get<{ products: Product[] }>(shop('/search?q=xyzzyplugh'))).body.products).toEqual([])
    })

    test('recommends other products that exist', async () => {
      const { status, body } = await get<{ recommendations: Product[] }>(shop('/products/7/recommendations'))
      expect(status).toBe(200)
      expect(body.recommendations.length).toBeGreaterThan(0)
      expect(body.recommendations.map(({ id }) => id)).not.toContain(7)
      expect(body.recommendations.every(({ name }) => name.length > 0)).toBe(true)
    })

    test('an order is placed, paid, sent to the worker and fulfilled', async () => {
      const product = (await get<Product>(shop('/products/12'))).body
      const fulfilled = await totalOf(lab.worker, business.fulfilled)
      const { status, body } = await placeOrder(lab.shop.url, anOrder(12, 2))
      expect(status).toBe(201)
      expect(body).toMatchObject({ id: expect.any(String), status: 'placed' })
      expect(body.total).toBeCloseTo(product.price * 2, 2)
      await eventually(async () =>
        expect((await get(shop(`/orders/${body.id}`))).body).toMatchObject({
          id: body.id,
          status: 'fulfilled',
        }),
      )
      await eventually(async () => expect(await totalOf(lab.worker, business.fulfilled)).toBe(fulfilled + 1))
    })

    test('the same key and body is the same order; with another body it is refused', async () => {
      const key = randomUUID()
      const first = await placeOrder(lab.shop.url, anOrder(20), key)
      const second = await placeOrder(lab.shop.url, anOrder(20), key)
      expect(second.body.id).toBe(first.body.id)
      expect(second.status).toBeLessThan(300)
      const other = await placeOrder(lab.shop.url, anOrder(21), key)
      expect([409, 422]).toContain(other.status)
      expect(other.body).toMatchObject({
        error: expect.any(String),
        message: expect.stringContaining('idempotency'),
      })
    })

    test('ten requests with one key at the same time place one order and take one payment', async () => {
      const approved = () => totalOf(lab.payments, business.payments, { outcome: 'approved' })
      const placed = () => totalOf(lab.shop, business.orders, { outcome: 'placed' })
      const [approvedBefore, placedBefore] = [await approved(), await placed()]
      const key = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => placeOrder(lab.shop.url, anOrder(30), key)),
      )
      expect(answers.filter(({ status }) => status >= 500)).toEqual([])
      const ids = answers.filter(({ status }) => status < 300).map(({ body }) => body.id)
      expect(ids.length).toBeGreaterThan(0)
      expect(new Set(ids).size).toBe(1)
      expect(await placed()).toBe(placedBefore + 1)
      expect(await approved()).toBe(approvedBefore + 1)
    })

    test('a product that does not exist cannot be ordered', async () => {
      const { status, body } = await placeOrder(lab.shop.url, anOrder(999_999))
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
      expect(body).toMatchObject({ message: expect.stringContaining('999999') })
    })

    test('exports every order, one JSON object a line', async () => {
      const placed = await Promise.all([1, 2, 3].map(product => placeOrder(lab.shop.url, anOrder(product))))
      const answer = await fetch(shop('/orders/export'))
      expect(answer.headers.get('content-type')).toContain('ndjson')
      const lines = (await answer.text()).trim().split('\n')
      const ids = lines.map(line => (JSON.parse(line) as { id: string }).id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).toEqual(expect.arrayContaining(placed.map(({ body }) => body.id)))
    })

    test('poisoned jobs end as dead letters, are listed, and can be sent again', async () => {
      const dead = () => totalOf(lab.worker, jobs.deadLettered, { messaging_destination_name: 'fulfilment' })
      const depth = () =>
        totalOf(lab.worker, jobs.depth, { messaging_destination_name: 'fulfilment', state: 'dead' })
      const before = await dead()
      await fault('POST', 'poison-messages', { intensity: 1, duration: 60 })
      expect((await placeOrder(lab.shop.url)).status).toBe(201)
      await fault('DELETE', 'poison-messages')
      await eventually(async () => expect(await dead()).toBe(before + 1), 30_000)
      await eventually(async () => expect(await depth()).toBe(1))
      const listed = await get<{ deadLetters: object[] }>(`${lab.worker.url}/dead-letters`)
      expect(listed.body.deadLetters).toEqual([
        expect.objectContaining({ reason: expect.stringContaining('expected its id') }),
      ])
      const again = await fetch(`${lab.worker.url}/dead-letters/retry`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      expect(again.status).toBeLessThan(300)
      await eventually(async () => expect(await dead()).toBe(before + 2), 30_000)
      expect((await get(`${lab.worker.url}/queues`)).status).toBe(200)
    }, 70_000)

    test('a payment that does not answer is given up, and can be tried again with the same key', async () => {
      const gaveUp = () => totalOf(lab.shop, resilience.giveUps, { dependency: 'payments' })
      const before = await gaveUp()
      const key = randomUUID()
      await fault('POST', 'payments-down', { duration: 60 }, 'payments')
      const refused = await placeOrder(lab.shop.url, anOrder(40), key)
      expect(refused.status).toBeGreaterThanOrEqual(502)
      expect(refused.body).toMatchObject({ error: expect.any(String), message: expect.any(String) })
      expect(await gaveUp()).toBe(before + 1)
      await fault('DELETE', 'payments-down', undefined, 'payments')
      await eventually(
        async () => expect((await placeOrder(lab.shop.url, anOrder(40), key)).status).toBe(201),
        30_000,
      )
    }, 60_000)

    test('a breaker opens while payments is down, fails fast, and closes again', async () => {
      const isOpen = () =>
        totalOf(lab.shop, resilience.breakerState, { dependency: 'payments', state: 'open' })
      const isClosed = () =>
        totalOf(lab.shop, resilience.breakerState, { dependency: 'payments', state: 'closed' })
      await fault('POST', 'payments-down', { duration: 60 }, 'payments')
      await eventually(async () => {
        await placeOrder(lab.shop.url)
        expect(await isOpen()).toBe(1)
      }, 30_000)
      const failures = { dependency: 'payments', reason: 'breaker_open' }
      await eventually(async () => {
        await placeOrder(lab.shop.url)
        expect(await totalOf(lab.shop, resilience.giveUps, failures)).toBeGreaterThan(0)
      })
      await fault('DELETE', 'payments-down', undefined, 'payments')
      await eventually(async () => {
        await placeOrder(lab.shop.url)
        await wait(200)
        expect(await isClosed()).toBe(1)
      }, 40_000)
    }, 90_000)

    async function fault(
      method: 'POST' | 'DELETE',
      id: string,
      body?: object,
      role: 'shop' | 'payments' = 'shop',
    ) {
      const answer = await fetch(`${lab[role].adminUrl}/faults/${id}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      expect(answer.status, await answer.clone().text()).toBe(200)
    }
  })
})
