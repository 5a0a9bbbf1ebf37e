import { expect, test } from 'vitest'
import { labelsOf } from '../labels.ts'
import { parse } from '../language/parse.ts'
import { createStore } from '../store/memory.ts'
import type { Answer } from './answers.ts'
import { ourAnswer } from './diff.ts'
import { differenceBetween } from './diff-compare.ts'
import { explanationOf } from './diff-explain.ts'
import type { When } from './promqltest-format.ts'

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

const now: When = { kind: 'instant', start: 0, end: 0, step: 0 }

function explain(query: string, ours: Answer, theirs: Answer): Promise<string | undefined> {
  const store = createStore()
  return explanationOf(
    { query, when: now, data: { series: [], tick: 1, end: 0 } },
    differenceBetween(ours, theirs)!,
    {
      ours,
      theirs,
      ask: other => ourAnswer(store, other, now, 3),
      askTheirs: async () => theirs,
    },
  )
}

test('the last bit explains what it decides, and nothing else', async () => {
  const huge = 'sin(vector(3.7) ^ 300)'
  const store = createStore()
  const answerTo = (query: string, value: number): Answer => {
    const ours = ourAnswer(store, parse(query), now, 3)
    if (ours.type !== 'vector') throw new Error('Expected a vector')
    return { ...ours, samples: ours.samples.map(sample => ({ ...sample, value })) }
  }
  expect(await explain(huge, ourAnswer(store, huge, now, 3), answerTo(huge, 0.123))).toMatch(/last bit/)
  const steady = 'vector(3.7) ^ 2'
  expect(await explain(steady, ourAnswer(store, steady, now, 3), answerTo(steady, 13))).toBeUndefined()
  const plain = 'vector(3.7) + 2'
  expect(await explain(plain, ourAnswer(store, plain, now, 3), answerTo(plain, 13))).toBeUndefined()
})
