/** The search tries tiers without evaluating their rules, so what it says they fired must be what the rules fire. */
import { expect, test } from 'vitest'
import { objectives } from '../../alerts/objectives.ts'
import type { Tier } from '../../contract/windows.ts'
import { clocks } from '../clock.ts'
import { judgePolicy } from '../month.ts'
import { playMonth } from '../months.ts'
import { ownPolicy, shippedDefinition } from '../policies/own.ts'
import { scenarios } from '../scenarios/catalogue.ts'
import { searchMonth } from './columns.ts'
import { firingsOf } from './fire.ts'

const clock = clocks['1m']
const variants: Record<string, { minimumErrors: number; change: (tier: Tier) => Tier }> = {
  shipped: { minimumErrors: 5, change: tier => tier },
  hasty: { minimumErrors: 1, change: tier => ({ ...tier, factor: 1.5, keepFiringFor: 0, history: 0 }) },
  patient: {
    minimumErrors: 9,
    change: tier => ({ ...tier, for: tier.short / 2, keepFiringFor: 3 * tier.short }),
  },
}

const names = [
  'outage',
  'flapping',
  'trickle',
  'scrape-gap',
  'cold-start',
  'low-traffic',
  'quiet-nights',
  'long-outage',
  'healthy',
]

test.each(names)('what tiers fire in %s', name => {
  const scenario = scenarios.find(each => each.name === name)!
  for (const objective of objectives.slice(0, 2)) {
    const setting = { objective, resolution: '1m', days: 30, traffic: 1, instances: 2 } as const
    const month = playMonth(scenario, setting, 3)
    const searched = searchMonth(month, shippedDefinition.tiers)
    for (const [variant, { minimumErrors, change }] of Object.entries(variants)) {
      const tiers = shippedDefinition.tiers.map(change)
      const policy = ownPolicy(variant, variant, 'a test', { tiers, minimumErrors })
      const { firings } = judgePolicy(month, { name: variant, rules: policy.rules(objective, clock) })
      const fired = firings.filter(({ firedAt }) => firedAt !== undefined)
      const times = (tier: string | undefined, from: typeof firings) =>
        from
          .filter(({ labels }) => labels.burn_tier === tier)
          .map(({ activeAt, firedAt, resolvedAt }) => ({ activeAt, firedAt, resolvedAt }))
      for (const tier of tiers)
        expect(
          times(tier.name, firingsOf(searched, clock, tier, minimumErrors)),
          `${variant} ${tier.name}`,
        ).toEqual(times(tier.name, fired))
      expect(times(undefined, searched.others)).toEqual(times(undefined, firings))
    }
  }
})
