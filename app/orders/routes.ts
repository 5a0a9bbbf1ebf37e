import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Pool } from 'pg'
import type { PgBoss } from 'pg-boss'
import { business } from '../../contract/shop-signals.ts'
import { counter, initialise } from '../../otel/metrics.ts'
import { annotateSpan } from '../../otel/traces.ts'
import type { Cache } from '../cache/cache.ts'
import { badRequest, httpError, tryAgain } from '../http/errors.ts'
import { list, object, text, uuid, whole, wholeText } from '../http/input.ts'
import { type Payment, type PaymentOutcome, PaymentsUnavailable } from '../payments/client.ts'
import { announceOrder, expectAnnouncements } from './announce.ts'
import {
  type Attempt,
  beginOrder,
  exportOrders,
  findOrder,
  type Order,
  type OrderRequest,
  settleOrder,
} from './orders.ts'

interface Parts {
  db: Pool
  boss: PgBoss
  products: Cache<unknown>
  authorize: (payment: Payment) => Promise<PaymentOutcome>
}

type Outcome = (typeof business.orders.labels.outcome)[number]

const orders = counter(business.orders)

export async function orderRoutes(
  app: FastifyInstance,
  { db, boss, products, authorize }: Parts,
): Promise<void> {
  initialise(
    business.orders,
    business.orders.labels.outcome.map(outcome => ({ outcome })),
  )
  expectAnnouncements()

  app.post('/orders', async (request, reply) => {
    const key = readKey(request.headers)
    const wanted = readOrder(request.body)
    const begun = await beginOrder(db, key, wanted)
    annotateSpan({ 'shop.order.id': begun.order.id })
    if (begun.replayed) return answer(begun.order, 'replayed', reply)
    const outcome = await pay(begun.attempt, begun.order.total)
    const settled = await settleOrder(
      db,
      begun.attempt,
      outcome === 'approved' ? 'placed' : 'declined',
      transaction => announceOrder(boss, transaction, begun.order.id),
    )
    for (const { product } of wanted.items) void products.invalidate(String(product))
    return answer(settled, outcome === 'approved' ? 'placed' : 'declined', reply)
  })

  /** Tells the order as it stands, which another try may have settled otherwise. */
  function answer(order: Order, outcome: Outcome, reply: FastifyReply): Order {
    if (order.status === 'pending' || order.status === 'failed') {
      orders.add({ outcome: 'failed' })
      throw tryAgain('This order was taken over by a later try')
    }
    orders.add({ outcome })
    if (order.status === 'declined') throw httpError(402, 'Payment declined')
    reply.code(201)
    return order
  }

  app.get('/orders/:id', async request => {
    const id = uuid(request.params as Record<string, unknown>, 'id')
    const order = await findOrder(db, id)
    if (order === undefined) throw httpError(404, `No such order: ${id}`)
    return order
  })

  app.get('/orders/export', async (request, reply) => {
    const query = request.query as Record<string, unknown>
    const limit = wholeText(query, 'limit', { min: 1, max: 1_000_000, preset: Number.POSITIVE_INFINITY })
    reply.type('application/x-ndjson')
    return reply.send(Readable.from(lines(exportOrders(db, limit))))
  })

  async function pay(attempt: Attempt, amount: number): Promise<PaymentOutcome> {
    try {
      return await authorize({ order: attempt.order, key: attempt.payment, amount })
    } catch (error) {
      orders.add({ outcome: 'failed' })
      await settleOrder(db, attempt, 'failed')
      if (error instanceof PaymentsUnavailable) throw tryAgain(error.message)
      throw error
    }
  }
}

async function* lines(rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}

function readKey(headers: Record<string, unknown>): string {
  const key = text(headers, 'idempotency-key', { min: 8, max: 100 })
  if (/^[\w.:-]+$/.test(key)) return key
  throw badRequest('Cannot read idempotency-key: expected letters, digits, ".", ":", "_" and "-" only')
}

function readOrder(body: unknown): OrderRequest {
  const fields = object(body, 'the body', ['customer', 'items'])
  const customer = text(fields, 'customer', { min: 1, max: 100 })
  const items = list(fields, 'items', { min: 1, max: 20 }).map(each => {
    const item = object(each, 'an item', ['product', 'quantity'])
    return {
      product: whole(item, 'product', { min: 1, max: 2_147_483_647 }),
      quantity: whole(item, 'quantity', { min: 1, max: 100 }),
    }
  })
  if (new Set(items.map(({ product }) => product)).size < items.length)
    throw badRequest('Cannot read items: expected each product once')
  return { customer, items }
}
