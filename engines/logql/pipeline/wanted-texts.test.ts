import { expect, test } from 'vitest'
import { linesQuery } from '../engine/query.ts'
import { createLogStore } from '../store/memory.ts'

function linesOf(query: string, lines: readonly string[], metadata?: [string, string][]): string[] {
  const store = createLogStore()
  for (const [index, line] of lines.entries())
    store.append(new Map([['app', 'shop']]), {
      time: 1000 + index,
      nanos: 0,
      line,
      ...(metadata && { metadata }),
    })
  const range = { start: { time: 0, nanos: 0 }, end: { time: 9000, nanos: 0 } }
  const { streams } = linesQuery(store, query, { ...range, direction: 'forward', limit: 100, interval: 0 })
  return streams.flatMap(({ entries }) => entries.map(({ line }) => line)).toSorted()
}

test('a value is found however its line says it', () => {
  const found = ['{"id":"a1"}', '{"id":"\\u00611"}', '{"id": "a1", "x": [1]}', '{"id":"a1"']
  const others = ['{"id":"b2"}', '{"other":"a1"}', '{"id":["a1"]}', 'a1', '{"x":{"id":"a1"}}', '']
  expect(linesOf('{app="shop"} | json | id="a1"', [...found, ...others])).toEqual(found.toSorted())
  expect(linesOf('{app="shop"} | json | x_id="a1"', [...found, ...others])).toEqual(['{"x":{"id":"a1"}}'])
  expect(linesOf('{app="shop"} | json | n="5"', ['{"n":5}', '{"n":"5"}', '{"n":50}', '{"n":5.0}'])).toEqual([
    '{"n":"5"}',
    '{"n":5}',
  ])
})

test('of two values that must both be there, each is looked for', () => {
  const lines = ['{"a":"x","b":"y"}', '{"a":"x"}', '{"b":"y"}', '{"a":"\\u0078","b":"y"}']
  const both = [lines[0], lines[3]].toSorted()
  expect(linesOf('{app="shop"} | json | a="x" and b="y"', lines)).toEqual(both)
  expect(linesOf('{app="shop"} | json | a="x", b="y"', lines)).toEqual(both)
  expect(linesOf('{app="shop"} | json | a="x" or b="y"', lines)).toEqual(lines.toSorted())
})

test('a value of the stream or of its metadata is found where the line says nothing of it', () => {
  expect(linesOf('{app="shop"} | json | app="shop"', ['{}', 'no json'])).toEqual(['no json', '{}'])
  expect(linesOf('{app="shop"} | json | trace="t1"', ['{}'], [['trace', 't1']])).toEqual(['{}'])
  expect(linesOf('{app="shop"} | json | trace="t2"', ['{}'], [['trace', 't1']])).toEqual([])
})

test('what comes between a json and its filter may make the text', () => {
  const lines = ['{"a":"x"}', '{"a":"y"}']
  expect(linesOf('{app="shop"} | json | label_format b="{{.a}}1" | b="x1"', lines)).toEqual(['{"a":"x"}'])
  expect(linesOf('{app="shop"} | json | a=~"x|y" | a="y"', lines)).toEqual(['{"a":"y"}'])
})
