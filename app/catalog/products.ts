/** Reading the catalogue, and taking from its stock. */

import { searchDocument } from '../database/migrations.ts'
import type { Queryable } from '../database/pool.ts'
import { askedFaults } from '../faults/switch.ts'

export interface Product {
  id: number
  name: string
  description: string
  category: string
  /** In cents. */
  price: number
  stock: number
}

const columns = 'id, name, description, category, price, stock'
const shortColumns = 'id, name, category, price'

type ProductSummary = Pick<Product, 'id' | 'name' | 'category' | 'price'>

export async function findProduct(db: Queryable, id: number): Promise<Product | undefined> {
  const { rows } = await db.query<Product>({
    summary: 'product by id',
    text: `SELECT ${columns} FROM products WHERE id = $1`,
    values: [id],
  })
  return rows[0]
}

export async function findProducts(db: Queryable, ids: readonly number[]): Promise<ProductSummary[]> {
  const { rows } = await db.query<ProductSummary>({
    summary: 'products by ids',
    text: `SELECT ${shortColumns} FROM products WHERE id = ANY($1) ORDER BY array_position($1, id)`,
    values: [ids],
  })
  return rows
}

interface ProductPage {
  page: number
  size: number
  products: ProductSummary[]
  /** The number of the following page, null on the last one. */
  next: number | null
}

export const listFaults = askedFaults('n-plus-one')

export async function listProducts(db: Queryable, page: number, size: number): Promise<ProductPage> {
  const { rows } = await db.query<ProductSummary>({
    summary: 'list products',
    // Ids have no gaps, so a page starts where it can be looked up instead of being counted to.
    text: `SELECT ${shortColumns} FROM products WHERE id > $2 ORDER BY id LIMIT $1`,
    values: [size + 1, (page - 1) * size],
  })
  const products = rows.slice(0, size)
  const again = listFaults.intensity('n-plus-one', 'main') ?? 0
  for (let read = 0; read < again; read++) for (const { id } of products) await findProduct(db, id)
  return { page, size, products, next: rows.length > size ? page + 1 : null }
}

const mostRanked = 200
/** The same words in another order: no index has that expression, so every product is read and parsed. */
const unindexedDocument = `to_tsvector('english', description || ' ' || name)`

export const searchFaults = askedFaults('slow-query')

/** The best of the first matches: ranking all matches of a common word would cost more than finding them. */
export async function searchProducts(db: Queryable, words: string, limit: number): Promise<ProductSummary[]> {
  const isUnindexed = Math.random() < (searchFaults.intensity('slow-query', 'main') ?? 0)
  const { rows } = await db.query<ProductSummary>({
    summary: 'search products',
    text: `
      SELECT ${shortColumns} FROM (
        SELECT * FROM products
        WHERE ${isUnindexed ? unindexedDocument : searchDocument} @@ websearch_to_tsquery('english', $1)
        LIMIT ${mostRanked}
      ) AS matching
      ORDER BY ts_rank(${searchDocument}, websearch_to_tsquery('english', $1)) DESC, id
      LIMIT $2`,
    values: [words, limit],
  })
  return rows
}

/** What the recommendations compare. */
export async function wordsOfProducts(db: Queryable): Promise<{ id: number; words: string }[]> {
  const { rows } = await db.query<{ id: number; words: string }>({
    summary: 'words of all products',
    text: `SELECT id, name || ' ' || category || ' ' || description AS words FROM products ORDER BY id`,
  })
  return rows
}
