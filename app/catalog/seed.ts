import type { Pool } from 'pg'
import { log } from '../../otel/logs.ts'
import { inTransaction } from '../database/pool.ts'
import { generateProducts } from './product-generator.ts'
import type { Product } from './products.ts'

const rowsPerStatement = 2000

/** Fills an empty catalogue; one that has products is left as it is. */
export async function seedProducts(
  pool: Pool,
  products: () => Product[] = generateProducts,
): Promise<number> {
  return inTransaction(pool, async client => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('seed products'))`)
    const { rows } = await client.query<{ seeded: boolean }>('SELECT EXISTS (SELECT FROM products) AS seeded')
    if (rows[0]!.seeded) return 0
    const all = products()
    for (let start = 0; start < all.length; start += rowsPerStatement)
      await client.query({
        summary: 'seed products',
        text: `
          INSERT INTO products (id, name, description, category, price, stock)
          SELECT id, name, description, category, price, stock FROM json_populate_recordset(NULL::products, $1)`,
        values: [JSON.stringify(all.slice(start, start + rowsPerStatement))],
      })
    log.info({ products: all.length }, 'catalogue seeded')
    return all.length
  })
}
