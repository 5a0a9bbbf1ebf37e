import { describe, expect, test } from 'vitest'
import { labelsOf } from '../../labels.ts'
import { seededRandom } from '../../random.ts'
import { type Appender, createStore, type Store, StoreError } from './memory.ts'

const names = ['a', 'b']

describe('Many samples at once', () => {
  test.each([
    ['', {}],
    [', with a retention', { retention: 40_000_000 }],
    [', with a limit of samples', { maxSamples: 3000 }],
    [', with a window for late ones', { outOfOrderWindow: 5_000_000 }],
  ])('become what they become one by one%s', (_, options) => {
    const random = seededRandom(1)
    const [one, many] = [createStore(options), createStore(options)]
    for (let round = 0; round < 60; round++) {
      const name = names[Math.floor(random() * 2)]!
      const { times, values } = randomSamples(random, one.stats().newest ?? 0)
      const outcomes = append(writerOf(one, name), times, values)
      expect(extend(writerOf(many, name), times, values)).toEqual(outcomes)
      expect(many.stats()).toMatchObject({ ...one.stats(), bytes: expect.any(Number) })
    }
    for (const name of names) expect(rows(many, name)).toEqual(rows(one, name))
    expect(one.stats().samples + one.stats().dropped).toBeGreaterThan(5000)
  })

  test('are taken all at once where nothing is in their way, and packed as tightly', () => {
    const [one, many] = [createStore(), createStore()]
    const times = Float64Array.from({ length: 50_000 }, (_, step) => step * 60_000)
    append(writerOf(one, 'a'), times, times)
    expect(writerOf(many, 'a').extend(times, times, 0, times.length)).toBe(times.length)
    expect(many.stats().samples).toBe(one.stats().samples)
    expect(many.stats().bytes).toBeLessThanOrEqual(one.stats().bytes)
  })

  test('do not change what a reader holds', () => {
    const store = createStore()
    const writer = writerOf(store, 'a')
    writer.append(0, 1)
    const held = store.select([], 0, 1e12)[0]!.read(0, 1e12)
    writer.extend(Float64Array.of(1, 2, 3), Float64Array.of(5, 6, 7), 1, 3)
    expect([...held.values.subarray(0, held.length)]).toEqual([1])
    expect(rows(store, 'a')).toEqual(['0:1', '2:6', '3:7'])
  })

  test('stop before a time that is no whole millisecond', () => {
    const writer = writerOf(createStore(), 'a')
    expect(writer.extend(Float64Array.of(1, 2.5, 3), new Float64Array(3), 0, 3)).toBe(1)
    expect(() => writer.append(2.5, 0)).toThrow(StoreError)
  })
})

/** Runs that go on, with gaps up to months, or go back, with times that stand still. */
function randomSamples(random: () => number, newest: number): { times: Float64Array; values: Float64Array } {
  const step = [1000, 60_000, 90_001][Math.floor(random() * 3)]!
  let time = newest + Math.floor(random() < 0.3 ? -random() * 20_000_000 : random() * 100_000)
  const times = Float64Array.from({ length: Math.floor(random() ** 3 * 3000) }, () => {
    const gap = random()
    if (gap < 0.002) time += Math.floor(random() * 9e9)
    else if (gap < 0.004) time -= Math.floor(random() * 300_000)
    else if (gap > 0.002) time += step
    return time
  })
  return { times, values: times.map(() => (random() < 0.1 ? Number.NaN : Math.floor(random() * 3))) }
}

function append(writer: Appender, times: Float64Array, values: Float64Array): string {
  return Array.from(times, (time, index) => writer.append(time, values[index]!)).join()
}

function extend(writer: Appender, times: Float64Array, values: Float64Array): string {
  const outcomes: string[] = []
  while (outcomes.length < times.length) {
    const at = outcomes.length
    const taken = writer.extend(times, values, at, times.length)
    for (let k = 0; k < taken; k++) outcomes.push('stored')
    if (taken === 0) outcomes.push(writer.append(times[at]!, values[at]!))
  }
  return outcomes.join()
}

const writerOf = (store: Store, name: string) => store.series(labelsOf([['__name__', name]]))

function rows(store: Store, name: string): string[] {
  const found = store.select([{ name: '__name__', operator: '=', value: name }], -1e15, 1e15)
  return found.flatMap(series => {
    const { times, values, length } = series.read(-1e15, 1e15)
    return Array.from({ length }, (_, i) => `${times[i]}:${values[i]}`)
  })
}
