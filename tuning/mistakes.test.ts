/**
 * Mistakes people make, planted in the shipped policy: each one costs visibly more in the column it belongs to, and the
 * search for better tiers repairs it.
 */
import { beforeAll, expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import type { Tier } from '../contract/windows.ts'
import { clocks } from './clock.ts'
import { judgePolicy } from './month.ts'
import { playMonth } from './months.ts'
import { ownPolicy, shipped, shippedDefinition } from './policies/own.ts'
import type { Policy } from './policies/policy.ts'
import { scenarios } from './scenarios/catalogue.ts'
import { minute } from './scenarios/scenario.ts'
import { type Row, scoreboard } from './score/board.ts'
import { find } from './suggest/suggest.ts'

const objective = objectives.find(({ name }) => name === 'shop-availability')!

function planted(name: string, change: (tier: Tier) => Tier): Policy {
  const tiers = shippedDefinition.tiers.map(change)
  return ownPolicy(name, name, 'a mistake', { ...shippedDefinition, tiers })
}

const mistakes = {
  'no-guard': ownPolicy('no-guard', 'no guard', 'a mistake', { ...shippedDefinition, minimumErrors: 0 }),
  'windows-too-short': planted('windows-too-short', tier =>
    tier.name === 'fast' ? { ...tier, long: 5 * minute, short: 2 * minute, factor: 14.4, history: 0 } : tier,
  ),
  'cannot-fire': planted('cannot-fire', tier => ({ ...tier, factor: 2000 })),
  'for-longer-than-short-window': planted('for-longer-than-short-window', tier => ({
    ...tier,
    for: 3 * tier.short,
  })),
  'nothing-kept': planted('nothing-kept', tier => ({ ...tier, keepFiringFor: 0 })),
}

const names = [
  'outage',
  'short-outage',
  'error-spike',
  'flapping',
  'low-traffic',
  'nightly-job',
  'quiet-nights',
]
let rows: Map<string, Row>

beforeAll(async () => {
  const traffic = objective.traffic.minimum
  const search = { objective, resolution: '1m', days: 30, traffic, instances: 2, months: 20 } as const
  const { candidates, chosen } = await find(search, () => {})
  const suggested = ownPolicy('suggested', 'suggested', 'a search', candidates[chosen]!)
  const results = scenarios
    .filter(({ name }) => names.includes(name))
    .flatMap(scenario => {
      const setting = {
        objective,
        resolution: '1m',
        days: 30,
        traffic,
        instances: 2,
      } as const
      const month = playMonth(scenario, setting, 1)
      return [shipped, suggested, ...Object.values(mistakes)].map(policy =>
        judgePolicy(month, { name: policy.name, rules: policy.rules(objective, clocks['1m']) }),
      )
    })
  rows = new Map(scoreboard(results).map(row => [row.policy, row]))
})

const figure = (policy: string, name: keyof Row['figures']) => rows.get(policy)!.figures[name]?.mean

test('without a guard single failures at low traffic wake people', () => {
  expect(figure('no-guard', 'falsePagesPerWeek')!).toBeGreaterThan(
    figure('shipped', 'falsePagesPerWeek')! + 0.05,
  )
  expect(figure('suggested', 'falsePagesPerWeek')!).toBeLessThan(
    figure('no-guard', 'falsePagesPerWeek')! - 0.05,
  )
})

test('windows of minutes page for every spike', () => {
  expect(figure('windows-too-short', 'falsePagesPerWeek')!).toBeGreaterThan(
    figure('shipped', 'falsePagesPerWeek')! + 0.05,
  )
  expect(figure('suggested', 'falsePagesPerWeek')!).toBeLessThan(
    figure('windows-too-short', 'falsePagesPerWeek')! - 0.05,
  )
})

test('a threshold above every possible burn rate tells nobody of anything', () => {
  expect(figure('cannot-fire', 'recall')).toBe(0)
  expect(figure('shipped', 'recall')!).toBeGreaterThan(0.7)
  expect(figure('suggested', 'recall')!).toBeGreaterThan(0.7)
})

test('a for longer than the short window misses what ends soon', () => {
  expect(figure('for-longer-than-short-window', 'recall')!).toBeLessThan(figure('shipped', 'recall')!)
  expect(figure('suggested', 'recall')!).toBeGreaterThan(figure('for-longer-than-short-window', 'recall')!)
})

test('without keep_firing_for one incident is many notifications', () => {
  expect(figure('nothing-kept', 'pagesPerWeek')!).toBeGreaterThan(figure('shipped', 'pagesPerWeek')! * 1.2)
  expect(figure('nothing-kept', 'pagesPerWeek')!).toBeGreaterThan(figure('suggested', 'pagesPerWeek')! * 1.2)
})
