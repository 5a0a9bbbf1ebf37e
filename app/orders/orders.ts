/**
 * Orders in the database; every change of state is one transaction.
 *
 * An order holds its stock from `pending` on. `declined` and `failed` give it back, and a retry of a failed order takes
 * it again. Each try of an order has a number, and only the try that began last may settle it: one that was slow and
 * has been taken over changes nothing.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { inTransaction, type Queryable } from '../database/pool.ts'
import { httpError } from '../http/errors.ts'

export interface OrderRequest {
  customer: string
  items: { product: number; quantity: number }[]
}

export interface Order {
  id: string
  customer: string
  status: 'pending' | 'placed' | 'declined' | 'failed' | 'fulfilled'
  /** In cents. */
  total: number
  createdAt: string
  fulfilledAt: string | null
}

/** One try to pay for an order. */
export interface Attempt {
  order: string
  number: number
  /** The key under which payments charges once, however often it is asked. */
  payment: string
}

/** What became of a request to order: it is ours to pay, or somebody has already answered it. */
type Begun = { replayed: false; order: Order; attempt: Attempt } | { replayed: true; order: Order }

const columns = `id, customer, status, total::float8 AS total, created_at AS "createdAt", fulfilled_at AS "fulfilledAt"`

/**
 * A pending order older than this was left by a crash: a payment takes 5 s at most, three attempts of a second and
 * the pauses between them. Whoever repeats its request takes it over, or the sweep does.
 */
export const abandonedAfterSeconds = 30

/** Takes the stock and notes the order as pending, once for each idempotency key. */
export async function beginOrder(db: Pool, key: string, request: OrderRequest): Promise<Begun> {
  const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex')
  const id = randomUUID()
  return inTransaction(db, async transaction => {
    const { rows } = await transaction.query<Order>({
      summary: 'insert order',
      text: `INSERT INTO orders (id, payment, idempotency_key, request_hash, customer, status, total)
        VALUES ($1, $1, $2, $3, $4, 'pending', 0) ON CONFLICT (idempotency_key) DO NOTHING RETURNING ${columns}`,
      values: [id, key, hash, request.customer],
    })
    const created = rows[0]
    if (created === undefined) return repeatOrder(transaction, key, hash, request)
    const total = await takeStock(transaction, request)
    await noteItems(transaction, id, total, request)
    return {
      replayed: false,
      order: { ...created, total },
      attempt: { order: id, number: 1, payment: id },
    }
  })
}

/** The same key again: the first answer, a new try for what failed, or a refusal. */
async function repeatOrder(
  transaction: PoolClient,
  key: string,
  hash: string,
  request: OrderRequest,
): Promise<Begun> {
  const { rows } = await transaction.query<Order & { hash: string; abandoned: boolean }>({
    summary: 'order by key',
    text: `SELECT ${columns}, request_hash AS hash,
        attempted_at < now() - interval '${abandonedAfterSeconds} seconds' AS abandoned
      FROM orders WHERE idempotency_key = $1 FOR UPDATE`,
    values: [key],
  })
  const { hash: firstHash, abandoned, ...order } = rows[0]!
  if (firstHash !== hash)
    throw httpError(
      422,
      'Cannot use this idempotency-key again: expected the same body as the first time, got another',
    )
  if (order.status === 'pending' && !abandoned)
    throw httpError(
      409,
      'Cannot place this order twice: the first request with its idempotency-key is still under way',
    )
  if (order.status !== 'pending' && order.status !== 'failed') return { replayed: true, order }
  if (order.status === 'failed') await takeStock(transaction, request)
  const attempt = await tryAgain(transaction, order.id)
  return { replayed: false, order: { ...order, status: 'pending' }, attempt }
}

/** Makes the order pending under a new number, so that every earlier try of it comes too late. */
async function tryAgain(transaction: PoolClient, order: string): Promise<Attempt> {
  const { rows } = await transaction.query<Attempt>({
    summary: 'retry order',
    text: `UPDATE orders SET status = 'pending', attempt = attempt + 1, attempted_at = now(), payment_open = true
      WHERE id = $1 RETURNING id AS order, attempt AS number, payment`,
    values: [order],
  })
  return rows[0]!
}

/** Products are locked in the order of their ids, so that two orders never wait for each other. */
async function takeStock(transaction: PoolClient, { items }: OrderRequest): Promise<number> {
  const ids = items.map(({ product }) => product)
  const { rows: found } = await transaction.query<{ id: number; stock: number; price: number }>({
    summary: 'lock products',
    text: 'SELECT id, stock, price FROM products WHERE id = ANY($1) ORDER BY id FOR UPDATE',
    values: [ids],
  })
  const byId = new Map(found.map(product => [product.id, product]))
  let total = 0
  for (const { product, quantity } of items.toSorted((a, b) => a.product - b.product)) {
    const known = byId.get(product)
    if (known === undefined) throw httpError(404, `No such product: ${product}`)
    if (known.stock < quantity)
      throw httpError(409, `Not enough of product ${product}: expected ${quantity}, got ${known.stock}`)
    total += known.price * quantity
  }
  await transaction.query({
    summary: 'take stock',
    text: `UPDATE products SET stock = stock - taken.quantity
      FROM unnest($1::int[], $2::int[]) AS taken (product, quantity) WHERE id = taken.product`,
    values: [ids, items.map(({ quantity }) => quantity)],
  })
  return total
}

