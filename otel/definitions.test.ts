/** Definitions of metrics that Prometheus, or a second file of the same process, would stumble over. */

import { expect, test } from 'vitest'
import { defineCounter, defineGauge, defineHistogram } from './signals.ts'

const bad: [what: string, define: () => unknown, message: string][] = [
  [
    'a space',
    () => defineGauge('open orders', 'use', 'Open'),
    'a name of letters, digits and _, got "open orders"',
  ],
  ['no name', () => defineGauge('', 'use', 'Open'), 'Cannot define a metric: expected a name'],
  ['a counter', () => defineCounter('orders', 'red', 'Orders'), 'expected a counter to end with _total'],
  [
    'a gauge',
    () => defineGauge('orders_total', 'use', 'Orders'),
    'expected _total on counters only, got a gauge',
  ],
  ['no help', () => defineGauge('orders', 'use', ' '), 'expected a sentence that says what it is, got none'],
  ['a label', () => defineGauge('orders', 'use', 'Orders', { 'a-b': 'x' }), 'got "a-b"'],
  ['its own label', () => defineGauge('orders', 'use', 'Orders', { __name__: 'x' }), 'got "__name__"'],
  ['le', () => defineGauge('orders', 'use', 'Orders', { le: 'x' }), 'without le and quantile, got "le"'],
  ['an empty set', () => defineGauge('orders', 'use', 'Orders', { a: [] }), 'expected a to have values'],
  [
    'one value twice',
    () => defineGauge('orders', 'use', 'Orders', { a: ['x', 'x'] }),
    'each value of a once, got x, x',
  ],
  [
    'no buckets',
    () => defineHistogram('a_seconds', 'red', 'A', {}, { buckets: [] }),
    'buckets that rise, got ""',
  ],
  ['falling buckets', () => defineHistogram('a_seconds', 'red', 'A', {}, { buckets: [1, 1] }), 'got "1, 1"'],
  [
    'no number',
    () => defineHistogram('a_seconds', 'red', 'A', {}, { buckets: [1, Number.NaN] }),
    'got "1, NaN"',
  ],
  [
    'a series',
    () => defineHistogram('a_sum', 'red', 'A', {}, { buckets: [1] }),
    'does not end as the series',
  ],
]

test.each(bad)('%s is refused', (_, define, message) => {
  expect(define).toThrow(message)
})
