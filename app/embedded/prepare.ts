import { seedProducts } from '../catalog/seed.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'
import { openQueue } from '../jobs/queue.ts'

/** The schema, the catalogue and the queue, in an empty database. */
export async function prepareShop(url: string): Promise<void> {
  const pool = openPool({ url, size: 2, application: 'prepare' })
  await migrate(pool)
  await seedProducts(pool)
  await (await openQueue(pool, { maintain: false })).stop({ graceful: false })
  // What planning needs to know, and the marks that later readers would have to set.
  await pool.query('VACUUM ANALYZE')
  await pool.end()
}