async function noteItems(
  transaction: PoolClient,
  order: string,
  total: number,
  { items }: OrderRequest,
): Promise<void> {
  await transaction.query({
    summary: 'insert order items',
    text: `INSERT INTO order_items (order_number, product, quantity, price)
      SELECT orders.number, wanted.product, wanted.quantity, products.price
      FROM unnest($2::int[], $3::int[]) AS wanted (product, quantity)
      JOIN products ON products.id = wanted.product JOIN orders ON orders.id = $1`,
    values: [order, items.map(({ product }) => product), items.map(({ quantity }) => quantity)],
  })
  await transaction.query({
    summary: 'set order total',
    text: 'UPDATE orders SET total = $2 WHERE id = $1',
    values: [order, total],
  })
}

/**
 * `announce` runs in the same transaction, so an order is placed exactly when its job is sent. A try that has been
 * taken over gets the order as its successor left it.
 */
export async function settleOrder(
  db: Pool,
  { order, number }: Attempt,
  status: 'placed' | 'declined' | 'failed',
  announce: (transaction: PoolClient) => Promise<unknown> = async () => {},
): Promise<Order> {
  return inTransaction(db, async transaction => {
    const { rows } = await transaction.query<Order>({
      summary: 'settle order',
      text: `UPDATE orders SET status = $3
        WHERE id = $1 AND attempt = $2 AND status = 'pending' RETURNING ${columns}`,
      values: [order, number, status],
    })
    if (rows[0] === undefined) return (await findOrder(transaction, order))!
    if (status === 'placed') await announce(transaction)
    else
      await transaction.query({
        summary: 'return stock',
        text: `UPDATE products SET stock = stock + items.quantity
          FROM order_items AS items JOIN orders ON orders.number = items.order_number
          WHERE orders.id = $1 AND products.id = items.product`,
        values: [order],
      })
    return rows[0]
  })
}

/** Under this much a product is ordered from its maker, so that the shop never runs dry. */
const lowStock = 200
const resupply = 5000

/** Says whether there was something to do: a job may come twice, an order is fulfilled once. */
export async function fulfilOrder(db: Pool, id: unknown): Promise<boolean> {
  if (typeof id !== 'string') throw new Error(`Cannot fulfil an order: expected its id, got ${typeof id}`)
  return inTransaction(db, async transaction => {
    const { rows } = await transaction.query<{ number: string }>({
      summary: 'fulfil order',
      text: `UPDATE orders SET status = 'fulfilled', fulfilled_at = now()
        WHERE id = $1 AND status = 'placed' RETURNING number`,
      values: [id],
    })
    if (rows[0] === undefined) return false
    await transaction.query({
      summary: 'resupply products',
      text: `UPDATE products SET stock = stock + ${resupply}
        WHERE stock < ${lowStock} AND id IN (SELECT product FROM order_items WHERE order_number = $1)`,
      values: [rows[0].number],
    })
    return true
  })
}

export async function findOrder(
  db: Queryable,
  id: string,
): Promise<(Order & { items: unknown[] }) | undefined> {
  const { rows } = await db.query<Order & { items: unknown[] }>({
    summary: 'order by id',
    text: `SELECT ${columns}, (
        SELECT coalesce(json_agg(json_build_object('product', product, 'quantity', quantity, 'price', price)
          ORDER BY product), '[]')
        FROM order_items WHERE order_number = orders.number
      ) AS items
      FROM orders WHERE id = $1`,
    values: [id],
  })
  return rows[0]
}

const pageSize = 500

/** The newest orders first, read page by page, no faster than they are taken. */
export async function* exportOrders(db: Pool, limit: number): AsyncGenerator<Order> {
  let before: string | null = null
  for (let left = limit; left > 0; ) {
    const { rows }: { rows: (Order & { number: string })[] } = await db.query({
      summary: 'export orders',
      text: `SELECT number, ${columns} FROM orders WHERE $1::bigint IS NULL OR number < $1
        ORDER BY number DESC LIMIT $2`,
      values: [before, Math.min(pageSize, left)],
    })
    for (const { number: _number, ...order } of rows) yield order
    if (rows.length < pageSize) return
    left -= rows.length
    before = rows.at(-1)!.number
  }
}
