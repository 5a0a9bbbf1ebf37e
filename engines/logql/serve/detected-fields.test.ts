/** The answers are those of a Loki 3.7.6 that was sent the same lines. */

import { expect, test } from 'vitest'
import { createLogStore } from '../store/memory.ts'
import { answer } from './api.ts'

const now = 1_795_736_124_233
const store = createLogStore()
const push = (labels: Record<string, string>, ago: number, line: string, metadata?: [string, string][]) =>
  store.append(new Map(Object.entries(labels)), {
    time: now - ago * 1000,
    nanos: 0,
    line,
    ...(metadata && { metadata }),
  })
const a = { app: 'a', level: 'info' }
const json =
  '{"status":200,"took":"12ms","size":"10KB","ok":true,"http":{"method":"GET","x y":{"deep":1}},"app":"zz","arr":[1],"nul":null,"f":1.5, "id":"18446744073709551616","e":"", "dur0":"0","level":"warn", "http_method":"POST"}'
push(a, 60, json, [
  ['trace_id', 'abc'],
  ['num', '5'],
])
const logfmt = 'level=info dur=3.5s n=1.5 msg="hello there" app=q bare empty= trace_id=fromline'
push(a, 50, logfmt, [['trace_id', 'def']])
push(a, 40, 'hello world plain')
push(a, 39, 'hello = world')
push(a, 35, '{broken json')
push(a, 34, '["array"]')
push(
  a,
  32,
  '{"http":"flat","took":"x","size":"10 MB", "status":"t", "inf":"inf", "hex":"0x1p4", "under":"1_0", "b":"5b", "neg":"-1.5h"}',
)
push({ app: 'b' }, 30, '{"status":"abc","took":5,"size":7,"ok":"false"}', [
  ['trace_id', 'ghi'],
  ['num', 'x'],
  ['app', 'meta'],
])
push({ app: 'b' }, 20, 'status=7 took=1h')
push({ app: 'c' }, 60, '{"http":{"method":"GET"}}')
push({ app: 'c' }, 50, '{"http_method":"POST"}')

function ask(path: string, parameters: Record<string, string>) {
  const range = { start: `${(now - 3_000_000) / 1000}`, end: `${(now + 10_000) / 1000}` }
  const { status, body } = answer(
    store,
    `/loki/api/v1/${path}`,
    new URLSearchParams({ ...range, ...parameters }),
    {},
  )
  return { status, body: String(body) }
}

/** `label type cardinality parsers path`. */
function fields(parameters: Record<string, string>): string[] {
  const { status, body } = ask('detected_fields', parameters)
  expect(status).toBe(200)
  type Row = {
    label: string
    type: string
    cardinality: number
    parsers: string[] | null
    jsonPath?: string[]
  }
  return JSON.parse(body).fields.map(({ label, type, cardinality, parsers, jsonPath }: Row) =>
    [label, type, cardinality, parsers ?? '-', ...(jsonPath ? [jsonPath.join('>')] : [])].join(' '),
  )
}

test('fields of metadata, JSON and logfmt, with the types of their values', () => {
  expect(fields({ query: '{app="a"}' })).toEqual([
    'app_extracted string 2 logfmt,json app',
    'b bytes 1 json b',
    'dur duration 1 logfmt',
    'dur0 int 1 json dur0',
    'e string 1 json e',
    'f float 1 json f',
    'hex float 1 json hex',
    'http string 1 json http',
    'http_method string 1 json http>method',
    'http_x_y_deep int 1 json http>x y>deep',
    'id float 1 json id',
    'inf float 1 json inf',
    'level_extracted string 2 logfmt,json level',
    'msg string 1 logfmt',
    'n float 1 logfmt',
    'neg duration 1 json neg',
    'num int 1 -',
    'ok boolean 1 json ok',
    'size bytes 2 json size',
    'status int 2 json status',
    'took duration 2 json took',
    'trace_id string 3 logfmt',
    'under float 1 json under',
  ])
  expect(fields({ query: '{app="b"}' })).toEqual([
    'app_extracted string 1 -',
    'num string 1 -',
    'ok boolean 1 json ok',
    'size int 1 json size',
    'status string 2 logfmt,json status',
    'took int 2 logfmt,json took',
    'trace_id string 1 -',
  ])
  expect(fields({ query: '{app="c"}' })).toEqual(['http_method string 2 json http>method'])
})

test('what the query has read counts too, and filters hold lines back', () => {
  expect(fields({ query: '{app="a"} | logfmt | dur="3.5s"' })).toEqual([
    'app_extracted string 1 logfmt',
    'dur duration 1 logfmt',
    'level_extracted string 1 logfmt',
    'msg string 1 logfmt',
    'n float 1 logfmt',
    'trace_id string 2 logfmt',
    'trace_id_extracted string 1 logfmt',
  ])
  expect(fields({ query: '{app="c"} | line_format "q=1" | label_format z="9"' })).toEqual([
    'q int 1 logfmt',
    'z int 1 logfmt',
  ])
  expect(fields({ query: '{app=~".+"}', line_limit: '1' })).toEqual([
    'status int 1 logfmt',
    'took duration 1 logfmt',
  ])
  expect(fields({ query: '{app=~".+"}', limit: '3' })).toHaveLength(3)
})

test('the values of one field, and what is none', () => {
  const values = (name: string, more = {}) =>
    ask(`detected_field/${name}/values`, { query: '{app=~".+"}', ...more }).body
  expect(values('status', { limit: '2' })).toBe('{"values":["t","200"],"limit":2}')
  expect(values('trace_id')).toBe('{"values":["def","fromline","abc","ghi"],"limit":1000}')
  expect(values('app')).toBe('{}')
  expect(ask('detected_fields', { query: '{app="none"}' })).toEqual({ status: 200, body: '{}' })
  expect(ask('detected_fields', { query: 'rate({app="a"}[1m])' })).toEqual({
    status: 400,
    body: 'only log selector is supported\n',
  })
  expect(ask('detected_fields', { query: '{app="a"}', limit: '0' }).status).toBe(400)
})
