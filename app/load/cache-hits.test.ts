/** A healthy shop under the lab's visitors keeps its caches within their budget, in the quiet of the night too. */

import { afterEach, expect, test, vi } from 'vitest'
import { dependencyBudgets } from '../../contract/budgets.ts'
import { practice } from '../../contract/windows.ts'
import { seededRandom } from '../../engines/random.ts'
import { createCache } from '../cache/cache.ts'
import { cacheSizes } from '../catalog/routes.ts'
import { arrivals } from './arrivals.ts'
import type { Answer, Call } from './client.ts'
import { chooser, defaultMix } from './generator.ts'
import { journeys } from './journeys.ts'

const day = 96 * 60
const lowestAt = (day * 4) / 24
/** A cache that was just started is not judged, and neither is one that hardly anybody asks: as the alert does it. */
const youngUntil = 3 * practice.cause.window
const judgedFrom = 50

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

test.each([
  ['at night', lowestAt - day / 8],
  ['over the day', lowestAt + day / 4],
])('%s', async (_, dayOffset) => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  // The cache holds the real clock's object, so that is what has to tell the time.
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now())
  let window = 0
  const seen = { products: [] as Counted[], recommendations: [] as Counted[] }
  const counted = (name: CacheName) => (seen[name][window] ??= { lookups: 0, misses: 0 })
  const cacheOf = (name: CacheName) =>
    createCache({
      name: `${name} ${dayOffset}`,
      ...cacheSizes[name],
      load: async key => {
        counted(name).misses++
        return key
      },
    })
  const caches = { products: cacheOf('products'), recommendations: cacheOf('recommendations') }
  const lookUp = async (name: CacheName, key: string) => {
    counted(name).lookups++
    await caches[name].get(key)
  }

  async function call({ method, path, body }: Call): Promise<Answer> {
    const [, id, rest] = /^\/products\/(\d+)(\/recommendations)?$/.exec(path) ?? []
    if (id !== undefined) await lookUp('products', id)
    if (id !== undefined && rest !== undefined) await lookUp('recommendations', id)
    if (method === 'POST')
      for (const { product } of (JSON.parse(body!) as { items: { product: number }[] }).items)
        await caches.products.invalidate(String(product))
    return { status: 200, body: '{"id":"1"}' }
  }

  const random = seededRandom(3)
  const choose = chooser(defaultMix, random)
  const traffic = { rate: 10, day, dayOffset, spikes: [] }
  let time = 0
  for (const due of arrivals(traffic, 'poisson', random)) {
    if (due > day / 4) break
    vi.advanceTimersByTime((due - time) * 1000)
    time = due
    window = Math.floor(due / practice.cause.window)
    await journeys[choose()].walk({ random, id: 'anyone', call, think: async () => {} })
  }

  for (const [name, windows] of Object.entries(seen)) {
    const judged = windows.filter(
      ({ lookups }, index) => index * practice.cause.window >= youngUntil && lookups >= judgedFrom,
    )
    const ratios = judged.map(({ lookups, misses }) => 1 - misses / lookups)
    expect(Math.min(...ratios), `${name}: ${ratios.map(each => each.toFixed(2)).join(' ')}`).toBeGreaterThan(
      dependencyBudgets.cacheHitRatio,
    )
  }
  expect(seen.products.length).toBeGreaterThan(20)
})

type CacheName = keyof typeof cacheSizes

interface Counted {
  lookups: number
  misses: number
}
