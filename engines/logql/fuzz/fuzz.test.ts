/** Random queries and random damage to them: each is answered or refused, at once, and printed so that it reads the same. */

import { expect, test } from 'vitest'
import { QueryError } from '../../query-error.ts'
import { newRandom, type Random } from '../../random.ts'
import { randomStreams, seconds, start, storeOf } from '../diff/data.ts'
import { instantQuery, linesQuery, rangeQuery } from '../engine/query.ts'
import { parse } from '../language/parse.ts'
import { format, print } from '../language/print.ts'
import { randomLogQuery, randomMetricQuery } from './random-queries.ts'

const seeds = [1, 2, 3, 4]

test.each(seeds)('what is printed reads the same, seed %i', seed => {
  const random = newRandom(seed)
  let read = 0
  for (let i = 0; i < 1000; i++) {
    const query = randomQuery(random)
    const expr = parsed(query)
    if (expr === undefined) continue
    read++
    const text = print(expr)
    expect(print(parse(text)), query).toBe(text)
    expect(print(parse(format(expr))), query).toBe(text)
  }
  expect(read).toBeGreaterThan(850)
})

test.each(seeds)('damaged queries are refused with their place or run, seed %i', seed => {
  const random = newRandom(1000 + seed)
  let refused = 0
  for (let i = 0; i < 1500; i++) {
    const query = damaged(random, randomQuery(random))
    const began = performance.now()
    try {
      expect(print(parse(print(parse(query))))).toBe(print(parse(query)))
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      refused++
      expect(error.message).toMatch(/^Cannot parse the query at line \d+, column \d+: |^Cannot compile/)
    }
    expect(performance.now() - began, query).toBeLessThan(1000)
  }
  expect(refused).toBeGreaterThan(400)
})

test.each(seeds)('queries over random lines are answered or refused, seed %i', seed => {
  const random = newRandom(2000 + seed)
  for (let round = 0; round < 6; round++) {
    const store = storeOf(randomStreams(random))
    const [from, to] = [start * 1000, (start + seconds) * 1000]
    for (let i = 0; i < 40; i++) {
      const query = randomQuery(random)
      try {
        const expr = parse(query)
        if (expr.kind !== 'logs') {
          instantQuery(store, query, to)
          rangeQuery(store, query, { start: from, end: to, step: 60_000 })
        } else
          linesQuery(store, query, {
            start: { time: from, nanos: 0 },
            end: { time: to, nanos: 0 },
            direction: random.pick(['forward', 'backward']),
            limit: 1 + random.below(100),
            interval: 0,
          })
      } catch (error) {
        if (!(error instanceof QueryError)) throw new Error(`${query}: ${(error as Error).stack}`)
      }
    }
  }
})

function randomQuery(random: Random): string {
  return random.chance(0.5) ? randomLogQuery(random) : randomMetricQuery(random)
}

function parsed(query: string) {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof QueryError) return undefined
    throw error
  }
}

const pieces = [
  '(',
  ')',
  '{',
  '}',
  '[5m]',
  '|',
  '|=',
  '"',
  '`',
  "'",
  ',',
  '==',
  '-',
  '5m',
  '1KB',
  'by',
  'or',
  'ip(',
  '\\',
  '\0',
  '😀',
  '#',
  '/*',
  'sum(',
  'offset',
  '0x',
  '\ud800',
]

function damaged(random: Random, query: string): string {
  let text = query
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(text.length + 1)
    const length = random.chance(0.5) ? 0 : random.below(8)
    text = text.slice(0, at) + (random.chance(0.7) ? random.pick(pieces) : '') + text.slice(at + length)
  }
  return text
}
