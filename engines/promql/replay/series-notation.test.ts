import { expect, test } from 'vitest'
import { parseSeriesLine, parseValues, printMetric, printValues } from './series-notation.ts'

test.each([
  ['1 2 -3.5', [1, 2, -3.5]],
  ['1+2x3', [1, 3, 5, 7]],
  ['-5-2x2', [-5, -7, -9]],
  ['4x2', [4, 4, 4]],
  ['_ 1 _x3 2', ['gap', 1, 'gap', 'gap', 'gap', 2]],
  ['1 stale NaN Inf -Inf +Inf', [1, 'stale', Number.NaN, Infinity, -Infinity, Infinity]],
  ['0.1+0.1x2', [0.1, 0.2, 0.30000000000000004]],
  ['1e3 .5', [1000, 0.5]],
  ['{{schema:0 count:1}}x1 2', ['native histogram', 'native histogram', 2]],
  ['{{count:1}}+{{count:2}}x2', ['native histogram', 'native histogram', 'native histogram']],
])('%s', (text, values) => {
  expect(parseValues(text)).toEqual(values)
})

test.each(['1+x3', 'word', '1..2', '_x', '1+2*3'])('%s is refused', text => {
  expect(() => parseValues(text)).toThrow(/^Cannot read value/)
})

test('a line holds a metric in any of its spellings, then values', () => {
  const { labels, values } = parseSeriesLine('requests_total{path="/a b}", job = \'x\'} 1 2')
  expect([...labels]).toEqual([
    ['__name__', 'requests_total'],
    ['job', 'x'],
    ['path', '/a b}'],
  ])
  expect(values).toEqual([1, 2])
  expect(parseSeriesLine('{} 5').labels.size).toBe(0)
  expect(() => parseSeriesLine('x{a=~"b"} 1')).toThrow(/expected a metric/)
})

test('what is printed reads as the same', () => {
  const { labels, values } = parseSeriesLine('{"odd.name", "a.b"="c\\"\\n"} -0 1e-7 NaN -Inf _ stale')
  const again = parseSeriesLine(`${printMetric(labels)} ${printValues(values)}`)
  expect([...again.labels]).toEqual([...labels])
  expect(again.values).toEqual(values)
})
