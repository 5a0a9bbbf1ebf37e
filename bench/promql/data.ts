/** Histograms with counters, gauges and buckets that look like a service's, the same on every run. */

import { type Labels, labelsOf } from '../../engines/labels.ts'
import { createStore, type Store } from '../../engines/promql/store/memory.ts'

export const scrapeInterval = 15_000

const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '+Inf']

export interface BenchSeries {
  labels: Labels
  values: Float64Array
}

/** Cumulative buckets, ten per instance, which start again from zero now and then. */
export function bucketSeries(count: number, samples: number): BenchSeries[] {
  const random = randomNumbers(1)
  const series: BenchSeries[] = []
  for (let instance = 0; series.length < count; instance++) {
    const columns = bounds.map(() => new Float64Array(samples))
    const totals = bounds.map(() => 0)
    for (let i = 0; i < samples; i++) {
      if (random() < 0.0001) totals.fill(0)
      let below = 0
      bounds.forEach((_, b) => {
        below += random() * 4 * (b + 1)
        totals[b]! += below
        columns[b]![i] = totals[b]!
      })
    }
    bounds.forEach((le, b) => {
      const labels = labelsOf([
        ['__name__', 'seconds_bucket'],
        ['instance', String(instance).padStart(4, '0')],
        ['le', le],
      ])
      if (series.length < count) series.push({ labels, values: columns[b]! })
    })
  }
  return series
}

export function storeOf(series: readonly BenchSeries[], interval = scrapeInterval): Store {
  const store = createStore({ maxSamples: 1e9 })
  for (const { labels, values } of series) {
    const appender = store.series(labels)
    for (let i = 0; i < values.length; i++) appender.append(i * interval, values[i]!)
  }
  return store
}

function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
