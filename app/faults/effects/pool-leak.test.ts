import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { serveWire } from '../../database/wire.ts'
import type { RunningFault } from '../switch.ts'
import { leakConnections } from './pool-leak.ts'

let database: PGlite
let server: Server
let pool: pg.Pool

beforeAll(async () => {
  database = await PGlite.create()
  server = serveWire(database).server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  pool = new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 3 })
})
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
