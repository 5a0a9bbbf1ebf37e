/** One pool of many connections behaves the same on the embedded database as on the real one. */

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases } from './support/databases.ts'
import { eventually } from './support/eventually.ts'
import { titled } from './support/programs.ts'
import type { RealServer } from './support/real-servers.ts'

describe.each(databases)('many connections to $name', ({ start, missing }) => {
  describe.skipIf(missing !== undefined)(titled('as the processes of the shop use it', missing), () => {
    let server: RealServer
    let pool: pg.Pool

    beforeAll(async () => {
      server = await start()
      pool = new pg.Pool({ connectionString: server.url, max: 12 })
      pool.on('error', () => {})
      await pool.query('CREATE TABLE counters (id integer PRIMARY KEY, value integer NOT NULL)')
      await pool.query('INSERT INTO counters SELECT id, 0 FROM generate_series(0, 9) AS id')
    })
    afterAll(async () => {
      await pool?.end()
      await server?.stop()
    })

    test('statements of different connections do not mix, failing ones included', async () => {
      const results = await Promise.all(
        Array.from({ length: 600 }, async (_, index) => {
          if (index % 3 === 0)
            return (await pool.query('SELECT $1::int AS value', [index])).rows[0]?.value === index
          if (index % 3 === 1)
            return (
              (await pool.query('SELECT $1::text AS word, $2::int AS n', [`w${index}`, index])).rows[0]
                ?.word === `w${index}`
            )
          const refused = await pool.query('SELECT 1 / $1::int', [0]).catch((error: unknown) => error)
          return refused instanceof Error && 'code' in refused && refused.code === '22012'
        }),
      )
      expect(results.filter(isRight => !isRight)).toEqual([])
    })

    test('transactions are isolated, and all or nothing', async () => {
      const before = await total()
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const client = await pool.connect()
          try {
            await client.query('BEGIN')
            await client.query('UPDATE counters SET value = value + 1 WHERE id = $1', [index % 10])
            await client.query(index % 4 === 0 ? 'ROLLBACK' : 'COMMIT')
          } finally {
            client.release()
          }
        }),
      )
      expect((await total()) - before).toBe(75)
    })

    test('what is not committed is not seen, and a lost connection gives its transaction up', async () => {
      const before = await total()
      const client = await pool.connect()
      client.on('error', () => {})
      await client.query('BEGIN')
      await client.query('UPDATE counters SET value = value + 1000')
      // pg's types do not show the socket, and nothing else breaks a connection as a crash does.
      const { connection } = client as unknown as { connection: { stream: { destroy: () => void } } }
      connection.stream.destroy()
      client.release(true)
      await eventually(async () => expect(await total()).toBe(before))
    })

    test('a transaction that is left idle is given up, so that it keeps nobody waiting for ever', async () => {
      const client = new pg.Client({
        connectionString: server.url,
        idle_in_transaction_session_timeout: 1000,
      })
      client.on('error', () => {})
      await client.connect()
      const before = await total()
      await client.query('BEGIN')
      await client.query('UPDATE counters SET value = value + 1000')
      await new Promise(resolve => setTimeout(resolve, 1500))
      expect(await total()).toBe(before)
      await expect(client.query('COMMIT')).rejects.toThrow()
    }, 30_000)

    test('results larger than a packet arrive whole', async () => {
      const { rows } = await pool.query<{ text: string }>(
        `SELECT repeat('x', 1000) AS text FROM generate_series(1, 5000)`,
      )
      expect(rows.length).toBe(5000)
      expect(rows.every(row => row.text.length === 1000)).toBe(true)
      const sent = 'y'.repeat(2_000_000)
      expect((await pool.query('SELECT length($1) AS length', [sent])).rows[0].length).toBe(sent.length)
    })

    async function total(): Promise<number> {
      const { rows } = await pool.query<{ total: number }>('SELECT sum(value)::int AS total FROM counters')
      return rows[0]!.total
    }
  })
})
