import { describe, expect, test } from 'vitest'
import { labelsOf } from '../../labels.ts'
import type { Answer } from '../replay/answers.ts'
import type { When } from '../replay/promqltest-format.ts'
import { createStore } from '../store/memory.ts'
import { differenceBetween } from './compare.ts'
import { ourAnswer } from './diff.ts'
import { explanationOf } from './explain.ts'

const now: When = { kind: 'instant', start: 300_000, end: 300_000, step: 0 }

/** A counter of huge angles, whose cosine only the last bit decides. */
const store = createStore()
for (let time = 0; time <= 300_000; time += 10_000)
  store.append(labelsOf([['__name__', 'x']]), time, 1e9 * (time + 1))

const ask = (query: Parameters<typeof ourAnswer>[1]) => ourAnswer(store, query, now, 3)

/** `again` are the server's answers when it is asked the same repeatedly, round and round. */
function explain(
  query: string,
  ours: Answer,
  theirs: Answer,
  again: readonly Answer[] = [theirs],
): Promise<string | undefined> {
  let count = 0
  return explanationOf(
    { query, when: now, data: { series: [], tick: 1, end: 0, start: 0 } },
    differenceBetween(ours, theirs)!,
    { ours, theirs, ask, askTheirs: async () => again[count++ % again.length]! },
  )
}

function vector(values: Record<string, number>): Answer {
  const samples = Object.entries(values).map(([a, value]) => ({
    labels: labelsOf([['a', a]]),
    time: 0,
    value,
  }))
  return { type: 'vector', samples, warnings: [], infos: [] }
}

const fault = (message: string): Answer => ({ type: 'error', message })

describe('The last bit', () => {
  const otherwise = (answer: Answer, factor: number): Answer => {
    if (answer.type !== 'vector') throw new Error('Expected a vector')
    return {
      ...answer,
      samples: answer.samples.map(sample => ({ ...sample, value: sample.value * factor + 0.1 })),
    }
  }

  test.each(['sin(vector(3.7) ^ 300)', 'rate((x atan2 vector(1))[1m:10s])'])(
    'explains a difference that a last bit decides: %s',
    async query => {
      expect(await explain(query, ask(query), otherwise(ask(query), 2))).toMatch(/last bit/)
    },
  )

  test('explains another label where count_values made it from a value whose last bit varies', async () => {
    const query = 'count_values("a", avg_over_time(x[1m]))'
    expect(await explain(query, ask(query), vector({ '270000000001': 1 }))).toMatch(/last bit/)
    const steady = 'count_values("a", last_over_time(x[1m]))'
    expect(await explain(steady, ask(steady), vector({ '270000000001': 1 }))).toBeUndefined()
  })

  test.each(['vector(3.7) ^ 2', 'vector(3.7) + 2', 'rate(x[1m])', 'avg_over_time(x[1m])'])(
    'explains no difference in %s, where no last bit decides',
    async query => {
      expect(await explain(query, ask(query), otherwise(ask(query), 2))).toBeUndefined()
    },
  )
})

describe('Two faults in a query', () => {
  const two = 'vector(1) or label_replace(vector(2), "a", "b", "", "")'
  const many = `vector(1) + on () (${two})`
  const same = `label_replace(${two}, "a", "", "", ".*")`
  const [ofMany, ofSame] = [fault('many-to-many matching not allowed'), fault('the same labelset')]

  test('explain why each side names another, where a part of the query alone has the fault that the server names', async () => {
    expect(ask(many)).toMatchObject({ type: 'error', message: expect.stringMatching(/many-to-many/) })
    expect(ask(same)).toMatchObject({ type: 'error', message: expect.stringMatching(/same labelset/) })
    expect(await explain(`(${many}) + (${same})`, ofSame, ofMany)).toMatch(/two faults/)
    expect(await explain(`(${many}) + (${same})`, ofMany, ofSame)).toMatch(/two faults/)
  })

  test('explain no fault that no part has, that only the whole query has, or that one side alone reports', async () => {
    const label = fault('invalid label name "~"')
    expect(await explain(`(${many}) + (${same})`, ofMany, label)).toBeUndefined()
    expect(await explain(many, ofSame, ofMany)).toBeUndefined()
    expect(await explain(`(${many}) + vector(1)`, vector({ x: 1 }), ofMany)).toBeUndefined()
    expect(await explain(`(${many}) + vector(1)`, ofMany, vector({ x: 1 }))).toBeUndefined()
  })
})

describe('A tie', () => {
  const [first, second] = [vector({ x: 1 }), vector({ y: 1 })]

  test('explains another series where the server itself takes another one when asked again', async () => {
    expect(await explain('topk(1, x)', first, second, [second, second, first])).toMatch(/ties/)
  })

  test('explains nothing where the server repeats its answer, or the query does not pick series', async () => {
    expect(await explain('topk(1, x)', first, second)).toBeUndefined()
    expect(await explain('sum(x)', first, second, [first])).toBeUndefined()
  })

  test('explains no other kind of difference than between two answers of the server', async () => {
    const wrong = vector({ y: 2 })
    expect(await explain('topk(1, x)', wrong, second, [first])).toBeUndefined()
    expect(await explain('topk(1, x)', fault('many-to-many'), second, [first])).toBeUndefined()
    const noted: Answer = { ...vector({ y: 1 }), infos: ['note'] } as Answer
    expect(await explain('topk(1, x)', noted, second, [first])).toBeUndefined()
  })
})
