/** Judges a run: against the budgets, and against an earlier run. */

import { type JourneyBudget, type JourneyName, journeyBudgets } from '../../contract/budgets.ts'
import type { Traffic } from './arrivals.ts'
import type { LoadPlan } from './generator.ts'
import type { JourneyResult, Percentile } from './measurements.ts'

export interface LoadResult {
  /** What two runs must share to be compared. */
  load: Pick<Traffic, 'rate' | 'day' | 'spikes'> & Pick<LoadPlan, 'spacing' | 'mix'>
  seed: number
  /** Seconds. */
  duration: number
  dropped: number
  journeys: Partial<Record<JourneyName, JourneyResult>>
}

export function loadOf({ traffic, spacing, mix }: LoadPlan): LoadResult['load'] {
  const { rate, day, spikes } = traffic
  return { rate, spacing, mix, spikes, ...(day === undefined ? {} : { day }) }
}

/** With fewer requests a percentile is chance: among 99 a single slow one would be the p99. */
const requestsFor = { p95: 20, p99: 100 } as const

export function brokenBudgets(result: LoadResult): string[] {
  const broken = entries(result).flatMap(([name, journey]) => {
    const budget: JourneyBudget = journeyBudgets[name]
    const slow = (['p95', 'p99'] as const)
      .filter(at => isJudged(journey, at) && journey[at].value > budget[at])
      .map(at => `${name}: ${at} is ${ms(journey[at].value)}, expected at most ${ms(budget[at])}`)
    const ratio = journey.errors / journey.requests
    return ratio <= budget.errorRatio
      ? slow
      : [
          ...slow,
          `${name}: ${percent(ratio)} of requests failed (${reasonsOf(journey)}), expected at most ${percent(budget.errorRatio)}`,
        ]
  })
  return result.dropped === 0
    ? broken
    : [
        ...broken,
        `${result.dropped} requests were not sent because too many waited for an answer, expected none`,
      ]
}

export function isJudged(journey: JourneyResult, at: 'p95' | 'p99'): boolean {
  return journey.requests >= requestsFor[at]
}

/** Slower counts when the ranges of chance do not overlap, it is by more than 15 %, and by more than 3 ms. */
const noise = { ratio: 1.15, seconds: 0.003, errorRatio: 0.005 } as const

export function regressions(before: LoadResult, after: LoadResult): string[] {
  return entries(after).flatMap(([name, now]) => {
    const then = before.journeys[name]
    if (then === undefined) return []
    const slower = (['p50', 'p95', 'p99'] as const)
      .filter(
        at => (at === 'p50' || (isJudged(then, at) && isJudged(now, at))) && isSlower(then[at], now[at]),
      )
      .map(
        at =>
          `${name}: ${at} went from ${ms(then[at].value)} to ${ms(now[at].value)}, ${percent(now[at].value / then[at].value - 1)} slower`,
      )
    const [errorsThen, errorsNow] = [then.errors / then.requests, now.errors / now.requests]
    return errorsNow - errorsThen > noise.errorRatio
      ? [...slower, `${name}: errors went from ${percent(errorsThen)} to ${percent(errorsNow)} of requests`]
      : slower
  })
}

/** Undefined when the two runs can be compared, else why not. */
export function incomparable(
  before: Pick<LoadResult, 'load'>,
  after: Pick<LoadResult, 'load'>,
): string | undefined {
  const [then, now] = [before.load, after.load].map(load => JSON.stringify(load))
  return then === now ? undefined : `expected a run under the same load, ${now}, got ${then}`
}

export function ms(seconds: number): string {
  const value = seconds * 1000
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

export function percent(ratio: number): string {
  const value = ratio * 100
  return `${value !== 0 && Math.abs(value) < 10 ? value.toFixed(value < 0.1 ? 2 : 1) : Math.round(value)} %`
}

export function reasonsOf({ reasons }: JourneyResult): string {
  return Object.entries(reasons)
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => `${count} × ${reason}`)
    .join(', ')
}

function isSlower(then: Percentile, now: Percentile): boolean {
  return now.low > then.high && now.value > then.value * noise.ratio && now.value - then.value > noise.seconds
}

function entries(result: LoadResult): [JourneyName, JourneyResult][] {
  return Object.entries(result.journeys) as [JourneyName, JourneyResult][]
}
