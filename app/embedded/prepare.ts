import { seedProducts } from '../catalog/seed.ts'
import { migrate } from '../database/migrations.ts'
import { openPool } from '../database/pool.ts'

/** The schema and the catalogue, in an empty database. */
export async function prepareShop(url: string): Promise<void> {
  const pool = openPool({ url, size: 1, application: 'prepare' })
  await migrate(pool)
  await seedProducts(pool)
  await pool.end()
}
