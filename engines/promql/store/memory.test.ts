import { describe, expect, test } from 'vitest'
import { type Labels, labelsOf, printLabels } from '../../labels.ts'
import type { LabelMatcher, MatchOperator } from '../../matchers.ts'
import { predicateOf } from '../../matchers.ts'
import type { Samples, Storage } from '../storage.ts'
import { createStore, type Store, StoreError } from './memory.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'

const up = labelsOf([
  ['__name__', 'up'],
  ['job', 'shop'],
])

describe('samples of one series', () => {
  test('a repeated sample changes nothing, another value or an older time is refused and counted', () => {
    const store = createStore()
    expect(store.append(up, 1000, 1)).toBe('stored')
    expect(store.append(up, 1000, 1)).toBe('repeated')
    expect(store.append(up, 1000, 2)).toBe('duplicate')
    expect(store.markStale(up, 1000)).toBe('duplicate')
    expect(store.append(up, 999, 1)).toBe('out of order')
    expect(store.append(up, 2000, Number.NaN)).toBe('stored')
    expect(store.append(up, 2000, Number.NaN)).toBe('repeated')
    expect(store.append(up, 3000, 0)).toBe('stored')
    expect(store.append(up, 3000, -0)).toBe('duplicate')
    expect(store.stats()).toMatchObject({ series: 1, samples: 3, refused: { duplicate: 3, outOfOrder: 1 } })
  })

  test('the end of a series is kept apart from a NaN', () => {
    const store = createStore()
    store.append(up, 1000, Number.NaN)
    store.markStale(up, 2000)
    const samples = read(store, up)
    expect(samples).toEqual([
      [1000, Number.NaN, 0],
      [2000, Number.NaN, 1],
    ])
  })

  test('a window takes late samples and keeps them in order', () => {
    const store = createStore({ outOfOrderWindow: 10_000 })
    for (const time of [20_000, 15_000, 10_000, 12_000, 30_000, 20_001]) store.append(up, time, time)
    expect(store.append(up, 12_000, 12_000)).toBe('out of order')
    expect(store.append(up, 20_001, 5)).toBe('duplicate')
    expect(read(store, up).map(([time]) => time)).toEqual([10_000, 12_000, 15_000, 20_000, 20_001, 30_000])
  })

  test('what a reader holds does not change under it', () => {
    const store = createStore({ outOfOrderWindow: 1e9 })
    for (let i = 0; i < 5; i++) store.append(up, i * 1000, i)
    const held = store.select([], 0, 1e9)[0]!.read(0, 1e9)
    for (let i = 5; i < 3000; i++) store.append(up, i * 1000, i)
    store.append(up, 500, 99)
    expect([...held.values.subarray(0, held.length)]).toEqual([0, 1, 2, 3, 4])
  })

  test('a time that is no whole millisecond is refused', () => {
    expect(() => createStore().append(up, 1.5, 1)).toThrow(
      'Cannot append to up{job="shop"}: expected a time in whole milliseconds, got 1.5',
    )
  })
})

describe('bounds', () => {
  test('retention by time drops samples, then empty series, and an appender outlives both', () => {
    const store = createStore({ retention: 60_000 })
    const gone = labelsOf([['__name__', 'gone']])
    const appender = store.series(gone)
    appender.append(0, 1)
    for (let time = 0; time <= 600_000; time += 1000) store.append(up, time, time)
    const { series, samples, dropped, oldest } = store.stats()
    expect(series).toBe(1)
    expect(samples + dropped).toBe(602)
    expect(oldest).toBeGreaterThanOrEqual(600_000 - 60_000 * (1 + 1 / 16))
    expect(store.append(up, 1, 1)).toBe('out of order')
    appender.append(600_000, 2)
    expect(read(store, gone)).toEqual([[600_000, 2, 0]])
    expect(store.labelValues('__name__', [], 0, 1e9)).toEqual(['gone', 'up'])
  })

  test('retention by samples drops the oldest of all series', () => {
    const store = createStore({ maxSamples: 10_000 })
    const handles = seriesOf(20).map(labels => store.series(labels))
    for (let i = 0; i < 5000; i++) for (const handle of handles) handle.append(i * 1000, i)
    const { samples, dropped, series, newest } = store.stats()
    expect(samples).toBeLessThanOrEqual(10_000 + 10_000 / 16)
    expect(samples).toBeGreaterThan(8000)
    expect(samples + dropped).toBe(100_000)
    expect(series).toBe(20)
    expect(newest).toBe(4_999_000)
    for (const { labels } of store.select([], 0, 1e9)) expect(read(store, labels).at(-1)?.[1]).toBe(4999)
  })

  test('one series more than the limit is refused by name', () => {
    const store = createStore({ maxSeries: 2 })
    for (const labels of seriesOf(2)) store.append(labels, 0, 1)
    expect(() => store.append(up, 0, 1)).toThrow(StoreError)
    expect(() => store.append(up, 0, 1)).toThrow(
      'Cannot add series up{job="shop"}: the store is limited to 2 series',
    )
    expect(store.append(seriesOf(1)[0]!, 1, 1)).toBe('stored')
  })
})

