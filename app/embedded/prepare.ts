import { once } from 'node:events'
import type { PGlite } from '@electric-sql/pglite'
import { seedProducts } from '../catalog/seed.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'
import { serveWire, urlOf } from '../database/wire.ts'
import { openQueue } from '../jobs/queue.ts'

/** The schema, the catalogue and the queue in an empty database: what the roles do at their start, once for all starts. */
export async function prepareShop(db: PGlite): Promise<void> {
  const server = serveWire(db).server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const pool = openPool({ url: urlOf(server), size: 2, application: 'prepare' })
  await migrate(pool)
  await seedProducts(pool)
  await (await openQueue(pool, { maintain: false })).stop({ graceful: false })
  // New words wait in a list beside their index, which every search would have to read.
  await pool.query('VACUUM products')
  await pool.query('ANALYZE products (id, name, category, price, stock)')
  await pool.end()
  server.close()
}
