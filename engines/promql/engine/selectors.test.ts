import { describe, expect, it } from 'vitest'
import { labelsOf, printLabels } from '../../labels.ts'
import { createStore } from '../store/memory.ts'
import { instantQuery, rangeQuery } from './query.ts'
import type { QueryOptions } from './results.ts'

/** x: a sample every 10 s from 0 to 60 s with the second as its value, then the mark of its end at 70 s. */
function storeOfX() {
  const store = createStore()
  const x = store.series(labelsOf([['__name__', 'x']]))
  for (let second = 0; second <= 60; second += 10) x.append(second * 1000, second)
  x.markStale(70_000)
  return store
}

function at(query: string, second: number, options: QueryOptions = {}): number | undefined {
  const result = instantQuery(storeOfX(), query, second * 1000, options)
  if (result.type === 'scalar') return result.value
  if (result.type !== 'vector') throw new Error(`Expected a vector, got a ${result.type}`)
  return result.samples[0]?.value
}

describe('instant selectors', () => {
  it('take the latest sample, not one of the future', () => {
    expect(at('x', 19.999)).toBe(10)
    expect(at('x', 20)).toBe(20)
  })

  it('look back for the lookback, whose far end is out in 3 and in for 2', () => {
    expect(at('x', 69.999, { lookback: 10_000 })).toBe(60)
    const old = createStore()
    old.append(labelsOf([['__name__', 'x']]), 0, 7)
    const ask = (semantics: QueryOptions['semantics'], time: number) =>
      instantQuery(old, 'x', time, { semantics })
    expect(ask('prometheus-3', 299_999)).toMatchObject({ samples: [{ value: 7 }] })
    expect(ask('prometheus-3', 300_000)).toMatchObject({ samples: [] })
    expect(ask('prometheus-2', 300_000)).toMatchObject({ samples: [{ value: 7 }] })
    expect(ask('prometheus-2', 300_001)).toMatchObject({ samples: [] })
  })

  it('find nothing once the series ended, though older samples are within the lookback', () => {
    expect(at('x', 70)).toBeUndefined()
    expect(at('x offset 5s', 70)).toBe(60)
  })

  it('shift by offset and pin by @, to the query and not to the subquery for start() and end()', () => {
    expect(at('x offset 20s', 60)).toBe(40)
    expect(at('x offset -20s', 20)).toBe(40)
    expect(at('x @ 30', 60)).toBe(30)
    expect(at('x @ 30 offset 10s', 60)).toBe(20)
    expect(at('sum_over_time((x @ end())[20s:10s])', 60)).toBe(120)
    const range = rangeQuery(storeOfX(), 'x @ start() + 0 * x', { start: 10_000, end: 30_000, step: 10_000 })
    expect([...range.series[0]!.values]).toEqual([10, 10, 10])
  })

  it('give timestamp() their samples’ own times', () => {
    expect(at('timestamp(x)', 25)).toBe(20)
    expect(at('timestamp(x offset 10s)', 25)).toBe(10)
    expect(at('timestamp(x @ 35)', 25)).toBe(30)
    expect(at('timestamp(x @ 35 offset 10s)', 25)).toBe(20)
    expect(at('timestamp(x @ 35 offset -10s)', 25)).toBe(30)
    expect(at('timestamp(x + 0)', 25)).toBe(25)
  })
})

describe('range selectors', () => {
  it('leave out the left edge in 3 and take it in for 2', () => {
    expect(at('count_over_time(x[20s])', 40)).toBe(2)
    expect(at('count_over_time(x[20s])', 40, { semantics: 'prometheus-2' })).toBe(3)
    expect(at('count_over_time(x[1m])', 100)).toBe(2)
  })

  it('are answered with their samples when they are the whole query', () => {
    const result = instantQuery(storeOfX(), 'x[20s]', 40_000)
    expect(result.type === 'matrix' && [...result.series[0]!.times]).toEqual([30_000, 40_000])
  })

  it('are refused over a range', () => {
    const ask = () => rangeQuery(storeOfX(), 'x[20s]', { start: 0, end: 1, step: 1 })
    expect(ask).toThrow('invalid expression type "range vector" for range query')
  })
})

describe('subqueries', () => {
  it('evaluate at multiples of their step whatever the time of the query', () => {
    const result = instantQuery(storeOfX(), 'x[30s:10s]', 47_000)
    expect(result.type === 'matrix' && [...result.series[0]!.times]).toEqual([20_000, 30_000, 40_000])
  })

  it('start strictly after the window’s start, in 2 on it', () => {
    expect(at('count_over_time(x[30s:10s])', 40)).toBe(3)
    expect(at('count_over_time(x[30s:10s])', 40, { semantics: 'prometheus-2' })).toBe(4)
  })

  it('take the default step when they have none', () => {
    expect(at('count_over_time(x[40s:])', 40, { defaultSubqueryStep: 20_000 })).toBe(2)
  })
})

it('orders the series of a range by labels', () => {
  const store = createStore()
  for (const job of ['b', 'a'])
    store.append(
      labelsOf([
        ['__name__', 'y'],
        ['job', job],
      ]),
      0,
      1,
    )
  const { series } = rangeQuery(store, 'y or vector(0)', { start: 0, end: 0, step: 1 })
  expect(series.map(({ labels }) => printLabels(labels))).toEqual(['{}', 'y{job="a"}', 'y{job="b"}'])
})
