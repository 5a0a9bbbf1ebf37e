import compress from '@fastify/compress'
import etag from '@fastify/etag'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { type Cache, createCache } from '../cache/cache.ts'
import type { SharedCache } from '../cache/shared.ts'
import { httpError } from '../http/errors.ts'
import { text, wholeText } from '../http/input.ts'
import {
  findProduct,
  findProducts,
  listProducts,
  type Product,
  searchProducts,
  wordsOfProducts,
} from './products.ts'
import { createRecommender } from './recommendations.ts'
import { wordLists } from './word-lists.ts'

const productId = { min: 1, max: 2_147_483_647 }
const foundAtMost = 20

/** Long enough that the few visitors of a quiet night still find most of what they ask for. */
export const cacheSizes = {
  // An order removes what it takes, so only stock that comes back is shown late.
  products: { max: 5000, ttlMs: 300_000 },
  // They compare the words of products, which stay as they are while the shop runs.
  recommendations: { max: 1000, ttlMs: 3_600_000 },
} as const

export function createProductCache(db: Pool, shared: SharedCache | undefined): Cache<Product> {
  return createCache({
    name: 'products',
    ...cacheSizes.products,
    load: key => findProduct(db, Number(key)),
    shared,
  })
}

export async function catalogRoutes(
  app: FastifyInstance,
  { db, products }: { db: Pool; products: Cache<Product> },
): Promise<void> {
  const recommend = createRecommender(wordLists(await wordsOfProducts(db)))
  const recommendations = createCache({
    name: 'recommendations',
    ...cacheSizes.recommendations,
    load: async key => {
      const similar = await recommend(Number(key))
      return findProducts(
        db,
        similar.map(({ id }) => id),
      )
    },
  })

  async function existing(params: unknown): Promise<Product> {
    const id = wholeText(params as Record<string, unknown>, 'id', productId)
    const product = await products.get(String(id))
    if (product === undefined) throw httpError(404, `No such product: ${id}`)
    return product
  }

  await app.register(etag, { weak: true })
  await app.register(compress, { threshold: 1024, encodings: ['gzip', 'identity'] })

  app.get('/products', async (request, reply) => {
    const query = request.query as Record<string, unknown>
    const page = wholeText(query, 'page', { min: 1, max: 100_000, preset: 1 })
    const size = wholeText(query, 'size', { min: 1, max: 100, preset: 20 })
    reply.header('cache-control', 'public, max-age=5')
    return listProducts(db, page, size)
  })

  app.get('/products/:id', async request => existing(request.params))

  app.get('/products/:id/recommendations', async request => {
    const { id } = await existing(request.params)
    return { product: id, recommendations: (await recommendations.get(String(id))) ?? [] }
  })

  app.get('/search', async request => {
    const words = text(request.query as Record<string, unknown>, 'q', { min: 2, max: 100 })
    return { query: words, products: await searchProducts(db, words, foundAtMost) }
  })
}
