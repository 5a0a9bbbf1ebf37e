import pg from 'pg'
import type { Effect } from '../switch.ts'

/** Drops an index and notes its definition in the same transaction, so that no crash can lose it. */
export function dropIndex(pool: pg.Pool, name: string): Effect {
  return async () => {
    await alone(pool, async client => {
      await client.query(
        'CREATE TABLE IF NOT EXISTS lab_dropped_index (name text PRIMARY KEY, definition text NOT NULL)',
      )
      await client.query(
        `INSERT INTO lab_dropped_index
          SELECT indexname, indexdef FROM pg_indexes WHERE indexname = $1 AND schemaname = current_schema()
          ON CONFLICT DO NOTHING`,
        [name],
      )
      await client.query(`DROP INDEX IF EXISTS ${pg.escapeIdentifier(name)}`)
    })
    return () => restoreIndexes(pool)
  }
}

/** Builds again whatever a fault has dropped; every start calls it, for the case that the last run crashed. */
export async function restoreIndexes(pool: pg.Pool): Promise<void> {
  await alone(pool, async client => {
    const { rows } = await client.query<{ present: string | null }>(
      `SELECT to_regclass('lab_dropped_index') AS present`,
    )
    if (rows[0]?.present == null) return
    const dropped = await client.query<{ name: string; definition: string }>(
      'DELETE FROM lab_dropped_index RETURNING name, definition',
    )
    for (const { name, definition } of dropped.rows) {
      await client.query(`DROP INDEX IF EXISTS ${pg.escapeIdentifier(name)}`)
      await client.query(definition)
    }
  })
}

/** A connection of its own and all the time it takes: what undoes a fault must not queue behind its victims. */
async function alone(pool: pg.Pool, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...pool.options, connectionTimeoutMillis: 0, statement_timeout: 0 })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('BEGIN')
    await work(client)
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}