describe('memory', () => {
  test.each([
    ['regular', () => 15_000, 9],
    ['jittered', (random: () => number) => 14_990 + Math.floor(random() * 20), 11],
    ['with gaps of minutes', (random: () => number) => 1 + Math.floor(random() * 600_000), 12.5],
  ])('samples at %s times stay small', (_, gap, most) => {
    const random = randomOf(7)
    const store = createStore()
    for (const labels of seriesOf(3)) {
      const handle = store.series(labels)
      for (let i = 0, time = 0; i < 50_000; i++, time += gap(random)) handle.append(time, random())
    }
    const { bytes, samples } = store.stats()
    expect(bytes / samples).toBeLessThan(most)
  })

  test('a short series costs little', () => {
    const store = createStore()
    for (const labels of seriesOf(1000)) store.append(labels, 0, 1)
    expect(store.stats().bytes / 1000).toBeLessThan(600)
  })
})

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('random work, seed %i', seed => {
  const random = randomOf(seed)
  const options = {
    outOfOrderWindow: seed % 2 === 0 ? 0 : 200_000,
    retention: seed % 3 === 0 ? 2_000_000 : Number.POSITIVE_INFINITY,
  }
  const store = createStore(options)
  const truth = new Map<string, { labels: Labels; samples: Map<number, [value: number, stale: number]> }>()
  let newest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < 6000; i++) step()
  if (seed > 4) for (let i = 0; i < 4000; i++) step(0)

  function step(which = Math.floor(random() * random() * 40)): void {
    const labels = labelsOf([
      ['__name__', which % 3 === 0 ? 'a' : 'b'],
      ['n', `${which}`],
      ['half', which < 20 ? 'low' : ''],
    ])
    const now = Math.max(newest, 0) + (random() < 0.5 ? 1000 : Math.floor(random() * 3000))
    const time = random() < 0.1 ? now - Math.floor(random() * 300_000) : now
    const stale = random() < 0.03 ? 1 : 0
    const value = [Number.NaN, Number.POSITIVE_INFINITY, -0, random(), 5][Math.floor(random() * 5)]!
    const outcome = stale ? store.markStale(labels, time) : store.append(labels, time, value)
    const known = truth.get(printLabels(labels)) ?? { labels, samples: new Map() }
    truth.set(printLabels(labels), known)
    const before = known.samples.get(time)
    const last = Math.max(...known.samples.keys())
    if (time < newest - options.retention) expect(outcome).toBe('out of order')
    else if (time < last && time < newest - options.outOfOrderWindow) expect(outcome).toBe('out of order')
    else if (before !== undefined) {
      const same = before[1] === stale && (stale === 1 || Object.is(before[0], value))
      expect(outcome).toBe(same ? 'repeated' : 'duplicate')
    } else {
      expect(outcome).toBe('stored')
      known.samples.set(time, [stale ? Number.NaN : value, stale])
      newest = Math.max(newest, time)
    }
  }

  /** What must be there; between the retention and a sixteenth more, either is right. */
  function expected(labels: Labels, from: number, to: number): [number, number, number][] {
    return [...truth.get(printLabels(labels))!.samples]
      .filter(([time]) => time >= from && time <= to)
      .sort(([a], [b]) => a - b)
      .map(([time, [value, stale]]) => [time, value, stale])
  }

  const sure = newest - options.retention

  test('every series reads as it was written', () => {
    for (const { labels } of truth.values())
      for (let i = 0; i < 20; i++) {
        const from = Math.max(sure, random() * newest * 1.1)
        const to = from + random() * newest
        expect(read(store, labels, from, to)).toEqual(expected(labels, from, to))
      }
  })

  test('select finds what brute force finds, in order', () => {
    for (let i = 0; i < 300; i++) {
      const matchers = Array.from({ length: Math.floor(random() * 4) }, () => randomMatcher(random))
      const from = Math.max(sure, random() * newest)
      const to = from + random() * 1_000_000
      const found = store.select(matchers, from, to).map(({ labels }) => printLabels(labels))
      const wanted = [...truth.values()].filter(({ labels }) =>
        matchers.every(matcher => predicateOf(matcher)(labels.get(matcher.name) ?? '')),
      )
      const having = wanted.filter(({ labels }) => expected(labels, from, to).length > 0)
      expect(found).toEqual(expect.arrayContaining(having.map(({ labels }) => printLabels(labels))))
      const names = new Set(wanted.map(({ labels }) => printLabels(labels)))
      expect(found.filter(name => !names.has(name))).toEqual([])
      expect(found).toEqual(found.toSorted())
    }
  })

  test('a snapshot brings the same back', () => {
    const copy = decodeSnapshot(encodeSnapshot(store))
    for (const { labels } of store.select([], 0, 1e12))
      expect(read(copy, labels)).toEqual(read(store, labels))
    expect(copy.stats()).toMatchObject({ series: store.stats().series, samples: store.stats().samples })
  })
})

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function randomMatcher(random: () => number): LabelMatcher {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  const operator = pick<MatchOperator>(['=', '!=', '=~', '!~'])
  const name = pick(['__name__', 'n', 'half', 'absent'])
  const value =
    operator === '=' || operator === '!='
      ? pick(['', 'a', 'b', '3', 'low'])
      : pick(['', '.*', '.+', 'a|b', '1.*', 'low|', '[0-4]', '(?i:LOW)'])
  return { name, operator, value }
}

function seriesOf(count: number): Labels[] {
  return Array.from({ length: count }, (_, n) =>
    labelsOf([
      ['__name__', 'requests_total'],
      ['instance', `host-${n}:9464`],
    ]),
  )
}

function read(store: Storage | Store, labels: Labels, from = -1e15, to = 1e15): [number, number, number][] {
  const matchers = [...labels].map(([name, value]): LabelMatcher => ({ name, operator: '=', value }))
  const series = store.select(matchers, from, to).find(found => found.labels.size === labels.size)
  return series === undefined ? [] : rows(series.read(from, to))
}

function rows({ times, values, stale, length }: Samples): [number, number, number][] {
  return Array.from({ length }, (_, i) => [times[i]!, values[i]!, stale?.[i] ?? 0])
}
