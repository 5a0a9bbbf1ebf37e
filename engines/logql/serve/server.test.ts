import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor, type Serving } from '../../serve/server.ts'
import { serve } from './server.ts'
import type { Loaded } from './worker.ts'

const folder = mkdtempSync(join(tmpdir(), 'logql-serve-'))
let serving: Serving<Loaded>

beforeAll(async () => {
  const data = join(folder, 'logs.jsonl')
  writeFileSync(
    data,
    `${request('shop', 'level=info msg=hello', 1)}\n\n${request('worker', 'level=error msg=no', 2)}\n`,
  )
  serving = await serve({ data, port: 0, door: openDoor, timeout: 2000, limits: { lines: 1000 } })
})
afterAll(async () => {
  await serving.close()
  rmSync(folder, { recursive: true })
})

function request(service: string, line: string, second: number): string {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }]
  const logRecords = [{ timeUnixNano: `${1_700_000_000 + second}000000001`, body: { stringValue: line } }]
  return JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] })
}

async function get(path: string, init?: RequestInit) {
  const response = await fetch(`${serving.url}${path}`, init)
  const text = await response.text()
  return { status: response.status, type: response.headers.get('content-type'), text }
}

const lines = (query: string, more = '') =>
  `/loki/api/v1/query_range?query=${encodeURIComponent(query)}${more}`

test('lines up to the newest, with their times to the nanosecond', async () => {
  expect(serving.loaded).toEqual({ streams: 2, entries: 2, newest: 1_700_000_002_000 })
  const { status, text } = await get(lines('{service_name=~".+"} | logfmt | level="error"'))
  expect([status, JSON.parse(text)]).toEqual([
    200,
    {
      status: 'success',
      data: {
        resultType: 'streams',
        result: [
          {
            stream: { detected_level: 'error', level: 'error', msg: 'no', service_name: 'worker' },
            values: [['1700000002000000001', 'level=error msg=no']],
          },
        ],
        stats: {},
      },
    },
  ])
})

test('numbers, also of a posted form', async () => {
  const body = new URLSearchParams({ query: 'sum(count_over_time({service_name="shop"}[1m]))' })
  const { text } = await get('/loki/api/v1/query', { method: 'POST', body })
  expect(JSON.parse(text).data).toMatchObject({
    resultType: 'vector',
    result: [{ metric: {}, value: [1_700_000_002.001, '1'] }],
  })
})

test.each([
  ['labels', '["service_name"]'],
  ['label/service_name/values', '["shop","worker"]'],
  [`label/service_name/values?query=${encodeURIComponent('{service_name=~"s.*"}')}`, '["shop"]'],
  ['series', '[{"service_name":"shop"},{"service_name":"worker"}]'],
])('%s', async (path, data) => {
  expect((await get(`/loki/api/v1/${path}`)).text).toBe(`{"status":"success","data":${data}}`)
})

test.each([
  [lines('{'), 400, 'Cannot parse the query at line 1, column 2'],
  [lines('{a="b"} | line_format "{{ nope }}"'), 400, 'line 1, column 9'],
  [lines('{a="b"}', '&start=x'), 400, 'invalid start: expected seconds or nanoseconds'],
  [lines('{a="b"}', '&limit=9999999'), 400, 'max entries limit per query exceeded'],
  [lines('rate({a="b"}[1m])', '&step=0'), 400, 'invalid step'],
  ['/loki/api/v1/query?query={a="b"}', 400, 'log queries are not supported as an instant query type'],
  ['/loki/api/v1/nothing', 404, 'no such path'],
])('%s is answered with %i', async (path, status, message) => {
  const answer = await get(path)
  expect(answer).toMatchObject({ status, type: 'text/plain; charset=utf-8' })
  expect(answer.text).toContain(message)
})

test('a file that is none is told by its line', async () => {
  const data = join(folder, 'bad.jsonl')
  writeFileSync(
    data,
    `${request('a', 'x', 1)}\n{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{}}]}]}]}\n`,
  )
  await expect(serve({ data, port: 0, door: openDoor })).rejects.toThrow(
    'bad.jsonl, line 2: Cannot read resourceLogs[0].scopeLogs[0].logRecords[0]: expected timeUnixNano or observedTimeUnixNano, got neither',
  )
})
