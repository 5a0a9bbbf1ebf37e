/** Random series with all that makes trouble: resets, gaps, irregular scrapes, NaN, Inf, stale marks, odd buckets. */

import { keyOf, labelsOf } from '../../labels.ts'
import type { Random } from '../../random.ts'
import { printMetric, printNumber, type SequenceValue } from '../replay/series-notation.ts'
import type { WrittenSeries } from './remote-write.ts'

export interface RandomData {
  /** In order of their labels, as a store selects them: ties are broken by that order. */
  series: readonly WrittenSeries[]
  /** Milliseconds: every sample stands at a multiple of it. */
  tick: number
  end: number
  /** How much later than 1970 all of it is, the other times included; a multiple of the tick as well. */
  start: number
}

export function randomData(random: Random): RandomData {
  const tick = random.pick([1000, 1000, 5000, 500])
  const scrape = random.pick([10_000, 15_000, 30_000, 60_000])
  const end = scrape * random.pick([20, 40, 80, 120])
  const times = () => scrapeTimes(random, { tick, scrape, end })
  const jobs = ['api', 'web'].slice(0, 1 + random.below(2))
  const instances = ['0', '1', '2'].slice(0, 1 + random.below(3))
  const codes = ['200', '404', '500'].slice(0, 1 + random.below(3))
  const series: WrittenSeries[] = []
  const add = (
    name: string,
    labels: Record<string, string>,
    values: (times: number[]) => SequenceValue[],
  ) => {
    const at = times()
    const sequence = values(at)
    series.push({
      labels: labelsOf(Object.entries({ __name__: name, ...labels })),
      samples: at.map((time, index) => ({ time, value: sequence[index]! })),
    })
  }
  for (const job of jobs) {
    for (const instance of instances) {
      for (const code of codes) {
        if (random.chance(0.9))
          add('requests_total', { job, instance, code }, at => counter(random, at.length))
      }
      add('temperature', { job, instance }, at => gauge(random, at.length))
      if (random.chance(0.5)) add('load', { job, instance, core: '0' }, at => steps(random, at.length))
      const le = bounds(random)
      if (random.chance(0.6)) addHistogram(random, le, { job, instance }, add)
    }
    add('build_info', { job, version: random.pick(['1.2', '2.0', '']) }, at => at.map(() => 1))
  }
  add('limit', {}, at => steps(random, at.length))
  if (random.chance(0.3)) add('limit_total', { tier: 'gold' }, at => counter(random, at.length))
  const sorted = series.filter(({ samples }) => samples.length > 0).sort((a, b) => compareLabels(a, b))
  return { series: sorted, tick, end, start: 0 }
}

/** The same data later. */
export function movedData(data: RandomData, by: number): RandomData {
  const series = data.series.map(({ labels, samples }) => ({
    labels,
    samples: samples.map(({ time, value }) => ({ time: time + by, value })),
  }))
  return { ...data, series, end: data.end + by, start: data.start + by }
}

/** As the `load` of a test file. */
export function printData({ series, start }: Pick<RandomData, 'series' | 'start'>): string {
  if (start !== 0) return printData(movedData({ series, start, tick: 1, end: start }, -start))
  const step =
    series.reduce(
      (common, { samples }) => samples.reduce((gcd, { time }) => divisor(gcd, time), common),
      0,
    ) || 1000
  const lines = series.map(({ labels, samples }) => {
    const items: string[] = []
    let next = 0
    for (const { time, value } of samples) {
      const gap = time / step - next
      if (gap > 0) items.push(gap === 1 ? '_' : `_x${gap}`)
      items.push(typeof value === 'number' ? printNumber(value) : value)
      next = time / step + 1
    }
    return `  ${printMetric(labels)} ${items.join(' ')}`
  })
  return `load ${step}ms\n${lines.join('\n')}`
}

