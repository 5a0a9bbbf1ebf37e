/** The kit on both clients of Redis, against a real one. */

import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { Redis as IoRedis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { keepSpans } from '../otel/testing/in-process-telemetry.ts'
import { findRedis, titled, use, whyMissing } from './support/programs.ts'
import { startRedis } from './support/real-servers.ts'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { observeRedis } from '../otel/redis.ts'
import { countOf } from '../otel/testing/metric-values.ts'
import { inSpan } from '../otel/traces.ts'

const found = findRedis()
const reason = whyMissing(found)
const spans = keepSpans()
const duration = 'db_client_operation_duration_seconds'

interface Client {
  set: (key: string, value: string) => Promise<unknown>
  get: (key: string) => Promise<unknown>
  failing: () => Promise<unknown>
  pipelined: () => Promise<unknown>
  blocking: () => Promise<unknown>
  end: () => unknown
}

async function nodeRedis(url: string): Promise<Client> {
  const client = createClient({ url })
  await client.connect()
  return {
    set: (key, value) => client.set(key, value),
    get: key => client.get(key),
    failing: () => client.lPush('text', 'x'),
    pipelined: () => client.multi().incr('a').incr('a').exec(),
    blocking: () => client.blPop('nothing', 0.1),
    end: () => client.destroy(),
  }
}

async function ioRedis(url: string): Promise<Client> {
  const client = new IoRedis(url)
  return {
    set: (key, value) => client.set(key, value),
    get: key => client.get(key),
    failing: () => client.lpush('text', 'x'),
    pipelined: () => client.multi().incr('a').incr('a').exec(),
    blocking: () => client.blpop('nothing', 0.1),
    end: () => client.disconnect(),
  }
}

describe.skipIf(reason !== undefined).each<[string, (url: string) => Promise<Client>, string[]]>([
  ['redis', nodeRedis, ['MULTI']],
  ['ioredis', ioRedis, ['MULTI', 'INCR', 'INCR', 'EXEC']],
])(titled('%s', reason), (_, connect, transaction) => {
  let server: Awaited<ReturnType<typeof startRedis>>
  let client: Client
  let stop: () => void

  beforeAll(async () => {
    stop = observeRedis()
    server = await startRedis(use(found).program)
    client = await connect(server.url)
    await client.set('text', 'x')
  })
  afterAll(async () => {
    stop()
    client?.end()
    await server?.stop()
  })
  beforeEach(() => spans.clear())

  test('a command is a client span below the caller, without its key and value', async () => {
    const before = await countOf(duration, { db_system_name: 'redis', db_operation_name: 'SET' })
    await inSpan('request', {}, async span => {
      await client.set('session:hunter2', 'hunter2')
      expect(await client.get('session:hunter2')).toBe('hunter2')
      expect(trace.getActiveSpan()).toBe(span)
    })
    const span = spans.named('SET')!
    expect(span.kind).toBe(SpanKind.CLIENT)
    expect(span.parentSpanContext?.spanId).toBe(spans.named('request')!.spanContext().spanId)
    expect(span.attributes).toEqual({
      'db.system.name': 'redis',
      'db.namespace': '0',
      'db.operation.name': 'SET',
      'db.query.summary': 'SET',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
    })
    expect(JSON.stringify(spans.all().map(({ name, attributes }) => [name, attributes]))).not.toContain(
      'hunter2',
    )
    expect(await countOf(duration, { db_system_name: 'redis', db_operation_name: 'SET' })).toBe(before + 1)
  })

  test('requests that share the connection keep their own traces', async () => {
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        inSpan(`request ${index}`, {}, async span => {
          await client.get('text')
          expect(trace.getActiveSpan()).toBe(span)
          return span.spanContext().traceId
        }),
      ),
    )
    const gets = spans.all().filter(span => span.name === 'GET')
    expect(gets.map(span => span.spanContext().traceId).toSorted()).toEqual(ids.toSorted())
  })

  test('an error is recorded and still reaches the caller', async () => {
    const failures = () => countOf(duration, { db_operation_name: 'LPUSH', error_type: 'WRONGTYPE' })
    const before = await failures()
    await expect(inSpan('request', {}, () => client.failing())).rejects.toThrow('WRONGTYPE')
    const span = spans.named('LPUSH')!
    expect(span.status.code).toBe(SpanStatusCode.ERROR)
    expect(span.attributes['error.type']).toBe('WRONGTYPE')
    expect(await failures()).toBe(before + 1)
  })

  test('a transaction is what the client says of it, and what waits for work by design is none', async () => {
    await inSpan('request', {}, async () => {
      await client.pipelined()
      expect(await client.blocking()).toBeNull()
    })
    expect(spans.all().map(span => span.name)).toEqual([...transaction, 'request'])
  })

  test('without a caller there is a metric and no span, and once stopped neither', async () => {
    const gets = () => countOf(duration, { db_operation_name: 'GET' })
    const before = await gets()
    await client.get('text')
    stop()
    await client.get('text')
    stop = observeRedis()
    expect(await gets()).toBe(before + 1)
    expect(spans.all()).toEqual([])
  })
})
