/**
 * What a Postgres server does in processes of its own. PGlite has none of them, so without this its log would grow by
 * 16 MB for every few thousand orders, and tables would keep each version of a row there ever was.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'

/** Runs work while nobody else uses the database. */
type InTurn = <T>(work: () => Promise<T>) => Promise<T>

const everyMs = 10_000
const maxLogBytes = 16 * 1024 * 1024
/** As autovacuum decides, by its defaults. Analysing is left out: the words of all products would hold up everybody. */
const untidyTables = `
  SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_all_tables
  WHERE n_dead_tup > 50 + 0.2 * n_live_tup`

export async function keepTidy(db: PGlite, inTurn: InTurn): Promise<never> {
  for (;;) {
    await sleep(everyMs, undefined, { ref: false })
    await tidyUp(db, inTurn)
  }
}

/** One statement per turn, so that those who wait are let in between. */
export async function tidyUp(db: PGlite, inTurn: InTurn): Promise<void> {
  const { rows: untidy } = await inTurn(() => db.query<{ name: string }>(untidyTables))
  for (const { name } of untidy) await inTurn(() => db.exec(`VACUUM ${name}`))
  const { rows } = await inTurn(() =>
    db.query<{ bytes: number }>('SELECT sum(size)::int AS bytes FROM pg_ls_waldir()'),
  )
  if (rows[0]!.bytes > maxLogBytes) await inTurn(() => db.exec('CHECKPOINT'))
}
