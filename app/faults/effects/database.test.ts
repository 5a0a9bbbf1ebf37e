import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { serveWire } from '../../database/wire.ts'
import type { RunningFault } from '../switch.ts'
import { dropIndex, restoreIndexes } from './dropped-index.ts'
import { leakConnections } from './pool-leak.ts'

let database: PGlite
let server: Server
let pool: pg.Pool

beforeAll(async () => {
  database = await PGlite.create()
  server = serveWire(database).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  pool = new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 3 })
  await pool.query(`create table shelf (id integer, label text)`)
})
beforeEach(() =>
  pool.query(`create index if not exists shelf_label on shelf using gin (to_tsvector('english', label))`),
)
afterAll(async () => {
  await pool.end()
  server.close()
  await database.close()
})

const running = (intensity: number): RunningFault => ({
  fault: 'pool-leak',
  target: 'main',
  intensity,
  startedAt: new Date(),
  endsAt: new Date(),
})

async function definition(): Promise<string | undefined> {
  const { rows } = await pool.query<{ indexdef: string }>(
    `select indexdef from pg_indexes where indexname = 'shelf_label'`,
  )
  return rows[0]?.indexdef
}

test('the index is gone while the fault runs, and the same afterwards', async () => {
  const before = await definition()
  const stop = await dropIndex(pool, 'shelf_label')(running(1))
  expect(before).toContain('shelf_label')
  expect(await definition()).toBeUndefined()
  await stop()
  expect(await definition()).toBe(before)
})

test('a crash does not lose it: the next start builds it again', async () => {
  const before = await definition()
  await dropIndex(pool, 'shelf_label')(running(1))
  await dropIndex(pool, 'shelf_label')(running(1))
  expect(await definition()).toBeUndefined()
  await restoreIndexes(pool)
  expect(await definition()).toBe(before)
})

test('a start after no fault leaves everything alone', async () => {
  await restoreIndexes(pool)
  await pool.query('drop table if exists lab_dropped_index')
  await restoreIndexes(pool)
  expect(await definition()).toContain('shelf_label')
})

test('connections leak one by one up to the intensity, and come back', async () => {
  const stop = await leakConnections(pool)(running(2))
  await vi.waitFor(() => expect(pool.totalCount - pool.idleCount).toBe(2), { timeout: 10_000 })
  await new Promise(resolve => setTimeout(resolve, 1200))
  expect(pool.totalCount - pool.idleCount).toBe(2)
  await stop()
  expect(pool.totalCount - pool.idleCount).toBe(0)
  await pool.query('select 1')
})

test('a leak of the whole pool ends too, and leaves a pool that works', async () => {
  const stop = await leakConnections(pool)(running(100))
  await vi.waitFor(() => expect(pool.totalCount - pool.idleCount).toBe(3), { timeout: 10_000 })
  const waiting = pool.query('select 1 as one')
  await stop()
  expect((await waiting).rows).toEqual([{ one: 1 }])
})
