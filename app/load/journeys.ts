/** What visitors do, step by step; the number of visitors is the generator's business. */

import type { JourneyName } from '../../contract/budgets.ts'
import { generateProducts, productCount } from '../catalog/product-generator.ts'
import type { Answer, Call } from './client.ts'

interface Visitor {
  random: () => number
  /** Unique within all runs. */
  id: string
  /** Sends a request that is due now; an error or a status above 399 ends the journey. */
  call: (call: Call) => Promise<Answer>
  /** Waits as a person who reads; the next request is due when the wait is over. */
  think: (meanSeconds: number) => Promise<void>
}

export interface Journey {
  /** Share of the arrivals, relative to the other journeys. */
  weight: number
  walk: (visitor: Visitor) => Promise<void>
}

export const journeys: Record<JourneyName, Journey> = {
  browse: {
    weight: 55,
    async walk({ call, think, random }) {
      await call({ method: 'GET', path: `/products?page=${1 + Math.floor(20 * random() ** 3)}&size=20` })
      await think(1)
      await call({ method: 'GET', path: `/products/${popularProduct(random)}` })
    },
  },
  search: {
    weight: 25,
    async walk({ call, think, random }) {
      await call({ method: 'GET', path: `/search?q=${encodeURIComponent(searchWords(random))}` })
      await think(1)
      await call({ method: 'GET', path: `/products/${popularProduct(random)}` })
    },
  },
  recommend: {
    weight: 10,
    async walk({ call, random }) {
      await call({ method: 'GET', path: `/products/${popularProduct(random)}/recommendations` })
    },
  },
  checkout: {
    weight: 9,
    async walk({ call, think, random, id }) {
      const items = [...new Set([anyProduct(random), anyProduct(random)])]
      const answer = await call({
        method: 'POST',
        path: '/orders',
        headers: { 'idempotency-key': id },
        body: JSON.stringify({
          customer: `customer-${Math.floor(random() * 1000)}`,
          items: items.map(product => ({ product, quantity: 1 + Math.floor(random() * 2) })),
        }),
      })
      await think(1)
      const { id: order } = JSON.parse(answer.body) as { id: string }
      await call({ method: 'GET', path: `/orders/${order}` })
    },
  },
  export: {
    weight: 1,
    async walk({ call }) {
      await call({ method: 'GET', path: '/orders/export?limit=1000', discard: true })
    },
  },
}

export const journeyNames = Object.keys(journeys) as JourneyName[]

const shelf = { products: 20, share: 0.7 }

/** What stands in front gets most of the visits. */
function popularProduct(random: () => number): number {
  return random() < shelf.share ? 1 + Math.floor(random() * shelf.products) : anyProduct(random)
}

/** As sales are: each tenfold of the ranks sells as much as the one before, so every product sells some. */
function anyProduct(random: () => number): number {
  return Math.floor(productCount ** random())
}

const names = generateProducts(500).map(product => product.name.toLowerCase().split(' '))

function searchWords(random: () => number): string {
  const name = names[Math.floor(random() * names.length)]!
  return name.slice(-2).join(' ')
}
