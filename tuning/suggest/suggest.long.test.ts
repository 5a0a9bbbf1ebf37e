/** On scenarios it never saw, what the search finds is nowhere worse than the tiers that ship. */
import { describe, expect, test } from 'vitest'
import { objectives } from '../../alerts/objectives.ts'
import { worseThanShipped } from './against-shipped.ts'
import { suggest } from './suggest.ts'

const names = ['shop-availability', 'shop-latency', 'checkout-availability']

describe.each(names)('%s', name => {
  const objective = objectives.find(each => each.name === name)!
  test.each([0.5, 10, 200])('at %s events/s', { timeout: 1_800_000 }, async traffic => {
    const size = { days: 30, instances: 2, months: 40, seeds: 3 }
    const suggestion = await suggest({ objective, traffic, resolution: '1m', ...size }, () => {})
    expect(suggestion.choices.length).toBeGreaterThan(1)
    expect(worseThanShipped(suggestion)).toEqual([])
  })
})
