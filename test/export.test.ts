/** The export of many orders: whole, at the pace of its reader, and ended with him. */

import { get as request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { database, httpServer } from '../otel/signals.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { totalOf } from './support/metrics-of.ts'

/** Together far more bytes than the sockets between shop and reader can hold. */
const orders = 120_000
const rowsPerQuery = 500

let lab: Lab

beforeAll(async () => {
  lab = await startLab({ roles: ['shop'] })
  const db = new pg.Client({ connectionString: lab.databaseUrl })
  await db.connect()
  await db.query(`
    INSERT INTO orders (id, idempotency_key, request_hash, customer, status, total)
    SELECT gen_random_uuid(), 'export-' || number, '', repeat('x', 100), 'fulfilled', 1
    FROM generate_series(1, ${orders}) AS number`)
  await db.end()
})
afterAll(() => lab?.stop())

const queries = () => totalOf(lab.shop, database.duration, { db_query_summary: 'export orders' })
const requests = (status: string) =>
  totalOf(lab.shop, httpServer.duration, {
    http_route: '/orders/export',
    http_response_status_code: status,
  })

test('is cut only where the reader asks for it', async () => {
  const lines = await (await fetch(`${lab.shop.url}/orders/export?limit=1200`)).text()
  expect(lines.trim().split('\n')).toHaveLength(1200)
})

test('waits for a reader who pauses, and then gives him every order once', async () => {
  const response = await open()
  await pausesAt(await queries())
  const ids = new Set<string>()
  let lines = 0
  let rest = ''
  response.setEncoding('utf8')
  for await (const text of response) {
    const complete = (rest + text).split('\n')
    rest = complete.pop()!
    lines += complete.length
    for (const line of complete) ids.add((JSON.parse(line) as { id: string }).id)
  }
  expect([lines, ids.size, rest]).toEqual([orders, orders, ''])
}, 90_000)

test('ends with a reader who goes away, and is counted as given up by him', async () => {
  const before = await requests('499')
  const response = await open()
  await pausesAt(await queries())
  response.destroy()
  await eventually(async () => expect(await requests('499')).toBe(before + 1))
  const read = await queries()
  await wait(500)
  expect(await queries()).toBe(read)
}, 60_000)

async function open() {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request(`${lab.shop.url}/orders/export`, resolve).on('error', reject)
  })
  expect(response.statusCode).toBe(200)
  response.on('error', () => {})
  return response.pause()
}

/** What is not read ahead is not held in memory. */
async function pausesAt(before: number): Promise<void> {
  let last = -1
  await eventually(async () => {
    const now = await queries()
    const isSteady = now === last
    last = now
    await wait(500)
    expect(isSteady).toBe(true)
  }, 30_000)
  expect(last - before).toBeLessThan(orders / rowsPerQuery / 2)
}
