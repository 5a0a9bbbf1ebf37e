/** No connection free, or no database at all: customers are asked to come back, and are served again when it is over. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { database, httpServer } from '../otel/signals.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startEmbeddedDatabase, startLab } from './support/lab-processes.ts'
import { totalOf } from './support/metrics-of.ts'
import { type Answer, get, placeOrder } from './support/shop-client.ts'

const poolSize = 2

let server: Awaited<ReturnType<typeof startEmbeddedDatabase>>
let lab: Lab

beforeAll(async () => {
  server = await startEmbeddedDatabase()
  lab = await startLab({ databaseUrl: server.url, env: { DATABASE_POOL_SIZE: String(poolSize) } })
})
afterAll(async () => {
  await lab?.stop()
  await server?.stop()
})

test('an exhausted pool is answered with 503 and when to come back, reading and ordering alike', async () => {
  const faultUrl = `${lab.shop.adminUrl}/faults/pool-leak`
  const leak = await fetch(faultUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ intensity: poolSize, duration: 60 }),
  })
  expect(leak.status).toBe(200)
  await eventually(async () =>
    expect(await totalOf(lab.shop, database.connections, { db_client_connection_state: 'used' })).toBe(
      poolSize,
    ),
  )
  for (const refused of await Promise.all([get(`${lab.shop.url}/products`), placeOrder(lab.shop.url)]))
    expectComeBack(refused, 'No database connection was free: try again in 2 seconds')
  expect(await totalOf(lab.shop, database.connectionTimeouts)).toBeGreaterThanOrEqual(2)
  expect(
    await totalOf(lab.shop, httpServer.duration, {
      http_route: '/orders',
      http_response_status_code: '503',
    }),
  ).toBe(1)
  expect((await fetch(faultUrl, { method: 'DELETE' })).status).toBe(200)
  expect((await get(`${lab.shop.url}/products`)).status).toBe(200)
  expect((await placeOrder(lab.shop.url)).status).toBe(201)
}, 60_000)

test('a lost database is answered with 503 and when to come back, without a word of how it was reached', async () => {
  await server.stop()
  for (const refused of await Promise.all([get(`${lab.shop.url}/products`), placeOrder(lab.shop.url)]))
    expectComeBack(refused, 'The database cannot be reached: try again in 2 seconds')
}, 30_000)

function expectComeBack({ status, headers, body }: Answer<object>, message: string): void {
  expect([status, headers.get('retry-after'), body]).toEqual([
    503,
    '2',
    { error: 'service_unavailable', message },
  ])
}
