import { describe, expect, test } from 'vitest'
import type { JourneyResult } from './measurements.ts'
import { summary } from './report.ts'
import { brokenBudgets, incomparable, type LoadResult, regressions } from './verdict.ts'

const exact = (value: number) => ({ value, low: value * 0.99, high: value * 1.01 })
const vague = (value: number) => ({ value, low: value * 0.5, high: value * 2 })

function journey(change: Partial<JourneyResult> = {}): JourneyResult {
  return {
    requests: 10_000,
    errors: 0,
    reasons: {},
    p50: exact(0.01),
    p95: exact(0.05),
    p99: exact(0.1),
    max: 0.4,
    ...change,
  }
}

function result(journeys: LoadResult['journeys'], change: Partial<LoadResult> = {}): LoadResult {
  return {
    load: { rate: 20, spacing: 'poisson', mix: { browse: 1 }, spikes: [] },
    seed: 1,
    duration: 60,
    dropped: 0,
    journeys,
    ...change,
  }
}

describe('budgets', () => {
  test('hold for a healthy run', () => expect(brokenBudgets(result({ browse: journey() }))).toEqual([]))

  test('each broken one says what was measured and what was expected', () => {
    const browse = journey({
      p95: exact(0.15),
      p99: exact(1),
      errors: 20,
      reasons: { 'status 500': 15, timeout: 5 },
    })
    expect(brokenBudgets(result({ browse }))).toEqual([
      'browse: p95 is 150 ms, expected at most 100 ms',
      'browse: p99 is 1000 ms, expected at most 300 ms',
      'browse: 0.2 % of requests failed (15 × status 500, 5 × timeout), expected at most 0.1 %',
    ])
  })

  test('percentiles of a few requests are no evidence, errors are', () => {
    const few = journey({ requests: 19, p95: exact(9), p99: exact(9) })
    expect(brokenBudgets(result({ browse: few }))).toEqual([])
    expect(brokenBudgets(result({ browse: { ...few, errors: 1, reasons: { timeout: 1 } } }))).toHaveLength(1)
    expect(brokenBudgets(result({ browse: { ...few, requests: 20 } }))).toHaveLength(1)
    expect(brokenBudgets(result({ browse: { ...few, requests: 100 } }))).toHaveLength(2)
  })

  test('a request that could not be sent breaks the run', () =>
    expect(brokenBudgets(result({ browse: journey() }, { dropped: 3 }))).toEqual([
      '3 requests were not sent because too many waited for an answer, expected none',
    ]))
})

describe('regressions', () => {
  const compare = (then: Partial<JourneyResult>, now: Partial<JourneyResult>) =>
    regressions(result({ browse: journey(then) }), result({ browse: journey(now) }))

  test('name the journey and by how much it got slower', () =>
    expect(compare({}, { p95: exact(0.1), p99: exact(0.15) })).toEqual([
      'browse: p95 went from 50 ms to 100 ms, 100 % slower',
      'browse: p99 went from 100 ms to 150 ms, 50 % slower',
    ]))

  test('a small change is noise', () =>
    expect(compare({}, { p95: exact(0.055), p99: exact(0.11) })).toEqual([]))
  test('so is one that chance explains', () =>
    expect(compare({ p99: vague(0.1) }, { p99: vague(0.18) })).toEqual([]))
  test('so is one of a millisecond or two', () =>
    expect(compare({ p50: exact(0.001) }, { p50: exact(0.003) })).toEqual([]))
  test('faster is no regression', () =>
    expect(compare({}, { p95: exact(0.01), p99: exact(0.01) })).toEqual([]))
  test('more errors are one', () =>
    expect(compare({}, { errors: 100, reasons: { 'status 500': 100 } })).toEqual([
      'browse: errors went from 0 % to 1.0 % of requests',
    ]))
  test('a journey that was not there before is not compared', () =>
    expect(regressions(result({}), result({ browse: journey({ p99: exact(9) }) }))).toEqual([]))

  test('only runs under the same load are compared', () => {
    const one = result({})
    expect(incomparable(one, result({}, { seed: 2, duration: 90 }))).toBeUndefined()
    expect(incomparable(one, { load: { ...one.load, rate: 40 } })).toMatch(
      /^expected .*"rate":40.*, got .*"rate":20/,
    )
  })
})

test('the summary shows each journey beside its budget', () => {
  const text = summary(
    result({
      browse: journey({ p99: exact(0.5) }),
      export: journey({ requests: 12, errors: 1, p99: exact(5), max: 5 }),
    }),
  )
  expect(text).toMatch(/browse +10000 +10 ms +50 ms ≤ 100 ms +500 ms > 300 ms +400 ms +0 % ≤ 0\.1 %/)
  expect(text).toMatch(/export +12 +10 ms +50 ms - 1000 ms +5000 ms - 2000 ms +5000 ms +8\.3 % > 0\.1 %/)
  expect(text).toContain('10012 requests in 1m, 0 dropped')
})
