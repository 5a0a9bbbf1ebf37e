/**
 * With a constant share of errors theory says when each tier fires and ends. A rate looks at whole scrapes, so the simulation
 * may be one scrape early, and one scrape and one evaluation late.
 */
import { expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import { clocks } from './clock.ts'
import { judgePolicy } from './month.ts'
import { playMonth } from './months.ts'
import { shipped } from './policies/own.ts'
import { day, hour, type Scenario } from './scenarios/scenario.ts'

const objective = objectives.find(({ name }) => name === 'shop-availability')!
const budget = 1 - objective.objective / 100
const { scrapeInterval, evaluationInterval, tiers } = clocks['15s']
const late = scrapeInterval + evaluationInterval
const setting = { objective, resolution: '15s', days: 4, traffic: 40, instances: 2 } as const
const rules = shipped.rules(objective, clocks['15s'])
const fast = tiers.find(({ name }) => name === 'fast')!
const factor = 14.4

const start = 2 * day + 10 * hour
function constant(burn: number): Scenario {
  return {
    name: 'constant',
    title: 'A constant share of errors',
    traffic: { arrivals: 'even' },
    errors: 0,
    slow: 0,
    jitter: 0,
    incidents: [
      {
        id: 'burn',
        title: 'Errors',
        start,
        end: start + 2 * hour,
        wanted: 'page',
        effect: { errors: Math.min(1, burn * budget) },
      },
    ],
  }
}

test.each([20, 50, 200, 1000])('burning %i times too fast', burn => {
  const { firings } = judgePolicy(playMonth(constant(burn), setting, 1), { name: 'shipped', rules })
  const [page, ...more] = firings.filter(({ labels }) => labels.burn_tier === 'fast')
  expect(more).toEqual([])
  const detection = page!.firedAt! / 1000 - start
  const expected = (fast.long * factor) / burn
  expect(detection - expected).toBeGreaterThan(-scrapeInterval)
  expect(detection - expected).toBeLessThanOrEqual(late)
  const reset = page!.resolvedAt! / 1000 - (start + 2 * hour)
  const quiet = fast.short * (1 - factor / burn) + fast.keepFiringFor
  expect(reset - quiet).toBeGreaterThan(-scrapeInterval)
  expect(reset - quiet).toBeLessThanOrEqual(late)
})

test.each([1, 5, 14])('burning %i times too fast does not wake anybody by the fast tier', burn => {
  const { firings } = judgePolicy(playMonth(constant(burn), setting, 1), { name: 'shipped', rules })
  expect(
    firings.filter(({ labels, firedAt }) => labels.burn_tier === 'fast' && firedAt !== undefined),
  ).toEqual([])
})
