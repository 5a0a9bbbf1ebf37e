import { describe, expect, it } from 'vitest'
import { newRandom } from '../../random.ts'
import { randomTraces } from '../diff/data.ts'
import { randomQuestion } from '../diff/query.ts'
import { parse } from '../language/parse.ts'
import { print } from '../language/print.ts'
import { Refusal } from '../language/refusal.ts'
import { validate } from '../language/validate.ts'
import { damaged, randomWords } from './random-words.ts'

const isLong = process.env.SIGHTLINE_LONG === '1'
const rounds = isLong ? 200_000 : 4000

/** Whether it is a query; a query prints to one that prints the same. */
function check(text: string): boolean {
  try {
    const query = parse(text)
    const printed = print(query)
    const again = parse(printed)
    expect(withoutPlaces(again), `${text}\nprinted as ${printed}`).toEqual(withoutPlaces(query))
    expect(print(again)).toBe(printed)
    validate(text, query)
    return true
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    expect(error.message).toMatch(/^Cannot \w+ the query at line \d+, column \d+: /)
    expect(error.message).toContain('^')
    return false
  }
}

function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (key === 'place' ? [] : [[key, withoutPlaces(each)]])),
  )
}

describe('the parser', () => {
  it('takes any text without a crash', () => {
    const random = newRandom(1)
    const outcomes = Array.from({ length: rounds }, () => check(randomWords(random)))
    expect(outcomes).toContain(false)
  })

  it('prints what it reads, and reads the same from that', () => {
    const random = newRandom(2)
    const traces = randomTraces(random)
    const outcomes = Array.from({ length: rounds }, () => {
      const { query } = randomQuestion(random, traces)
      return [check(query), check(damaged(random, query))]
    })
    expect(outcomes.filter(([whole]) => whole).length).toBeGreaterThan(rounds * 0.8)
    expect(outcomes.some(([, isDamagedOne]) => isDamagedOne)).toBe(true)
  })

  it.each([
    ['parentheses', '('.repeat(100_000)],
    ['signs', `{ ${'-'.repeat(100_000)}1 = 1 }`],
    ['operators', `{ .a ${'&& .a '.repeat(50_000)}}`],
    ['spansets', `{ } ${'>> { } '.repeat(50_000)}`],
    ['numbers', '1'.repeat(1_000_000)],
    ['a name', `{ .${'a'.repeat(1_000_000)} }`],
    ['comments', '/*'.repeat(100_000)],
    ['spaces', ' '.repeat(1_000_000)],
    ['quotes', '"'.repeat(100_000)],
  ])('ends soon over many %s', (_, text) => {
    const started = performance.now()
    check(text)
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
