import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../engines/random.ts'
import { arrivals, parseSpike, rateAt, type Spacing, type Traffic } from './arrivals.ts'

const steady = (rate: number): Traffic => ({ rate, spikes: [] })

function until(end: number, traffic: Traffic, spacing: Spacing = 'poisson', seed = 1): number[] {
  const times: number[] = []
  for (const time of arrivals(traffic, spacing, seededRandom(seed))) {
    if (time >= end) return times
    times.push(time)
  }
  return times
}

const gaps = (times: number[]) => times.slice(1).map((time, index) => time - times[index]!)
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const variance = (values: number[]) => {
  const middle = mean(values)
  return mean(values.map(value => (value - middle) ** 2))
}

describe('poisson', () => {
  test.each([1, 2, 3])('gaps are exponential: mean 1/rate, and as much spread (seed %d)', seed => {
    const found = gaps(until(1000, steady(20), 'poisson', seed))
    const error = 1 / 20 / Math.sqrt(found.length)
    expect(Math.abs(mean(found) - 1 / 20)).toBeLessThan(4 * error)
    expect(Math.sqrt(variance(found)) / mean(found)).toBeCloseTo(1, 1)
    // Of an exponential, e^-2 is longer than twice the mean.
    expect(found.filter(gap => gap > 0.1).length / found.length).toBeCloseTo(Math.exp(-2), 1)
  })

  test('counts per second vary as much as their mean', () => {
    const counts = new Array<number>(2000).fill(0)
    for (const time of until(2000, steady(20))) counts[Math.floor(time)]!++
    expect(variance(counts) / mean(counts)).toBeGreaterThan(0.85)
    expect(variance(counts) / mean(counts)).toBeLessThan(1.15)
  })

  test('the same seed brings the same visitors, another seed others', () => {
    expect(until(10, steady(20), 'poisson', 7)).toEqual(until(10, steady(20), 'poisson', 7))
    expect(until(10, steady(20), 'poisson', 7)).not.toEqual(until(10, steady(20), 'poisson', 8))
  })
})

test('constant arrivals keep their distance', () => {
  const found = until(10, steady(20), 'constant')
  expect(found).toHaveLength(200)
  for (const gap of gaps(found)) expect(gap).toBeCloseTo(0.05, 6)
})

describe('daily curve', () => {
  const day = 86_400
  const curve: Traffic = { rate: 10, day, spikes: [] }
  const hour = (at: number) => rateAt(curve, (at * day) / 24)

  test('the rate is the mean over a day', () => {
    const steps = Array.from({ length: 1440 }, (_, minute) => rateAt(curve, minute * 60))
    expect(mean(steps)).toBeCloseTo(10, 6)
  })

  test('nights are quiet and evenings busy, never silent', () => {
    expect(hour(4)).toBeLessThan(5)
    expect(hour(20)).toBeGreaterThan(12)
    for (let at = 0; at < 24; at += 0.25) expect(hour(at)).toBeGreaterThan(1)
  })

  test('arrivals follow it, from the time of day the run starts at', () => {
    const compressed = { rate: 50, day: 240, dayOffset: 20, spikes: [] }
    const found = until(240, compressed)
    expect(found.length).toBeGreaterThan(11_500)
    expect(found.length).toBeLessThan(12_500)
    const night = found.filter(time => time >= 10 && time < 30).length
    const evening = found.filter(time => time >= 170 && time < 190).length
    expect(evening).toBeGreaterThan(2.5 * night)
  })
})

describe('spikes', () => {
  test('multiply the rate while they last', () => {
    const traffic: Traffic = { rate: 10, spikes: [{ factor: 4, start: 100, length: 50 }] }
    const found = until(200, traffic)
    const spike = found.filter(time => time >= 100 && time < 150).length
    const before = found.filter(time => time < 100).length
    expect(spike).toBeGreaterThan(1800)
    expect(spike).toBeLessThan(2200)
    expect(before).toBeGreaterThan(850)
    expect(before).toBeLessThan(1150)
  })

  test('are read from text', () =>
    expect(parseSpike('4x@2m+30s')).toEqual({ factor: 4, start: 120, length: 30 }))

  test.each(['4', '4x', '4x@2m', 'x@2m+3s', '0x@1m+1s', '-1x@1m+1s', '4x@2+3s', '4x@2m+3'])(
    'refuse "%s"',
    text => expect(() => parseSpike(text)).toThrow(/^Cannot parse (spike|duration) /),
  )
})
