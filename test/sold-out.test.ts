/** Many customers want the last pieces at once: as many get one as there are, and nobody else. */

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './support/databases.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { titled } from './support/programs.ts'
import type { RealServer } from './support/real-servers.ts'
import { get, placeOrder } from './support/shop-client.ts'

describe.each(databases)('selling out on $name', ({ start, missing }) => {
  describe.skipIf(missing !== undefined)(titled('under concurrent orders', missing), () => {
    let server: RealServer
    let lab: Lab

    beforeAll(async () => {
      server = await start()
      // Without the worker nothing is resupplied.
      lab = await startLab({ databaseUrl: server.url, roles: ['payments', 'shop'] })
    })
    afterAll(async () => {
      await lab?.stop()
      await server?.stop()
    })

    test('one product: each piece is sold once, every other order is refused', async () => {
      const stock = 30
      await setStock({ 501: stock })
      const answers = await Promise.all(Array.from({ length: 100 }, () => buy([501])))
      const refused = answers.filter(({ status }) => status === 409)
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(stock)
      expect(refused).toHaveLength(100 - stock)
      for (const { body } of refused)
        expect(body).toEqual({
          error: 'conflict',
          message: 'Not enough of product 501: expected 1, got 0',
        })
      expect(await stockOf(501)).toBe(0)
      expect(await sold(501)).toBe(stock)
    }, 120_000)

    test('two products in either order: nobody waits for ever, and half an order is none', async () => {
      await setStock({ 502: 25, 503: 40 })
      const answers = await Promise.all(
        Array.from({ length: 80 }, (_, index) => buy(index % 2 === 0 ? [502, 503] : [503, 502])),
      )
      expect(answers.map(({ status }) => status).toSorted()).toEqual([
        ...Array.from({ length: 25 }, () => 201),
        ...Array.from({ length: 55 }, () => 409),
      ])
      expect([await stockOf(502), await stockOf(503)]).toEqual([0, 15])
      expect([await sold(502), await sold(503)]).toEqual([25, 25])
    }, 120_000)

    /** Asks again, with the same key, for as long as the shop is too busy or still at it. */
    const buy = async (products: number[]) => {
      const order = {
        customer: 'ada@example.com',
        items: products.map(product => ({ product, quantity: 1 })),
      }
      const key = randomUUID()
      for (;;) {
        const answer = await placeOrder(lab.shop.url, order, key)
        const isSoldOut = JSON.stringify(answer.body).includes('Not enough')
        if (answer.status === 201 || isSoldOut) return answer
        expect([409, 503], errorsOfShop()).toContain(answer.status)
        await wait(300)
      }
    }

    const errorsOfShop = () =>
      lab.shop
        .lines()
        .filter(line => typeof line === 'object' && line.status === 500)
        .map(line => JSON.stringify(line))
        .join('\n')

    const setStock = (stocks: Record<number, number>) =>
      ask(
        Object.entries(stocks)
          .map(([id, stock]) => `UPDATE products SET stock = ${stock} WHERE id = ${id}`)
          .join(';'),
      )

    /** As a customer sees it, after the sales. */
    const stockOf = async (product: number) =>
      (await get<{ stock: number }>(`${lab.shop.url}/products/${product}`)).body.stock

    const sold = async (product: number) =>
      (
        await ask(
          `SELECT coalesce(sum(quantity), 0)::int AS sold FROM order_items WHERE product = ${product}`,
        )
      )[0].sold

    async function ask(sql: string) {
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      try {
        return (await client.query(sql)).rows
      } finally {
        await client.end()
      }
    }
  })
})
