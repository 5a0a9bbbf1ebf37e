/** Whether ten times the series or the steps cost ten times as much. */

import { rangeQuery } from '../../engines/promql/engine/query.ts'
import { median } from '../median.ts'
import { bucketSeries, scrapeInterval, storeOf } from './data.ts'
import { type Cost, startMeasuring, step } from './queries.ts'

export interface GrowthRow {
  series: number
  steps: number
  cost: Cost
  /** Nanoseconds of processor time per series and step. */
  each: number
}

const query = 'sum by (le) (rate(seconds_bucket[5m]))'

export function measureGrowth(rounds: number, progress: (text: string) => void): GrowthRow[] {
  const sizes = [
    { series: 50, steps: 4_320 },
    { series: 500, steps: 4_320 },
    { series: 50, steps: 43_200 },
  ]
  return sizes.map(({ series, steps }) => {
    progress(`growth: ${series} series, ${steps} steps`)
    const end = (steps - 1) * step
    const store = storeOf(bucketSeries(series, end / scrapeInterval + 1))
    const costs: Cost[] = []
    for (let round = 0; round < rounds; round++) {
      const stop = startMeasuring()
      rangeQuery(store, query, { start: 0, end, step })
      costs.push(stop())
    }
    const cost = { wall: median(costs.map(({ wall }) => wall)), cpu: median(costs.map(({ cpu }) => cpu)) }
    return { series, steps, cost, each: (cost.cpu * 1e6) / (series * steps) }
  })
}
