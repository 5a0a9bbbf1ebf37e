import { expect, test } from 'vitest'
import { batchesOf } from '../otlp/read.ts'
import { createTraceStore } from '../store/memory.ts'
import { queryRange } from './metrics.ts'

const minute = 60_000_000_000n

/** As many of each, in one minute. */
function shown(values: readonly object[], query: string): string[] {
  const spans = values.map((value, i) => ({
    traceId: (i + 1).toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    startTimeUnixNano: `${minute}`,
    endTimeUnixNano: `${minute}`,
    attributes: [{ key: 'a', value }],
  }))
  const store = createTraceStore()
  store.add(batchesOf({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
  const { series } = queryRange(store, query, { start: 0n, end: 2n * minute, step: minute })
  return series.map(({ labels }) =>
    labels.map(({ value }) => String((value as { value?: unknown }).value)).join(),
  )
}

test('of equal series topk takes the first by its text; of numbers the one whose bits are the larger number, so -1 before 10', () => {
  const texts = ['b', 'a', 'c'].map(stringValue => ({ stringValue }))
  expect(shown(texts, '{ } | rate() by (span.a) | topk(1)')).toEqual(['a'])
  const numbers = ['0', '-1', '10'].map(intValue => ({ intValue }))
  expect(shown(numbers, '{ } | rate() by (span.a) | topk(1)')).toEqual(['-1'])
  expect(shown(numbers.slice(0, 1).concat(numbers.slice(2)), '{ } | rate() by (span.a) | topk(1)')).toEqual([
    '10',
  ])
  const floats = [2.5, -2.5].map(doubleValue => ({ doubleValue }))
  expect(shown(floats, '{ } | rate() by (span.a) | topk(1)')).toEqual(['-2.5'])
})
