/** The kit on mysql2, against a MariaDB. */

import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { createPool, type Pool, type QueryOptions } from 'mysql2'
import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type KeptSpans, keepSpans } from '../otel/testing/in-process-telemetry.ts'
import { findMariadb, titled, use, whyMissing } from './support/programs.ts'
import { startMariadb } from './support/real-servers.ts'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { observeMysqlPool } from '../otel/mysql.ts'
import { countOf, sampleOf } from '../otel/testing/metric-values.ts'
import { inSpan } from '../otel/traces.ts'

const found = findMariadb()
const reason = whyMissing(found)
const duration = 'db_client_operation_duration_seconds'

describe.skipIf(reason !== undefined)(titled('MariaDB', reason), () => {
  let server: Awaited<ReturnType<typeof startMariadb>>
  let pool: Pool
  let spans: KeptSpans
  const pooled = (name: string, options: { connectionLimit: number; queueLimit?: number }) => {
    const made = createPool({
      host: '127.0.0.1',
      port: server.port,
      user: 'root',
      database: 'mysql',
      ...options,
    })
    observeMysqlPool(made, name)
    return made
  }

  beforeAll(async () => {
    spans = keepSpans()
    server = await startMariadb(use(found))
    pool = pooled('main', { connectionLimit: 1 })
  }, 120_000)
  afterAll(async () => {
    await pool?.promise().end()
    await server?.stop()
  })
  beforeEach(() => spans.clear())

  const runOf = (method: 'query' | 'execute') => (options: QueryOptions, values?: number[]) =>
    method === 'query'
      ? pool.promise().query<RowDataPacket[]>(options, values)
      : pool.promise().execute<RowDataPacket[]>(options, values)

  test.each(['query', 'execute'] as const)(
    '%s by promise is a client span below the caller',
    async method => {
      const summary = `sum by ${method}`
      const rows = await inSpan('request', {}, async () => {
        const [rows] = await runOf(method)({ sql: 'select ? + ? as sum', summary }, [1, 2])
        return rows
      })
      expect(Number(rows[0]!.sum)).toBe(3)
      const span = spans.named(summary)!
      expect(span.kind).toBe(SpanKind.CLIENT)
      expect(span.parentSpanContext?.spanId).toBe(spans.named('request')!.spanContext().spanId)
      expect(span.attributes).toEqual({
        'db.system.name': 'mysql',
        'db.namespace': 'mysql',
        'db.operation.name': 'SELECT',
        'db.query.summary': summary,
        'db.query.text': 'select ? + ? as sum',
        'server.address': '127.0.0.1',
        'server.port': server.port,
      })
      expect(await countOf(duration, { db_system_name: 'mysql', db_query_summary: summary })).toBe(1)
    },
  )

  test('a query without parameters keeps its text to itself, and without a caller there is a metric alone', async () => {
    const before = await countOf(duration, { db_query_summary: 'SELECT' })
    await inSpan('request', {}, () => pool.promise().query("select 'hunter2'"))
    await pool.promise().query('select 1')
    expect(spans.all().map(span => span.name)).toEqual(['SELECT', 'request'])
    expect(JSON.stringify(spans.all().map(span => span.attributes))).not.toContain('hunter2')
    expect(await countOf(duration, { db_query_summary: 'SELECT' })).toBe(before + 2)
  })

  test.each(['query', 'execute'] as const)(
    'an error of %s is recorded under its code and reaches the caller',
    async method => {
      const summary = `broken ${method}`
      const failing = inSpan('request', {}, () => runOf(method)({ sql: 'select * from nowhere', summary }))
      await expect(failing).rejects.toThrow('nowhere')
      const span = spans.named(summary)!
      expect(span.status.code).toBe(SpanStatusCode.ERROR)
      expect(await countOf(duration, { db_query_summary: summary, error_type: 'ER_NO_SUCH_TABLE' })).toBe(1)
    },
  )

  test('requests that share a busy connection keep their own traces, callbacks too', async () => {
    const ask = (summary: string) =>
      new Promise<unknown>((resolve, reject) => {
        pool.query({ sql: 'select 1', summary }, error =>
          error ? reject(error) : resolve(trace.getActiveSpan()),
        )
      })
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        inSpan(`request ${index}`, {}, async span => {
          await pool.promise().query({ sql: 'select 1', summary: `promise ${index}` })
          expect(trace.getActiveSpan()).toBe(span)
          expect(await ask(`callback ${index}`)).toBe(span)
          return span.spanContext().traceId
        }),
      ),
    )
    expect(new Set(ids).size).toBe(10)
    for (const kind of ['promise', 'callback'])
      expect(ids.map((_, index) => spans.named(`${kind} ${index}`)?.spanContext().traceId)).toEqual(ids)
  })

  test('transactions, streams and their errors are observed and work as before', async () => {
    await inSpan('request', {}, async () => {
      const connection = await pool.promise().getConnection()
      await connection.beginTransaction()
      await connection.query('insert into mysql.help_category values (9999, ?, 0, ?)', ['x', 'y'])
      await connection.rollback()
      connection.release()
      const rows: unknown[] = []
      for await (const row of pool.query('select 7 as n').stream()) rows.push(row)
      expect(rows).toEqual([{ n: 7 }])
      const stream = pool.query('select * from nowhere').stream()
      const broken = await new Promise<Error>(resolve => stream.on('error', resolve))
      expect(broken.message).toContain('nowhere')
    })
    expect(spans.all().map(span => span.name)).toEqual([
      'BEGIN',
      'INSERT',
      'ROLLBACK',
      'SELECT',
      'SELECT',
      'request',
    ])
    expect(spans.all().map(span => span.attributes['error.type'])[4]).toBe('ER_NO_SUCH_TABLE')
  })

  test('shows who holds, waits for and gives up on connections', async () => {
    const own = { db_client_connection_pool_name: 'small' }
    const small = pooled('small', { connectionLimit: 1, queueLimit: 1 }).promise()
    const states = async () => [
      await sampleOf('db_client_connection_count', { ...own, db_client_connection_state: 'used' }),
      await sampleOf('db_client_connection_count', { ...own, db_client_connection_state: 'idle' }),
      await sampleOf('db_client_connection_pending_requests', own),
      await sampleOf('db_client_connection_max', own),
    ]
    const holder = await small.getConnection()
    const waiting = small.query('select 1')
    await expect(small.query('select 1')).rejects.toThrow('Queue limit reached')
    expect(await states()).toEqual([1, 0, 1, 1])
    expect(await sampleOf('db_client_connection_timeouts_total', own)).toBe(1)
    holder.release()
    await waiting
    await expect.poll(states).toEqual([0, 1, 0, 1])
    expect(await countOf('db_client_connection_wait_time_seconds', own)).toBe(3)
    await small.end()
  })

  test('another pool is refused with what was expected', () => {
    expect(() => observeMysqlPool({} as Pool, 'none')).toThrow(
      'Cannot observe the pool none: expected a pool of mysql2',
    )
  })
})
