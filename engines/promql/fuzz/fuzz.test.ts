import { describe, expect, test } from 'vitest'
import { QueryError } from '../../query-error.ts'
import { seededRandom } from '../../random.ts'
import { parse } from '../engine/parse.ts'
import { deepest } from '../language/check.ts'
import { format, print } from '../language/print.ts'
import { longestQuery } from '../language/tokens.ts'
import { mutate, randomQuery, tokenSoup } from './random-queries.ts'

describe('Whatever comes in', () => {
  test('a query from the grammar is read as it is printed', () => {
    const random = seededRandom(1)
    const accepted = Array.from({ length: 1000 }, () => outcome(randomQuery(random, 3))).filter(Boolean)
    expect(accepted.length).toBeGreaterThan(400)
  })

  test('a mutated query is read or refused with its place', () => {
    const random = seededRandom(2)
    for (let round = 0; round < 1500; round++) outcome(mutate(random, randomQuery(random, 3)))
  })

  test('a soup of tokens is read or refused with its place', () => {
    const random = seededRandom(3)
    for (let round = 0; round < 1500; round++) outcome(tokenSoup(random))
  })

  test('random characters are read or refused with their place', () => {
    const random = seededRandom(4)
    for (let round = 0; round < 1500; round++) {
      const length = Math.floor(random() * 40)
      const wide = random() < 0.3 ? 0x11000 : 0x80
      outcome(Array.from({ length }, () => String.fromCharCode(Math.floor(random() * wide))).join(''))
    }
  })

  test('a cut at every place is read or refused with its place', () => {
    const query =
      'sum by (a, "b.c") (rate(x{a=~"b.*", "d"!=\'e\'}[5m:30s] @ end() offset -1h)) >= bool on (a) group_left () 0x1F'
    for (let at = 0; at <= query.length; at++) {
      outcome(query.slice(0, at))
      outcome(query.slice(at))
    }
  })
})

describe('Depth and length', () => {
  const nestings: readonly (readonly [string, (depth: number) => string])[] = [
    ['parentheses', depth => `${'('.repeat(depth)}1${')'.repeat(depth)}`],
    ['open parentheses', depth => '('.repeat(depth)],
    ['calls', depth => `${'abs('.repeat(depth)}x${')'.repeat(depth)}`],
    ['aggregations', depth => `${'sum by (a) ('.repeat(depth)}x${')'.repeat(depth)}`],
    ['signs', depth => `${'-'.repeat(depth)}x`],
    ['powers', depth => `${'2^'.repeat(depth)}2`],
    ['a chain of sums', depth => `x${' + x'.repeat(depth)}`],
    ['subqueries', depth => `${'max_over_time('.repeat(depth)}x${'[1m:])'.repeat(depth)}`],
  ]

  test.each(nestings)('%s', (_, nest) => {
    expect(outcome(nest(100)) !== undefined).toBe(!nest(100).startsWith('((((') || nest(100).endsWith(')'))
    expect(() => parse(nest(deepest + 1))).toThrow(QueryError)
    expect(() => parse(nest(Math.floor(longestQuery / 20)))).toThrow(QueryError)
  })

  test('a query that is too long is refused at once', () => {
    expect(() => parse(`x${' '.repeat(longestQuery)}`)).toThrow(`expected at most ${longestQuery} characters`)
  })

  test('work grows with the length and not faster', () => {
    const shapes = [
      (size: number) => `{${'a="b",'.repeat(size)}c="d"}`,
      (size: number) => `sum by (${'a,'.repeat(size)}b) (x)`,
      (size: number) => `label_join(x, "a", "b"${', "c"'.repeat(size)})`,
      (size: number) => `x # ${'[{("'.repeat(size)}`,
      (size: number) => `x ${' \t\n'.repeat(size)}`,
      (size: number) => `"${'\\x41\\n'.repeat(size)}"`,
      (size: number) => `"${'é'.repeat(size)}`,
      (size: number) => `x{a="${'('.repeat(size)}`,
      (size: number) => `${'1_'.repeat(size)}1`,
      (size: number) => `${'1h'.repeat(size)}`,
    ]
    for (const shape of shapes) {
      const [small, large] = [reads(shape(100)), reads(shape(1000))]
      expect(large / small, shape(3)).toBeLessThan(12)
    }
  })
})

/** The printed text of a query that was read, checked to be read the same; undefined when it was refused as it should be. */
function outcome(query: string): string | undefined {
  let text: string
  try {
    text = print(parse(query))
  } catch (error) {
    if (!(error instanceof QueryError) || error.reason !== 'parse') throw error
    expect(error.message).toMatch(/^Cannot parse the query at line \d+, column \d+: .+\n {2}.*\n {2} *\^+$/su)
    return undefined
  }
  expect(print(parse(text)), query).toBe(text)
  expect(print(parse(format(parse(query)))), query).toBe(text)
  return text
}

/** How often a regular expression was tried: what the tokens and the literals cost, counted instead of timed. */
function reads(query: string): number {
  const { exec } = RegExp.prototype
  let count = 0
  RegExp.prototype.exec = function counting(text: string) {
    count++
    return exec.call(this, text)
  }
  try {
    parse(query)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
  } finally {
    RegExp.prototype.exec = exec
  }
  return count
}
