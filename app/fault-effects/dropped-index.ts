import type { Pool } from 'pg'
import { inTransaction } from '../database/pool.ts'
import type { Effect } from '../fault-switch.ts'

/** Drops an index and notes its definition in the same transaction, so that no crash can lose it. */
export function dropIndex(pool: Pool, name: string): Effect {
  return async () => {
    await runAll(pool, [
      'create table if not exists lab_dropped_index (name text primary key, definition text not null)',
      `insert into lab_dropped_index
         select indexname, indexdef from pg_indexes where indexname = '${name}' and schemaname = current_schema()
         on conflict do nothing`,
      `drop index if exists "${name}"`,
    ])
    return () => restoreIndexes(pool)
  }
}

/** Builds again whatever a fault has dropped; every start calls it, for the case that the last run crashed. */
export async function restoreIndexes(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ present: string | null }>(
    `select to_regclass('lab_dropped_index') as present`,
  )
  if (rows[0]?.present == null) return
  const dropped = await pool.query<{ name: string; definition: string }>(
    'select name, definition from lab_dropped_index',
  )
  for (const { name, definition } of dropped.rows)
    await runAll(pool, [
      `drop index if exists "${name}"`,
      definition,
      `delete from lab_dropped_index where name = '${name}'`,
    ])
}

function runAll(pool: Pool, statements: string[]): Promise<void> {
  return inTransaction(pool, async client => {
    for (const statement of statements) await client.query(statement)
  })
}
