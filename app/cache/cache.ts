/**
 * Cache-aside reads. One caller fills a missing entry for all who wait for it, entries expire at different times, and
 * a shared cache behind the one in process is a help, never a condition.
 */
import { LRUCache } from 'lru-cache'
import { log } from '../../otel/logs.ts'
import { counter, gauge, histogram, initialise, observe } from '../../otel/metrics.ts'
import { cache as signals } from '../../otel/signals.ts'
import { errorType } from '../../otel/traces.ts'
import { askedFaults } from '../faults/switch.ts'
import type { SharedCache } from './shared.ts'

interface CacheOptions<V> {
  name: string
  max: number
  ttlMs: number
  load: (key: string) => Promise<V | undefined>
  shared?: SharedCache | undefined
}

export interface Cache<V> {
  get: (key: string) => Promise<V | undefined>
  invalidate: (key: string) => Promise<void>
}

interface Entry<V> {
  /** Undefined: known not to exist, kept briefly so that asking for it again and again stays cheap. */
  value: V | undefined
  storedAt: number
}

export const cacheFaults = askedFaults('cache-off', 'cache-stampede')

/** Entries live for their time give or take this share of it. */
const jitter = 0.1
const absentTtlMs = 2000

const requests = counter(signals.requests)
const fills = histogram(signals.fillDuration)
const filling = gauge(signals.fillsInFlight)
const evictions = counter(signals.evictions)

export function createCache<V>({ name, max, ttlMs, load, shared }: CacheOptions<V>): Cache<V> {
  const labels = { cache: name }
  const reasons = { evict: 'capacity', expire: 'expired', delete: 'invalidated' } as const
  const entries = new LRUCache<string, Entry<V>>({
    max,
    dispose: (_entry, _key, reason) => {
      if (reason in reasons) evictions.add({ ...labels, reason: reasons[reason as keyof typeof reasons] })
    },
  })
  const underWay = new Map<string, Promise<V | undefined>>()
  let invalidations = 0
  observe(signals.entries, () => [{ labels, value: entries.size }])
  observe(signals.entriesMax, () => [{ labels, value: max }])
  initialise(signals.fillsInFlight, [labels])
  initialise(
    signals.requests,
    signals.requests.labels.result.map(result => ({ ...labels, result })),
  )
  initialise(
    signals.evictions,
    signals.evictions.labels.reason.map(reason => ({ ...labels, reason })),
  )

  async function get(key: string): Promise<V | undefined> {
    if (isOff()) {
      requests.add({ ...labels, result: 'miss' })
      return loadCounted(key)
    }
    const entry = entries.get(key)
    if (entry !== undefined && !expiredTogether(entry)) {
      requests.add({ ...labels, result: 'hit' })
      return entry.value
    }
    const waiting = underWay.get(key)
    if (waiting !== undefined && stampedeEvery() === undefined) {
      requests.add({ ...labels, result: 'shared' })
      return waiting
    }
    const filled = fill(key).finally(() => {
      if (underWay.get(key) === filled) underWay.delete(key)
    })
    underWay.set(key, filled)
    return filled
  }

  async function fill(key: string): Promise<V | undefined> {
    const begunAt = invalidations
    const known =
      stampedeEvery() === undefined
        ? await ask<V | undefined>(() => shared?.get(`${name}:${key}`))
        : undefined
    requests.add({ ...labels, result: known === undefined ? 'miss' : 'hit' })
    const value = known ?? (await loadCounted(key))
    // What was read before an invalidation may be what it was meant to remove.
    if (begunAt !== invalidations) return value
    entries.set(key, { value, storedAt: Date.now() }, { ttl: value === undefined ? absentTtlMs : lifetime() })
    if (known === undefined && value !== undefined)
      void ask(() => shared?.set(`${name}:${key}`, value, lifetime()))
    return value
  }

  async function loadCounted(key: string): Promise<V | undefined> {
    const startedAt = performance.now()
    let failure = ''
    filling.add(labels, 1)
    try {
      return await load(key)
    } catch (error) {
      failure = errorType(error)
      throw error
    } finally {
      filling.add(labels, -1)
      fills.record({ ...labels, error_type: failure }, (performance.now() - startedAt) / 1000)
    }
  }

  /** When the shared cache fails, that is counted, and the caller goes on without it. */
  async function ask<T>(request: () => Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await request()
    } catch (error) {
      requests.add({ ...labels, result: 'error' })
      log.debug({ err: error, cache: name }, 'shared cache not reached')
      return undefined
    }
  }

  function lifetime(): number {
    return Math.round(ttlMs * (1 + jitter * (2 * Math.random() - 1)))
  }

  function isOff(): boolean {
    const share = cacheFaults.intensity('cache-off', name)
    return share !== undefined && Math.random() < share
  }

  function stampedeEvery(): number | undefined {
    return cacheFaults.intensity('cache-stampede', name)
  }

  /** The stampede fault: all that was stored before the last tick of a common clock is gone at once. */
  function expiredTogether(entry: Entry<V>): boolean {
    const seconds = stampedeEvery()
    return seconds !== undefined && entry.storedAt < Date.now() - (Date.now() % (seconds * 1000))
  }

  return {
    get,
    async invalidate(key) {
      invalidations++
      entries.delete(key)
      underWay.delete(key)
      await ask(() => shared?.delete(`${name}:${key}`))
    },
  }
}
