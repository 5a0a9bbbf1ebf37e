import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ImageFiles } from './image.ts'
import { settings } from './settings.ts'
import { tidyUp } from './upkeep.ts'

let db: PGlite
beforeAll(async () => {
  db = await PGlite.create(settings(undefined))
})
afterAll(() => db?.close())

test('however much is written, the log and the tables stay small', async () => {
  await db.exec('CREATE TABLE stock (product integer PRIMARY KEY, note text)')
  await db.exec(`INSERT INTO stock SELECT product, repeat('x', 500) FROM generate_series(1, 2000) AS product`)
  const sizes: { log: number; table: number }[] = []
  for (let round = 0; round < 30; round++) {
    await db.exec(`UPDATE stock SET note = repeat('${round % 10}', 500)`)
    // Postgres tells its statistics once a second.
    await db.exec('SELECT pg_stat_force_next_flush()')
    await tidyUp(db, work => work())
    const { rows } = await db.query<{ log: number; table: number }>(
      `SELECT (SELECT sum(size)::int FROM pg_ls_waldir()) AS log, pg_table_size('stock')::int AS table`,
    )
    sizes.push(rows[0]!)
  }
  expect(Math.max(...sizes.map(({ log }) => log))).toBeLessThan(20_000_000)
  // Two versions of each row, that which is and that which is written.
  expect(sizes.at(-1)!.table).toBeLessThan(2.5 * 2000 * 540)
  expect((await db.query('SELECT count(*)::int AS rows FROM stock')).rows).toEqual([{ rows: 2000 }])
})

test('a database opens from the image of another, and what it writes stays with it', async () => {
  const image = Buffer.from(await (await db.dumpDataDir('none')).arrayBuffer())
  const open = (bytes: Buffer<ArrayBuffer>) =>
    PGlite.create({ ...settings(undefined), fs: new ImageFiles(Buffer.from(bytes)) })
  const [first, second] = await Promise.all([open(image), open(image)])
  await first.exec(`
    INSERT INTO stock SELECT product, 'more' FROM generate_series(3000, 20000) AS product;
    DELETE FROM stock WHERE product < 2000`)
  const count = async (database: PGlite) =>
    (await database.query<{ rows: number }>('SELECT count(*)::int AS rows FROM stock')).rows[0]!.rows
  expect([await count(first), await count(second), await count(db)]).toEqual([17_002, 2000, 2000])
  await Promise.all([first.close(), second.close()])
})
