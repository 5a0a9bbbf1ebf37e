/** People who order without a pause, and what they were told. */

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'
import { anOrder, placeOrder } from './shop-client.ts'

interface Acknowledged {
  key: string
  id: string
}

interface Crowd {
  /** Repeat an order under its key until it is acknowledged. */
  careful: number
  /** Never ask twice, so what became of their orders is for the shop to find out. */
  impatient: number
  /** They buy the products from 1 to this one. */
  products: number
}

export interface Customers {
  acknowledged: readonly Acknowledged[]
  requests: Readonly<{ sent: number; refused: number }>
  /** No new orders; resolves when everybody has an answer. */
  leave: () => Promise<void>
}

/** However long the shop is away, longer than it may be. */
const patienceMs = 180_000

export function sendCustomers(shopUrl: string, { careful, impatient, products }: Crowd): Customers {
  const acknowledged: Acknowledged[] = []
  const requests = { sent: 0, refused: 0 }
  let selling = true

  async function order(key: string, product: number, quantity: number): Promise<boolean> {
    requests.sent++
    const answer = await placeOrder(shopUrl, anOrder(product, quantity), key).catch(() => undefined)
    if (answer?.status === 201) acknowledged.push({ key, id: answer.body.id })
    else requests.refused++
    if (answer !== undefined) expect([201, 409, 429, 503]).toContain(answer.status)
    return answer?.status === 201
  }

  async function buyCarefully(number: number): Promise<void> {
    for (let count = 0; selling; count++) {
      const key = randomUUID()
      const deadline = Date.now() + patienceMs
      while (!(await order(key, 1 + ((number + count * careful) % products), 1 + (count % 3)))) {
        expect(Date.now(), `order ${key} is never acknowledged`).toBeLessThan(deadline)
        await wait(200)
      }
    }
  }

  async function buyImpatiently(number: number): Promise<void> {
    for (let count = 0; selling; count++)
      if (!(await order(randomUUID(), 1 + ((number + count) % products), 1))) await wait(20)
  }

  const left = Promise.all([
    ...Array.from({ length: careful }, (_, number) => buyCarefully(number)),
    ...Array.from({ length: impatient }, (_, number) => buyImpatiently(number)),
  ])
  left.catch(() => {})
  return {
    acknowledged,
    requests,
    leave: async () => {
      selling = false
      await left
    },
  }
}
