/** The schema as a list of steps; a step that has run anywhere is never changed, only followed by another. */

import type { Pool } from 'pg'
import { log } from '../../otel/logs.ts'
import { inTransaction } from './pool.ts'

/** The expression of the search's index; a query has to write it in the same words to use it. */
export const searchDocument = `to_tsvector('english', name || ' ' || description)`

interface Migration {
  version: number
  name: string
  sql: string
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'products',
    sql: `
      CREATE TABLE products (
        id integer PRIMARY KEY,
        name text NOT NULL,
        description text NOT NULL,
        category text NOT NULL,
        price integer NOT NULL CHECK (price > 0),
        stock integer NOT NULL CHECK (stock >= 0)
      );
      CREATE INDEX products_search ON products USING gin (${searchDocument})`,
  },
  {
    version: 2,
    name: 'orders',
    sql: `
      CREATE TABLE orders (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id uuid NOT NULL UNIQUE,
        idempotency_key text NOT NULL UNIQUE,
        request_hash text NOT NULL,
        customer text NOT NULL,
        status text NOT NULL CHECK (status IN ('pending', 'placed', 'declined', 'failed', 'fulfilled')),
        total bigint NOT NULL,
        attempted_at timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        fulfilled_at timestamptz
      );
      CREATE TABLE order_items (
        order_number bigint NOT NULL REFERENCES orders (number) ON DELETE CASCADE,
        product integer NOT NULL REFERENCES products (id),
        quantity integer NOT NULL CHECK (quantity > 0),
        price integer NOT NULL,
        PRIMARY KEY (order_number, product)
      )`,
  },
  {
    version: 3,
    name: 'payments of orders',
    // An order that failed before this step kept its stock: it is given back here, once.
    sql: `
      ALTER TABLE orders
        ADD COLUMN attempt integer NOT NULL DEFAULT 1,
        ADD COLUMN payment uuid NOT NULL DEFAULT gen_random_uuid(),
        ADD COLUMN payment_open boolean NOT NULL DEFAULT true;
      UPDATE orders SET payment = id;
      CREATE INDEX orders_unsettled ON orders (attempted_at)
        WHERE payment_open AND status IN ('pending', 'failed');
      CREATE TABLE payments_to_void (payment uuid PRIMARY KEY, order_id uuid NOT NULL);
      UPDATE products SET stock = stock + held.quantity
      FROM (
        SELECT product, sum(quantity)::integer AS quantity
        FROM order_items JOIN orders ON number = order_number WHERE status = 'failed' GROUP BY product
      ) AS held
      WHERE products.id = held.product`,
  },
]

/** Brings the schema up to date; processes that start together take turns. */
export async function migrate(pool: Pool, steps: readonly Migration[] = migrations): Promise<number[]> {
  const applied = await inTransaction(pool, async client => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('schema migrations'))`)
    await client.query(`
      CREATE TABLE IF NOT EXISTS schema_migrations (
        version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
      )`)
    const { rows } = await client.query<{ version: number }>('SELECT version FROM schema_migrations')
    const known = new Set(rows.map(row => row.version))
    const missing = steps.filter(step => !known.has(step.version))
    for (const { version, name, sql } of missing) {
      await client.query(sql)
      await client.query('INSERT INTO schema_migrations (version, name) VALUES ($1, $2)', [version, name])
    }
    return missing.map(step => step.version)
  })
  if (applied.length > 0) log.info({ versions: applied }, 'database migrated')
  return applied
}