/** Labels as Prometheus orders them: name by name, then the one with fewer. */
function compareLabels(a: WrittenSeries, b: WrittenSeries): number {
  const left = keyOf(a.labels)
  const right = keyOf(b.labels)
  return left < right ? -1 : left > right ? 1 : 0
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

function scrapeTimes(
  random: Random,
  { tick, scrape, end }: { tick: number; scrape: number; end: number },
): number[] {
  const times = new Set<number>()
  const jitter = random.chance(0.5) ? 0 : scrape / 2
  const missing = random.pick([0, 0, 0.05, 0.3])
  const phase = random.below(scrape / tick) * (random.chance(0.7) ? tick : 0)
  const start = random.chance(0.8) ? 0 : random.below(end)
  const stop = random.chance(0.8) ? end : random.below(end)
  for (let time = start; time <= stop; time += scrape) {
    if (random.chance(missing)) continue
    // A gap longer than the lookback now and then.
    if (random.chance(0.01)) time += 360_000
    times.add(Math.floor((time + phase + random.next() * jitter) / tick) * tick)
  }
  return [...times].sort((a, b) => a - b)
}

function counter(random: Random, length: number): SequenceValue[] {
  const resets = random.pick([0, 0.02, 0.2])
  const idle = random.pick([0, 0.5])
  const step = random.pick([1, 10, 0.1, 1e9])
  let value = random.pick([0, 0, 5, 123.4])
  return spoiled(random, length, () => {
    if (random.chance(resets)) value = random.pick([0, 1])
    else if (!random.chance(idle)) value += step * (random.chance(0.5) ? random.below(10) : random.next())
    return value
  })
}

function gauge(random: Random, length: number): SequenceValue[] {
  const scale = random.pick([1, 100, 1e-3])
  let value = random.pick([0, -20, 36.6])
  return spoiled(random, length, () => {
    value += (random.next() - 0.5) * scale
    return random.chance(0.02) ? -0 : value
  })
}

/** Few distinct values, so that changes, ties and equality happen. */
function steps(random: Random, length: number): SequenceValue[] {
  const levels = random.pick([
    [0, 1],
    [-1, 0, 1, 2],
    [5, 5, 7],
  ])
  return spoiled(random, length, () => random.pick(levels))
}

function spoiled(random: Random, length: number, value: () => number): SequenceValue[] {
  const odd = random.pick([0, 0, 0, 0.02, 0.1])
  const stale = random.pick([0, 0, 0.03])
  return Array.from({ length }, () => {
    const regular = value()
    if (random.chance(stale)) return 'stale'
    if (!random.chance(odd)) return regular
    return random.pick([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1e300,
      -1e300,
      5e-324,
    ])
  })
}

function bounds(random: Random): string[] {
  return random.pick([
    ['0.1', '0.5', '1', '+Inf'],
    ['0.1', '0.5', '1', '+Inf'],
    ['0.1', '1', '5', '10', '30', '+Inf'],
    ['-1', '0', '1', '+Inf'],
    ['0.1', '0.5', '1'],
    ['+Inf'],
    ['1', '1.0', '2', '+Inf'],
    ['0.5', 'odd', '2', '+Inf'],
    ['1', '2', 'Inf'],
  ])
}

function addHistogram(
  random: Random,
  le: readonly string[],
  labels: Record<string, string>,
  add: (name: string, labels: Record<string, string>, values: (times: number[]) => SequenceValue[]) => void,
): void {
  const messy = random.chance(0.3)
  const rows = new Map<number, number[]>()
  const counts = le.map(() => 0)
  const rowAt = (time: number) => {
    const known = rows.get(time)
    if (known !== undefined) return known
    for (let event = random.below(6); event > 0; event--) {
      const bucket = random.below(le.length)
      for (let index = bucket; index < counts.length; index++) counts[index]! += 1
    }
    // Counts that a torn scrape leaves behind fall where they should rise.
    const row = messy ? counts.map(count => Math.max(0, count - random.below(2))) : [...counts]
    rows.set(time, row)
    return row
  }
  for (const [index, bound] of le.entries())
    add('latency_bucket', { ...labels, le: bound }, at => at.map(time => rowAt(time)[index]!))
  add('latency_count', labels, at => at.map(time => rowAt(time).at(-1)!))
}
