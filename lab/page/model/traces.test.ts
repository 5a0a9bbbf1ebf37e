import { expect, test } from 'vitest'
import { buckets } from './heat.ts'
import { linesOf } from './logs.ts'
import { edgesOf, nodesOf } from './service-graph.ts'
import { spansOf } from './tempo.ts'
import { chosenFor, customOptions, labelValuesOf } from './variables.ts'

const span = (spanId: string, parentSpanId: string, start: number, more = {}) => ({
  spanId,
  parentSpanId,
  name: spanId,
  startTimeUnixNano: `${1_700_000_000_000_000_000n + BigInt(start) * 1_000_000n}`,
  endTimeUnixNano: `${1_700_000_000_000_000_000n + BigInt(start + 10) * 1_000_000n}`,
  ...more,
})

test('spans stand below their parents, by time, also those whose parent is missing', () => {
  const ids = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', 'cccccccccccccccc', 'dddddddddddddddd'] as const
  const spans = [
    span(ids[2], ids[0], 8, { status: { code: 'STATUS_CODE_ERROR', message: 'no' } }),
    span(ids[1], ids[0], 2),
    span(ids[0], '', 0),
    span(ids[3], 'ffffffffffffffff', 5),
  ]
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] }
  const found = spansOf({ batches: [{ resource, scopeSpans: [{ spans }] }] })
  expect(found.map(({ id, depth }) => [id[0], depth])).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 1],
    ['d', 0],
  ])
  expect(found[2]).toMatchObject({
    isError: true,
    service: 'shop',
    duration: 10,
    attributes: { 'status.message': 'no' },
  })
})

test('ids in base64 are the same as in hexadecimal digits', () => {
  const [found] = spansOf({
    trace: { resourceSpans: [{ scopeSpans: [{ spans: [span('q7q7q7q7q7s=', '', 0)] }] }] },
  })
  expect(found!.id).toBe(Buffer.from('q7q7q7q7q7s=', 'base64').toString('hex'))
})

test('log lines are newest first, with their level', () => {
  const lines = linesOf([
    { stream: { level: 'warn' }, values: [['1700000000000000001', 'old']] },
    { stream: { detected_level: 'error', trace_id: 'ab' }, values: [['1700000000000000002', 'new']] },
  ])
  expect(lines.map(({ text, level }) => [text, level])).toEqual([
    ['new', 'error'],
    ['old', 'warning'],
  ])
  expect(lines[0]!.fields.trace_id).toBe('ab')
})

test('a bucket of a heatmap holds what the smaller ones do not', () => {
  const times = [1, 2]
  const rows = buckets([
    { le: '+Inf', times, values: [10, 10] },
    { le: '0.1', times, values: [4, 10] },
  ])
  expect(rows.map(({ le, cells }) => [le, ...cells.values()])).toEqual([
    [0.1, 4, 10],
    [Infinity, 6, 0],
  ])
})

test('services stand right of those that call them', () => {
  const sample = (client: string, server: string, value: string) => ({
    metric: { client, server },
    value: [1, value] as const,
  })
  const edges = edgesOf({
    rate: [sample('shop', 'payments', '2'), sample('user', 'shop', '5'), sample('x', 'idle', '0')],
    failed: [sample('shop', 'payments', '1')],
    seconds: [sample('user', 'shop', '0.2'), sample('shop', 'payments', 'NaN')],
  })
  expect(edges).toHaveLength(2)
  const columns = nodesOf(edges).map(({ name, column, failed }) => [name, column, failed])
  expect(Object.fromEntries(columns.map(([name, ...rest]) => [name, rest]))).toEqual({
    user: [0, 0],
    shop: [1, 0],
    payments: [2, 1],
  })
})

test('label_values with and without a selector, in which commas are no ends', () => {
  expect(labelValuesOf('label_values(up{a="b", c=~"d"}, job)')).toEqual({
    selector: 'up{a="b", c=~"d"}',
    label: 'job',
  })
  expect(labelValuesOf('label_values(job)')).toEqual({ label: 'job' })
  expect(labelValuesOf('query_result(up)')).toBeUndefined()
})

test('a custom variable may hold another one, and its text is not its value', () => {
  const trace = { variable: { name: 'trace', type: 'textbox' }, values: ['abc'], options: [] }
  const scope = { variables: new Map([['trace', trace]]), builtIns: {} }
  const variable = {
    name: 'chosen',
    type: 'custom',
    query: '{ false } // : $trace, other',
    skipUrlSync: true,
  }
  const options = customOptions(variable, scope)
  expect(options).toEqual([
    { text: '{ false } //', value: 'abc' },
    { text: 'other', value: 'other' },
  ])
  expect(
    chosenFor(
      variable,
      ['other'],
      options.map(({ value }) => value),
    ).values,
  ).toEqual(['abc'])
})
