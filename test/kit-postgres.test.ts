import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { PGlite } from '@electric-sql/pglite'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { serveWire } from '../app/database/wire.ts'
import { type KeptSpans, keepSpans } from '../otel/testing/in-process-telemetry.ts'
import { eventually } from './support/eventually.ts'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { observePool } from '../otel/postgres.ts'
import { countOf, sampleOf } from '../otel/testing/metric-values.ts'
import { inSpan } from '../otel/traces.ts'

let db: PGlite
let server: Server
let pool: pg.Pool
let spans: KeptSpans

beforeAll(async () => {
  spans = keepSpans()
  db = await PGlite.create()
  server = serveWire(db).server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  pool = new pg.Pool({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'postgres',
    database: 'postgres',
    max: 1,
  })
  observePool(pool, 'main')
})

afterAll(async () => {
  await pool.end()
  server.close()
  await db.close()
})

beforeEach(() => spans.clear())

test('a query is a client span below the caller, named by its summary', async () => {
  await inSpan('request', {}, () =>
    pool.query({ summary: 'sum of two', text: 'select $1::int + $2::int as sum', values: [1, 2] }),
  )
  const parent = spans.named('request')!
  const span = spans.named('sum of two')!
  expect(span.kind).toBe(SpanKind.CLIENT)
  expect(span.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
  expect(span.attributes).toMatchObject({
    'db.system.name': 'postgresql',
    'db.namespace': 'postgres',
    'db.operation.name': 'SELECT',
    'db.query.summary': 'sum of two',
    'db.query.text': 'select $1::int + $2::int as sum',
    'server.address': '127.0.0.1',
  })
  expect(await countOf('db_client_operation_duration_seconds', { db_query_summary: 'sum of two' })).toBe(1)
})

test('a query without parameters keeps its text to itself, an unnamed one is its operation', async () => {
  await inSpan('request', {}, () => pool.query("select 'secret'"))
  expect(spans.named('SELECT')!.attributes).not.toHaveProperty('db.query.text')
  expect(
    await countOf('db_client_operation_duration_seconds', {
      db_operation_name: 'SELECT',
      db_query_summary: 'SELECT',
      error_type: '',
    }),
  ).toBe(1)
})

test('without a caller there is a metric and no span', async () => {
  await pool.query({ summary: 'housekeeping', text: 'select 1' })
  expect(spans.all()).toEqual([])
  expect(await countOf('db_client_operation_duration_seconds', { db_query_summary: 'housekeeping' })).toBe(1)
})

test('an error is recorded under its SQLSTATE and still reaches the caller', async () => {
  const failing = inSpan('request', {}, () =>
    pool.query({ summary: 'broken', text: 'select * from nowhere' }),
  )
  await expect(failing).rejects.toThrow('nowhere')
  const span = spans.named('broken')!
  expect(span.status.code).toBe(SpanStatusCode.ERROR)
  expect(span.attributes['error.type']).toBe('42P01')
  expect(await countOf('db_client_operation_duration_seconds', { error_type: '42P01' })).toBe(1)
})

test('requests that share a busy connection keep their own traces', async () => {
  const ids = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      inSpan(`request ${index}`, {}, async span => {
        await pool.query({ summary: `query ${index}`, text: 'select 1' })
        expect(trace.getActiveSpan()).toBe(span)
        return span.spanContext().traceId
      }),
    ),
  )
  expect(new Set(ids).size).toBe(10)
  expect(ids.map((_, index) => spans.named(`query ${index}`)?.spanContext().traceId)).toEqual(ids)
})

test('callbacks, connections and query objects are observed and work as before', async () => {
  const client = await pool.connect()
  await inSpan('request', {}, async span => {
    const rows = await new Promise<unknown[]>((resolve, reject) => {
      client.query({ summary: 'callback', text: 'select 7 as n' }, (error, result) => {
        expect(trace.getActiveSpan()).toBe(span)
        if (error) reject(error)
        else resolve(result.rows)
      })
    })
    expect(rows).toEqual([{ n: 7 }])
    await client.query('BEGIN')
    await client.query('ROLLBACK')
    const query = client.query(new pg.Query('select 8 as n'))
    await new Promise(resolve => query.on('end', resolve))
    const failing = client.query(new pg.Query('select 9 from nowhere'))
    await new Promise(resolve => failing.on('error', resolve))
  })
  client.release()
  expect(spans.all().map(span => span.name)).toEqual([
    'callback',
    'BEGIN',
    'ROLLBACK',
    'SELECT',
    'SELECT',
    'request',
  ])
})

test('shows who holds, waits for and gives up on connections', async () => {
  const impatient = new pg.Pool({ ...pool.options, connectionTimeoutMillis: 200 })
  observePool(impatient, 'impatient')
  const own = { db_client_connection_pool_name: 'impatient' }
  const states = async () => [
    await sampleOf('db_client_connection_count', { ...own, db_client_connection_state: 'used' }),
    await sampleOf('db_client_connection_count', { ...own, db_client_connection_state: 'idle' }),
    await sampleOf('db_client_connection_pending_requests', own),
    await sampleOf('db_client_connection_max', own),
  ]
  const holder = await eventually(() => impatient.connect())
  const timeouts = await sampleOf('db_client_connection_timeouts_total', own)
  const waiting = impatient.query('select 1').catch((error: Error) => error.message)
  expect(await states()).toEqual([1, 0, 1, 1])
  const waits = await countOf('db_client_connection_wait_time_seconds', own)
  expect(await waiting).toContain('timeout')
  expect(await sampleOf('db_client_connection_timeouts_total', own)).toBe((timeouts ?? 0) + 1)
  expect(await countOf('db_client_connection_wait_time_seconds', own)).toBe(waits + 1)
  holder.release()
  expect(await states()).toEqual([0, 1, 0, 1])
  await impatient.end()
})
