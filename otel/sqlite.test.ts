import { DatabaseSync } from 'node:sqlite'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { beforeEach, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { nameStatement, observeSqlite } from './sqlite.ts'
import { keepSpans } from './testing/in-process-telemetry.ts'
import { countOf } from './testing/metric-values.ts'
import { inSpan } from './traces.ts'

const spans = keepSpans()
const db = new DatabaseSync(':memory:')
observeSqlite(db, 'stock.db')
db.exec('create table products (id integer primary key, name text)')

beforeEach(() => spans.clear())

const duration = 'db_client_operation_duration_seconds'

test('a query is a client span below the caller, named by its summary, with its text and no values', async () => {
  const insert = nameStatement(db.prepare('insert into products values (?, ?)'), 'add product')
  await inSpan('request', {}, () => insert.run(1, 'a secret'))
  const span = spans.named('add product')!
  expect(span.kind).toBe(SpanKind.CLIENT)
  expect(span.parentSpanContext?.spanId).toBe(spans.named('request')!.spanContext().spanId)
  expect(span.attributes).toEqual({
    'db.system.name': 'sqlite',
    'db.namespace': 'stock.db',
    'db.operation.name': 'INSERT',
    'db.query.summary': 'add product',
    'db.query.text': 'insert into products values (?, ?)',
  })
  const labels = { db_system_name: 'sqlite', db_operation_name: 'INSERT', db_query_summary: 'add product' }
  expect(await countOf(duration, { ...labels, error_type: '' })).toBe(1)
})

test('every way to run a statement gives its result and is counted, without a caller as a metric alone', async () => {
  const before = await countOf(duration, { db_query_summary: 'SELECT' })
  const select = db.prepare("select id, 'x' as x from products")
  expect(select.get()).toEqual({ id: 1, x: 'x' })
  expect(select.all()).toEqual([{ id: 1, x: 'x' }])
  expect([...select.iterate()]).toEqual([{ id: 1, x: 'x' }])
  for (const _ of select.iterate()) break
  expect(spans.all()).toEqual([])
  expect(await countOf(duration, { db_query_summary: 'SELECT' })).toBe(before + 4)
})

test('the time of an iteration lasts until its last row', async () => {
  await inSpan('request', {}, async () => {
    for (const _ of db.prepare('select 1').iterate()) await new Promise(resolve => setTimeout(resolve, 30))
  })
  const { duration } = spans.named('SELECT')!
  expect(duration[0] * 1e3 + duration[1] / 1e6).toBeGreaterThan(25)
})

test('an error is recorded under its code and still reaches the caller; text without values stays here', async () => {
  const twice = () => db.exec("insert into products values (1, 'hunter2')")
  await expect(inSpan('request', {}, twice)).rejects.toThrow('UNIQUE')
  const span = spans.named('INSERT')!
  expect(span.status.code).toBe(SpanStatusCode.ERROR)
  expect(span.attributes['error.type']).toBe('ERR_SQLITE_ERROR')
  expect(JSON.stringify(span.attributes)).not.toContain('hunter2')
  expect(await countOf(duration, { db_operation_name: 'INSERT', error_type: 'ERR_SQLITE_ERROR' })).toBe(1)
})
