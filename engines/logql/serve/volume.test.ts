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
push({ app: 'a', level: 'info' }, 50, 'hello world')
push({ app: 'a', level: 'info' }, 40, 'x'.repeat(100))
push({ app: 'a', level: 'error' }, 30, 'oh no', [['trace_id', 'abc']])
push({ app: 'b', level: 'info' }, 20, '{"status":200,"took":"12ms","size":"10KB","http":{"method":"GET"}}')
push({ app: 'b', level: 'info' }, 10, 'level=info dur=3.5s n=1.5', [['trace_id', 'def']])

function ask(path: string, parameters: Record<string, string>) {
  const range = { start: `${(now - 3_000_000) / 1000}`, end: `${(now + 10_000) / 1000}` }
  const { status, body } = answer(store, path, new URLSearchParams({ ...range, ...parameters }), {})
  expect(status).toBe(200)
  return JSON.parse(String(body))
}

test.each<[parameters: Record<string, string>, volumes: [metric: Record<string, string>, bytes: string][]]>([
  [
    { query: '{app=~".+"}' },
    [
      [{ app: 'a' }, '135'],
      [{ app: 'b' }, '110'],
    ],
  ],
  [
    { query: '{app=~".+"}', targetLabels: 'level' },
    [
      [{ level: 'info' }, '221'],
      [{ level: 'error' }, '24'],
    ],
  ],
  [
    { query: '{app=~".+"}', aggregateBy: 'labels' },
    [
      [{ app: '' }, '245'],
      [{ level: '' }, '245'],
    ],
  ],
  [
    { query: '{}' },
    [
      [{ app: 'a', level: 'info' }, '111'],
      [{ app: 'b', level: 'info' }, '110'],
      [{ app: 'a', level: 'error' }, '24'],
    ],
  ],
  [{ query: '{app="a", level=~".+"}', limit: '1' }, [[{ app: 'a', level: 'info' }, '111']]],
])('volume of %j', (parameters, volumes) => {
  const { data } = ask('/loki/api/v1/index/volume', parameters)
  const found = data.result.map(({ metric, value }: { metric: object; value: [number, string] }) => [
    metric,
    value[1],
  ])
  expect(found).toEqual(volumes)
})

test('labels with how many values they have', () => {
  expect(ask('/loki/api/v1/detected_labels', { query: '{app=~".+"}' })).toEqual({
    detectedLabels: [
      { label: 'app', cardinality: 2 },
      { label: 'level', cardinality: 2 },
    ],
  })
})
