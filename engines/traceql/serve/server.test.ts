import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Serving } from '../../serve/server.ts'
import { openDoor } from '../../serve/server.ts'
import { serve } from './server.ts'
import type { Loaded } from './worker.ts'

const folder = mkdtempSync(join(tmpdir(), 'traceql-'))
const file = join(folder, 'traces.jsonl')
const traceId = '00112233445566778899aabbccddeeff'
let serving: Serving<Loaded>

interface Told {
  id: string
  parent?: string
  name: string
  at: number
  attributes?: object[]
  status?: object
}

function line(service: string, spans: Told[]): string {
  const time = (milliseconds: number) => `${1_700_000_000_000 + milliseconds}000000`
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            scope: { name: 'lib', version: 'v1' },
            spans: spans.map(({ id, parent, name, at, attributes = [], status = {} }) => ({
              ...{ traceId, spanId: id, name, attributes, status, kind: 2 },
              ...(parent !== undefined && { parentSpanId: parent }),
              startTimeUnixNano: time(at),
              endTimeUnixNano: time(at + 100),
            })),
          },
        ],
      },
    ],
  })
}

beforeAll(async () => {
  const route = { key: 'http.route', value: { stringValue: '/orders' } }
  const status = { key: 'http.response.status_code', value: { intValue: '500' } }
  const lines = [
    line('shop', [{ id: '00000000000000a1', name: 'POST /orders', at: 0, attributes: [route] }]),
    line('payments', [
      {
        id: '00000000000000a2',
        parent: '00000000000000a1',
        name: 'charge',
        at: 10,
        attributes: [status],
        status: { code: 2, message: 'declined' },
      },
    ]),
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  serving = await serve({ data: file, port: 0, door: openDoor, timeout: 2000 })
})
afterAll(async () => {
  await serving.close()
  rmSync(folder, { recursive: true })
})

async function get(path: string, parameters: { [name: string]: string } = {}) {
  const answer = await fetch(`${serving.url}${path}?${new URLSearchParams(parameters)}`)
  const text = await answer.text()
  return {
    status: answer.status,
    text,
    json: answer.ok && text.startsWith('{') ? JSON.parse(text) : undefined,
  }
}

test('it says what it has read, and that it is there', async () => {
  expect(serving.loaded).toMatchObject({ traces: 1, spans: 2 })
  expect((await get('/api/echo')).text).toBe('echo')
  expect((await get('/ready')).status).toBe(200)
})

test('a search answers as Tempo does', async () => {
  const { json } = await get('/api/search', {
    q: '{ resource.service.name = "shop" } > { status = error } | select(statusMessage)',
  })
  expect(json.traces).toEqual([
    {
      traceID: '112233445566778899aabbccddeeff',
      rootServiceName: 'shop',
      rootTraceName: 'POST /orders',
      startTimeUnixNano: '1700000000000000000',
      durationMs: 110,
      spanSet: json.traces[0].spanSets[0],
      spanSets: [
        {
          spans: [
            {
              spanID: '00000000000000a2',
              startTimeUnixNano: '1700000000010000000',
              durationNanos: '100000000',
              attributes: expect.arrayContaining(
                [
                  { key: 'status', value: { stringValue: 'error' } },
                  { key: 'statusMessage', value: { stringValue: 'declined' } },
                  { key: 'service.name', value: { stringValue: 'payments' } },
                ].slice(0, 2),
              ),
            },
          ],
          matched: 1,
        },
      ],
      serviceStats: { shop: { spanCount: 1 }, payments: { spanCount: 1, errorCount: 1 } },
    },
  ])
})

test('a search looks only at traces of its time', async () => {
  const found = async (start: string, end: string) =>
    (await get('/api/search', { q: '{ }', start, end })).json.traces.length
  expect(await found('1699999990', '1700000010')).toBe(1)
  expect(await found('1700000010', '1700000020')).toBe(0)
})

test('a trace by its id, with and without the zeros it begins with', async () => {
  const { json } = await get('/api/traces/112233445566778899aabbccddeeff')
  expect(json.batches[0].scopeSpans[0].spans[0]).toMatchObject({
    traceId: Buffer.from(traceId, 'hex').toString('base64'),
    name: 'POST /orders',
    kind: 'SPAN_KIND_SERVER',
    endTimeUnixNano: '1700000000100000000',
  })
  const second = (await get(`/api/v2/traces/${traceId}`)).json.trace.resourceSpans[1].scopeSpans[0].spans[0]
  expect(second.status).toEqual({ code: 'STATUS_CODE_ERROR', message: 'declined' })
  expect((await get('/api/traces/abc')).status).toBe(404)
  expect(await get('/api/traces/xyz')).toMatchObject({
    status: 400,
    text: expect.stringContaining('hexadecimal'),
  })
})

test('tags and their values, of the spans a filter takes', async () => {
  const { json } = await get('/api/v2/search/tags')
  expect(json.scopes.find(({ name }: { name: string }) => name === 'span').tags).toEqual([
    'http.response.status_code',
    'http.route',
  ])
  const only = await get('/api/v2/search/tags', { scope: 'span', q: '{ resource.service.name = "shop" }' })
  expect(only.json.scopes).toEqual([{ name: 'span', tags: ['http.route'] }])
  const values = async (tag: string, q = '') =>
    (await get(`/api/v2/search/tag/${tag}/values`, { q })).json.tagValues
  expect(await values('span.http.response.status_code')).toEqual([{ type: 'int', value: '500' }])
  expect(await values('resource.service.name')).toEqual([
    { type: 'string', value: 'payments' },
    { type: 'string', value: 'shop' },
  ])
  expect(await values('name', '{ status = error && .unfinished = }')).toHaveLength(2)
  expect(await values('status', '{ name = "charge" }')).toEqual([{ type: 'keyword', value: 'error' }])
  expect((await get('/api/search/tag/http.route/values')).json.tagValues).toEqual(['/orders'])
})

test('metrics over time', async () => {
  const { json } = await get('/api/metrics/query_range', {
    ...{
      q: '{ } | count_over_time() by (resource.service.name)',
      start: '1699999990',
      end: '1700000020',
      step: '10s',
    },
  })
  const counts = json.series.map(
    ({ labels, samples }: { labels: object[]; samples: { value: number }[] }) => [
      labels,
      samples.map(({ value }) => value),
    ],
  )
  expect(counts).toEqual([
    [[{ key: 'resource.service.name', value: { stringValue: 'shop' } }], [0, 1, 0, 0]],
    [[{ key: 'resource.service.name', value: { stringValue: 'payments' } }], [0, 0, 1, 0]],
  ])
})

test.each([
  ['/api/search', { q: '{ .a = }' }, 400, 'line 1, column 8'],
  ['/api/search', { q: '{ } | rate()' }, 400, 'expected a search, got a metrics query'],
  ['/api/search', { q: '{ }', limit: 'x' }, 400, 'invalid limit: expected a whole number, got "x"'],
  ['/api/search', { q: '{ }', start: 'yesterday' }, 400, 'invalid start'],
  ['/api/metrics/query_range', { q: '{ }' }, 400, 'expected a metrics query'],
  ['/api/metrics/query_range', { q: '{ } | compare({ status = error })' }, 400, 'compare() is not supported'],
  [
    '/api/metrics/query_range',
    { q: '{ } | rate()', start: '1', end: '2000000000', step: '1ms' },
    422,
    'limit of steps',
  ],
  ['/api/v2/search/tag/%7B/values', {}, 400, 'invalid tag'],
  ['/api/nothing', {}, 404, 'no such path'],
] as const)('%s with %o is refused with %i', async (path, parameters, status, message) => {
  expect(await get(path, parameters as { [name: string]: string })).toMatchObject({
    status,
    text: expect.stringContaining(message),
  })
})

test('a file that is no data says which line, and what was expected of it', async () => {
  const bad = join(folder, 'bad.jsonl')
  writeFileSync(
    bad,
    `${line('shop', [])}\n{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}\n`,
  )
  await expect(serve({ data: bad, port: 0, door: openDoor })).rejects.toThrow(
    'line 2: expected resourceSpans[0].scopeSpans[0].spans[0].spanId to be 16 hexadecimal digits, got nothing',
  )
})
