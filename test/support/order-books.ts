/** An auditor's books of the shop's orders: what customers were told against what the database and the bank know. */

import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { Customers } from './customers.ts'

/** Enough that nothing is resupplied, so what is missing at the end is what was sold. */
const stock = 1_000_000

export interface OrderBooks {
  acknowledged: number
  /** Acknowledged orders that are not there, or there twice. */
  missing: string[]
  doubled: string[]
  chargedTwice: string[]
  chargedAndNotPlaced: string[]
  placedAndNotCharged: string[]
  /** Orders that were placed and have no job that is done or will be, or that were fulfilled twice. */
  jobsLost: string[]
  jobsDoubled: string[]
  /** Pieces that have left the stock and belong to no order, below 0 those sold and still in stock. */
  stockAmiss: number
}

/** A connection that outlives the end of its database. */
export async function openBooks(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Counts fulfilments from now on, where nothing of the shop can undo or hide one. */
export async function beginBooks(client: pg.Client, products: number): Promise<void> {
  await client.query(`
    UPDATE products SET stock = ${stock} WHERE id <= ${products};
    CREATE TABLE fulfilments (id uuid);
    CREATE FUNCTION count_fulfilment() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO fulfilments VALUES (new.id); RETURN new; END $$;
    CREATE TRIGGER count_fulfilment AFTER UPDATE ON orders FOR EACH ROW
      WHEN (new.status = 'fulfilled') EXECUTE FUNCTION count_fulfilment()`)
}

/** As if a minute had passed since the last order, so that the sweep takes up what was left at once. */
export async function letOrdersAge(client: pg.Client): Promise<void> {
  await client.query(
    `UPDATE orders SET attempted_at = attempted_at - interval '1 minute' WHERE status IN ('pending', 'failed')`,
  )
}

/** Orders and payments that the sweep still has to settle. */
export async function unsettled(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query(
    `SELECT id, status FROM orders WHERE status IN ('pending', 'failed') AND payment_open
      UNION ALL SELECT order_id, 'to void' FROM payments_to_void`,
  )
  return rows
}

/** Orders whose job is still to be done. */
export async function unfulfilled(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query(`SELECT id, status FROM orders WHERE status = 'placed'`)
  return rows
}

export async function readBooks(
  client: pg.Client,
  ledger: string,
  { acknowledged }: Pick<Customers, 'acknowledged'>,
): Promise<OrderBooks> {
  const { rows: orders } = await client.query<{
    id: string
    key: string
    payment: string
    status: string
    fulfilments: number
    jobs: number
  }>(
    `SELECT orders.id, idempotency_key AS key, payment, status,
        (SELECT count(*)::int FROM fulfilments WHERE fulfilments.id = orders.id) AS fulfilments,
        (SELECT count(*)::int FROM pgboss.job WHERE name = 'fulfilment' AND data->>'order' = orders.id::text
          AND state IN ('created', 'retry', 'active', 'completed')) AS jobs
      FROM orders`,
  )
  const { rows: pieces } = await client.query<{ gone: number; ordered: number }>(
    `SELECT (SELECT coalesce(sum(${stock} - stock), 0)::int FROM products WHERE stock > ${stock / 2}) AS gone,
      (SELECT coalesce(sum(quantity), 0)::int FROM order_items JOIN orders ON number = order_number
        WHERE status IN ('pending', 'placed', 'fulfilled')) AS ordered`,
  )
  const byId = Map.groupBy(orders, ({ id }) => id)
  const byKey = Map.groupBy(orders, ({ key }) => key)
  const placed = orders.filter(({ status }) => status === 'placed' || status === 'fulfilled')
  const isPlaced = new Set(placed.map(({ id }) => id))
  const paid = new Set(placed.map(({ payment }) => payment))
  const { charged, twice } = readLedger(ledger)
  const toldTwice = [...Map.groupBy(acknowledged, ({ id }) => id)].filter(([, those]) => those.length > 1)
  return {
    acknowledged: acknowledged.length,
    missing: acknowledged
      .filter(({ id, key }) => !isPlaced.has(id) || byKey.get(key)?.[0]?.id !== id)
      .map(({ id }) => id),
    doubled: [
      ...[...byId, ...byKey].filter(([, those]) => those.length > 1).map(([name]) => name),
      ...toldTwice.map(([id]) => id),
    ],
    chargedTwice: twice,
    chargedAndNotPlaced: [...charged].filter(payment => !paid.has(payment)),
    placedAndNotCharged: [...paid].filter(payment => !charged.has(payment)),
    jobsLost: placed.filter(({ jobs }) => jobs === 0).map(({ id }) => id),
    jobsDoubled: orders.filter(({ jobs, fulfilments }) => jobs > 1 || fulfilments > 1).map(({ id }) => id),
    stockAmiss: pieces[0]!.gone - pieces[0]!.ordered,
  }
}

/** The keys of what is charged in the end; a later line about a key replaces an earlier one. */
function readLedger(file: string): { charged: Set<string>; twice: string[] } {
  const decisions = new Map<string, string>()
  const twice: string[] = []
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const { key, decision } = JSON.parse(line) as { key: string; decision: string }
    if (decision === 'approved' && decisions.has(key)) twice.push(key)
    decisions.set(key, decision)
  }
  const charged = [...decisions].flatMap(([key, decision]) => (decision === 'approved' ? [key] : []))
  return { charged: new Set(charged), twice }
}
