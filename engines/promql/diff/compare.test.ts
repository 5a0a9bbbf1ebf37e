import { expect, test } from 'vitest'
import { labelsOf } from '../../labels.ts'
import type { Answer } from '../replay/answers.ts'
import { differenceBetween } from './compare.ts'

function vector(
  values: Record<string, number>,
  notes: { warnings?: string[]; infos?: string[] } = {},
): Answer {
  const samples = Object.entries(values).map(([a, value]) => ({
    labels: labelsOf([['a', a]]),
    time: 0,
    value,
  }))
  return { type: 'vector', samples, warnings: [], infos: [], ...notes }
}

const fault = (message: string): Answer => ({ type: 'error', message })

test.each<[string, Answer, Answer]>([
  ['the last bits', vector({ x: 1 / 3 }), vector({ x: 1 / 3 + 1e-16 })],
  ['NaN and infinities', vector({ x: Number.NaN, y: Infinity }), vector({ x: Number.NaN, y: Infinity })],
  ['the order of series', vector({ x: 1, y: 2 }), vector({ y: 2, x: 1 })],
  [
    'the words of an error',
    fault('1:3: parse error: unexpected )'),
    fault('Cannot parse the query at line 1'),
  ],
  [
    'a value in a note',
    vector({}, { warnings: ['got 0.1'] }),
    vector({}, { warnings: ['got 0.10000000000000002'] }),
  ],
])('%s makes no difference', (_, ours, theirs) => {
  expect(differenceBetween(ours, theirs)).toBeUndefined()
})

test.each<[string, Answer, Answer]>([
  ['values', vector({ x: 1 }), vector({ x: 1 + 1e-8 })],
  ['values', vector({ x: 0 }), vector({ x: Number.NaN })],
  ['series', vector({ x: 1 }), vector({})],
  ['series', vector({ x: 1 }), vector({ y: 1 })],
  ['error', vector({}), fault('many-to-many matching not allowed')],
  ['error', fault('vector cannot contain metrics with the same labelset'), fault('many-to-many matching')],
  ['notes', vector({}, { infos: ['one'] }), vector({})],
  ['notes', vector({}, { warnings: ['got 1'] }), vector({}, { warnings: ['got 2'] })],
])('%s differ', (kind, ours, theirs) => {
  expect(differenceBetween(ours, theirs)?.kind).toBe(kind)
})

test('the order of a sorted vector counts, but for equal values', () => {
  const isOrdered = true
  expect(differenceBetween(vector({ x: 1, y: 2 }), vector({ y: 2, x: 1 }), { isOrdered })?.kind).toBe('order')
  expect(differenceBetween(vector({ x: 1, y: 1 }), vector({ y: 1, x: 1 }), { isOrdered })).toBeUndefined()
})
