/** What can go wrong with the cache of products. */
import { cache } from '../../../otel/signals.ts'
import { type Fault, minutes, share, symptom } from '../fault.ts'

const productCache = { products: ['shop'] } as const

export const cacheFaults = [
  {
    id: 'cache-off',
    title: 'Cache switched off',
    breaks: 'Hot reads are served from a cache',
    does: 'Lets a share of the look-ups miss and keeps nothing they load',
    intensity: share('share of the look-ups that bypass the cache', 1),
    targets: productCache,
    duration: minutes(10, 60),
    symptom: symptom(
      cache.requests,
      'share',
      'down',
      { cache: 'products', result: 'hit' },
      { cache: 'products' },
    ),
    alert: { name: 'CacheHitRatioLow', within: 300 },
  },
  {
    id: 'cache-stampede',
    title: 'Cache stampede',
    breaks: 'Entries expire at different times, and one caller fills a missing entry for all who wait',
    does: 'Expires all entries at the same moment, again and again, and lets every caller fill for itself',
    intensity: { unit: 'seconds', means: 'time between two expiries', min: 0.1, max: 60, default: 2 },
    targets: productCache,
    duration: minutes(10, 60),
    symptom: symptom(
      cache.requests,
      'share',
      'up',
      { cache: 'products', result: 'miss' },
      { cache: 'products' },
    ),
    alert: { name: 'CacheHitRatioLow', within: 300 },
  },
] as const satisfies readonly Fault[]
