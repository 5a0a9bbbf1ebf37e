/**
 * Everything is killed without warning while customers order, one after the other: no order is lost or doubled, and
 * nobody has paid for what is not delivered, also those who gave up after the first refusal.
 */

import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { type Lab, type LabRole, startLab } from './support/lab-processes.ts'
import { findPostgres, findRedis, titled, use, whyMissing } from './support/programs.ts'
import { type MortalServer, startPostgres, startRedis } from './support/real-servers.ts'
import { anOrder, placeOrder } from './support/shop-client.ts'

const postgres = findPostgres()
const redis = findRedis()
const missing = whyMissing(postgres, redis)

const customers = 8
const impatientCustomers = 4
const productsSold = 20
/** Enough that nothing is resupplied, so what is missing at the end is what was sold. */
const stock = 1_000_000
/** A pending order is given up after 30 s, an unfinished job after 60 s and noticed 30 s later. */
const patienceMs = 120_000

interface Acknowledged {
  key: string
  id: string
  product: number
  quantity: number
}

describe.skipIf(missing !== undefined)(titled('killed under load', missing), () => {
  let database: MortalServer
  let cache: MortalServer
  let lab: Lab
  let books: pg.Client
  const folder = mkdtempSync(join(tmpdir(), 'shop-ledger-'))
  const ledger = join(folder, 'payments')

  beforeAll(async () => {
    ;[database, cache] = await Promise.all([startPostgres(use(postgres).bin), startRedis(use(redis).program)])
    lab = await startLab({
      databaseUrl: database.url,
      env: { REDIS_URL: cache.url, PAYMENTS_LEDGER: ledger },
    })
    await keepBooks()
  })
  afterAll(async () => {
    await books?.end()
    await lab?.stop()
    await Promise.all([database?.stop(), cache?.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  test('every acknowledged order exists once, is paid once and is fulfilled once', async () => {
    const acknowledged: Acknowledged[] = []
    const attempts = { sent: 0, refused: 0 }
    let selling = true

    /** As a careful client does: the same key until there is an answer, then the next order. */
    const customer = async (number: number) => {
      for (let count = 0; selling; count++) {
        const product = 1 + ((number + count * customers) % productsSold)
        const quantity = 1 + (count % 3)
        const key = randomUUID()
        for (const deadline = Date.now() + patienceMs; ; await wait(200)) {
          attempts.sent++
          const answer = await placeOrder(lab.shop.url, anOrder(product, quantity), key).catch(
            () => undefined,
          )
          if (answer?.status === 201) {
            acknowledged.push({ key, id: answer.body.id, product, quantity })
            break
          }
          attempts.refused++
          if (answer !== undefined) expect([409, 429, 503]).toContain(answer.status)
          expect(Date.now(), `order ${key} is never acknowledged`).toBeLessThan(deadline)
        }
      }
    }
    /** Never asks twice, so what became of his order is for the shop to find out. */
    const impatient = async (number: number) => {
      for (let count = 0; selling; count++) {
        const product = 1 + ((number + count) % productsSold)
        const key = randomUUID()
        const answer = await placeOrder(lab.shop.url, anOrder(product), key).catch(() => undefined)
        if (answer?.status === 201) acknowledged.push({ key, id: answer.body.id, product, quantity: 1 })
        else await wait(20)
      }
    }
    const sold = Promise.all([
      ...Array.from({ length: customers }, (_, number) => customer(number)),
      ...Array.from({ length: impatientCustomers }, (_, number) => impatient(number)),
    ])
    sold.catch(() => {})

    await wait(2000)
    for (const role of ['payments', 'worker', 'shop'] as const) await killAndRestart(role)
    await killServer(database)
    await killServer(cache)
    for (const role of ['shop', 'worker', 'payments'] as const) await killAndRestart(role)
    selling = false
    await sold

    const inDatabase = await openBooks()
    await eventually(async () => {
      const { rows } = await inDatabase.query(
        `SELECT id, status FROM orders WHERE id = ANY($1) AND status <> 'fulfilled'`,
        [acknowledged.map(({ id }) => id)],
      )
      expect(rows).toEqual([])
    }, patienceMs)
    // The sweep takes up what is 30 s old, every 5 s.
    await eventually(async () => {
      const { rows } = await inDatabase.query(
        `SELECT id, status FROM orders WHERE status IN ('pending', 'failed') AND payment_open
          UNION ALL SELECT order_id, 'to void' FROM payments_to_void
          UNION ALL SELECT id, status FROM orders WHERE status = 'placed'`,
      )
      expect(rows).toEqual([])
    }, patienceMs)
    const { rows: orders } = await inDatabase.query<{
      id: string
      key: string
      payment: string
      status: string
      fulfilments: number
    }>(
      `SELECT orders.id, idempotency_key AS key, payment, status, count(fulfilments.id)::int AS fulfilments
        FROM orders LEFT JOIN fulfilments ON fulfilments.id = orders.id
        GROUP BY orders.id, idempotency_key, payment, status`,
    )
    const charged = netCharges(readFileSync(ledger, 'utf8'))
    const problems = acknowledged.flatMap(({ key, id }) => {
      const found = orders.filter(order => order.id === id || order.key === key)
      const paid = found.filter(({ payment }) => charged.has(payment)).length
      return found.length === 1 && found[0]!.fulfilments === 1 && paid === 1
        ? []
        : [{ key, id, rows: found.length, fulfilments: found[0]?.fulfilments, paid }]
    })
    const fulfilled = new Set(
      orders.filter(({ status }) => status === 'fulfilled').map(order => order.payment),
    )
    const chargedInVain = [...charged].filter(payment => !fulfilled.has(payment))
    const unpaid = [...fulfilled].filter(payment => !charged.has(payment))
    const { rows: stocks } = await inDatabase.query<{ sold: number; recorded: number }>(
      `SELECT (SELECT sum(${stock} - stock)::int FROM products WHERE id <= ${productsSold}) AS sold,
        (SELECT sum(quantity)::int FROM order_items JOIN orders ON number = order_number
          WHERE status = 'fulfilled') AS recorded`,
    )
    console.log(
      `${acknowledged.length} orders acknowledged of ${attempts.sent} requests, ${attempts.refused} of them refused or cut off; ${problems.length} lost or doubled; ${orders.length - acknowledged.length} unacknowledged; ${chargedInVain.length} charged and not placed, ${unpaid.length} placed and not charged`,
    )
    expect(problems).toEqual([])
    expect(chargedInVain).toEqual([])
    expect(unpaid).toEqual([])
    expect(orders.filter(({ fulfilments }) => fulfilments > 1)).toEqual([])
    expect(new Set(acknowledged.map(({ id }) => id)).size).toBe(acknowledged.length)
    expect(stocks[0]!.recorded).toBe(stocks[0]!.sold)
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(attempts.refused, 'the crashes were felt').toBeGreaterThan(0)
  }, 420_000)

  /** The keys of what is charged in the end; a later line about a key replaces an earlier one. */
  function netCharges(text: string): Set<string> {
    const decisions = new Map<string, string>()
    for (const each of text.split('\n').filter(Boolean)) {
      const { key, decision } = JSON.parse(each) as { key: string; decision: string }
      if (decision === 'approved') expect(decisions.has(key), `${key} is charged twice`).toBe(false)
      decisions.set(key, decision)
    }
    return new Set([...decisions].flatMap(([key, decision]) => (decision === 'approved' ? [key] : [])))
  }

  async function killAndRestart(role: LabRole): Promise<void> {
    const { child, ended, lines, stderr } = lab[role]
    const lastWords = () => `${JSON.stringify(lines().slice(-5), null, 1)}\n${stderr()}`
    expect(child.exitCode, `${role} has ended by itself: ${lastWords()}`).toBeNull()
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    await wait(500)
    await lab.restart(role)
    await wait(1500)
  }

  async function killServer(server: MortalServer): Promise<void> {
    await server.kill('SIGKILL')
    await wait(1000)
    await server.start()
    await wait(3000)
  }

  /** Counts fulfilments where nothing of the shop can undo or hide one. */
  async function keepBooks(): Promise<void> {
    const client = await openBooks()
    await client.query(`
      UPDATE products SET stock = ${stock} WHERE id <= ${productsSold};
      CREATE TABLE fulfilments (id uuid);
      CREATE FUNCTION count_fulfilment() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO fulfilments VALUES (new.id); RETURN new; END $$;
      CREATE TRIGGER count_fulfilment AFTER UPDATE ON orders FOR EACH ROW
        WHEN (new.status = 'fulfilled') EXECUTE FUNCTION count_fulfilment()`)
  }

  async function openBooks(): Promise<pg.Client> {
    await books?.end().catch(() => {})
    books = new pg.Client({ connectionString: database.url })
    books.on('error', () => {})
    await books.connect()
    return books
  }
})
