import { setTimeout as wait } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { parseExposition } from '../../otel/exposition.ts'
import { exposition } from '../../otel/metrics.ts'
import { cache as signals } from '../../otel/signals.ts'
import { installFaults, startFault, stopFaults } from '../faults/switch.ts'
import { createCache } from './cache.ts'
import type { SharedCache } from './shared.ts'

installFaults('shop', {})
beforeEach(async () => {
  await stopFaults()
})

let caches = 0
/** Series belong to a name, so each test has its own; faults aim at the one called products. */
const aName = () => `cache-${caches++}`

const count = async (name: string, result: string) => {
  const samples = parseExposition(await exposition('openmetrics')).get(signals.requests.name)!.samples
  return samples.find(({ labels }) => labels.cache === name && labels.result === result)!.value
}

function slowSource(ms = 20) {
  const source = {
    loads: 0,
    version: 1,
    load: async (key: string) => {
      source.loads++
      const read = source.version
      await wait(ms)
      return key === 'absent' ? undefined : { key, version: read }
    },
  }
  return source
}

/** Keeps its entries as the real one does, as text, and fails on demand. */
function sharedMap() {
  const texts = new Map<string, string>()
  const shared = {
    isDown: false,
    texts,
    get: async <V>(key: string): Promise<V | undefined> => {
      if (shared.isDown) throw new Error('gone')
      const text = texts.get(key)
      return text === undefined ? undefined : (JSON.parse(text) as V)
    },
    set: async (key: string, value: unknown) => {
      if (shared.isDown) throw new Error('gone')
      texts.set(key, JSON.stringify(value))
    },
    delete: async (key: string) => {
      if (shared.isDown) throw new Error('gone')
      texts.delete(key)
    },
  }
  return shared satisfies SharedCache
}

test('many who want the same missing entry wait for one load', async () => {
  const [name, source] = [aName(), slowSource()]
  const cache = createCache({ name, max: 10, ttlMs: 10_000, load: source.load })
  const values = await Promise.all(Array.from({ length: 50 }, () => cache.get('a')))
  expect(new Set(values.map(value => JSON.stringify(value))).size).toBe(1)
  expect(source.loads).toBe(1)
  expect([await count(name, 'miss'), await count(name, 'shared')]).toEqual([1, 49])
  await cache.get('a')
  expect(await count(name, 'hit')).toBe(1)
})

test('a failed load is not kept, and reaches all who waited', async () => {
  let loads = 0
  const load = async () => {
    loads++
    await wait(5)
    throw new Error('no source')
  }
  const cache = createCache({ name: aName(), max: 10, ttlMs: 10_000, load })
  const results = await Promise.allSettled([cache.get('a'), cache.get('a')])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(cache.get('a')).rejects.toThrow('no source')
  expect(loads).toBe(2)
})

test('what does not exist is kept too, so that asking for it again stays cheap', async () => {
  const source = slowSource()
  const cache = createCache({ name: aName(), max: 10, ttlMs: 10_000, load: source.load })
  for (let ask = 0; ask < 5; ask++) expect(await cache.get('absent')).toBeUndefined()
  expect(source.loads).toBe(1)
})

test('entries of one moment expire at different times', async () => {
  const source = slowSource(0)
  const cache = createCache({ name: aName(), max: 500, ttlMs: 200, load: source.load })
  const keys = Array.from({ length: 200 }, (_, index) => `k${index}`)
  await Promise.all(keys.map(key => cache.get(key)))
  const expiredSoFar = async () => {
    const before = source.loads
    await Promise.all(keys.map(key => cache.get(key)))
    return source.loads - before
  }
  let rounds = 0
  for (let step = 0; step < 60; step++) {
    await wait(5)
    const expired = await expiredSoFar()
    if (expired > 0 && expired < keys.length) rounds++
  }
  expect(rounds).toBeGreaterThan(1)
})

test('a load that began before an invalidation is not kept after it', async () => {
  const source = slowSource(30)
  const shared = sharedMap()
  const name = aName()
  const cache = createCache({ name, max: 10, ttlMs: 10_000, load: source.load, shared })
  const stale = cache.get('a')
  await wait(10)
  source.version = 2
  await cache.invalidate('a')
  expect(await stale).toMatchObject({ version: 1 })
  expect(shared.texts.has(`${name}:a`)).toBe(false)
  expect(await cache.get('a')).toMatchObject({ version: 2 })
})

test('what another process has stored is a hit, and no load', async () => {
  const [source, shared, name] = [slowSource(), sharedMap(), aName()]
  shared.texts.set(`${name}:a`, '{"key":"a","version":7}')
  const cache = createCache({ name, max: 10, ttlMs: 10_000, load: source.load, shared })
  expect(await cache.get('a')).toMatchObject({ version: 7 })
  expect([source.loads, await count(name, 'hit'), await count(name, 'miss')]).toEqual([0, 1, 0])
})

test('a shared cache that is gone costs a count, never an answer', async () => {
  const [source, shared, name] = [slowSource(), sharedMap(), aName()]
  shared.isDown = true
  const cache = createCache({ name, max: 10, ttlMs: 10_000, load: source.load, shared })
  expect(await cache.get('a')).toMatchObject({ version: 1 })
  await cache.invalidate('a')
  expect(await cache.get('a')).toMatchObject({ version: 1 })
  expect(await count(name, 'error')).toBeGreaterThan(0)
})

test('switched off, every look-up loads and nothing is kept anywhere', async () => {
  const [source, shared] = [slowSource(0), sharedMap()]
  const cache = createCache({ name: 'products', max: 10, ttlMs: 10_000, load: source.load, shared })
  await startFault('cache-off')
  for (let ask = 0; ask < 3; ask++) await cache.get('a')
  expect([source.loads, shared.texts.size]).toEqual([3, 0])
  await stopFaults()
  await cache.get('a')
  await cache.get('a')
  expect(source.loads).toBe(4)
})

test('in a stampede all entries expire together and each caller loads for itself', async () => {
  const source = slowSource(5)
  const cache = createCache({ name: 'products', max: 10, ttlMs: 60_000, load: source.load })
  await cache.get('a')
  await startFault('cache-stampede', { intensity: 0.1 })
  await wait(120)
  const before = source.loads
  await Promise.all(Array.from({ length: 10 }, () => cache.get('a')))
  expect(source.loads - before).toBe(10)
})
