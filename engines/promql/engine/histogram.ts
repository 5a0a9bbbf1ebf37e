import { parseGoFloat } from '../../go/floats.ts'
import { type Labels, metricName } from '../labels.ts'
import { type Buckets, fractionBetween, quantileOfBuckets } from './buckets.ts'
import { dropName, type Grid, mergeEqual, newColumn, unlessEmpty, type VectorSeries } from './column.ts'
import { groupBy, withoutLabels } from './label-sets.ts'
import { informOfForcedMonotonicity, warnOfBucketLabel, warnOfQuantile } from './notes.ts'
import type { Run } from './run.ts'

/** Of classic histograms: each group of series that differ in `le` alone is one. */
export function histogramQuantile(
  run: Run,
  series: readonly VectorSeries[],
  quantiles: Float64Array,
  grid: Grid,
): readonly VectorSeries[] {
  for (const quantile of quantiles) warnOfQuantile(run.notes, quantile)
  return eachHistogram(run, series, grid, (buckets, step, name) => {
    const { value, wasForced } = quantileOfBuckets(quantiles[step]!, buckets)
    if (wasForced) informOfForcedMonotonicity(run.notes, name)
    return value
  })
}

export function histogramFraction(
  run: Run,
  series: readonly VectorSeries[],
  lower: Float64Array,
  upper: Float64Array,
  grid: Grid,
): readonly VectorSeries[] {
  return eachHistogram(run, series, grid, (buckets, step) =>
    fractionBetween(lower[step]!, upper[step]!, buckets),
  )
}

/** `name` is the metric's at a histogram's first step and empty later: Prometheus forgets it then. */
type EvaluateAt = (buckets: Buckets, step: number, name: string) => number

interface Bucket {
  labels: Labels
  bound: number
  series: VectorSeries
}

function eachHistogram(
  run: Run,
  series: readonly VectorSeries[],
  grid: Grid,
  evaluateAt: EvaluateAt,
): readonly VectorSeries[] {
  const groups = groupBy(bucketsOf(run, series), labels => withoutLabels(labels, ['le']))
  const histograms = [...groups.values()].map(({ labels, members }) => ({
    labels: dropName(labels),
    compute: () => histogramColumn(run, labels.get(metricName) ?? '', members, grid, evaluateAt),
  }))
  return mergeEqual(histograms, 'step')
}

function bucketsOf(run: Run, series: readonly VectorSeries[]): Bucket[] {
  return series.flatMap(one => {
    const le = one.labels.get('le') ?? ''
    const bound = parseGoFloat(le)
    if (bound !== undefined) return [{ labels: one.labels, bound, series: one }]
    if (one.compute() !== undefined) warnOfBucketLabel(run.notes, one.labels.get(metricName) ?? '', le)
    return []
  })
}

function histogramColumn(
  run: Run,
  name: string,
  members: readonly Bucket[],
  grid: Grid,
  evaluateAt: EvaluateAt,
) {
  const columns = members
    .toSorted((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0))
    .flatMap(({ bound, series }) => {
      const column = series.compute()
      return column === undefined ? [] : [{ bound, ...column }]
    })
  const result = newColumn(grid.count)
  const buckets: Buckets = {
    bounds: new Float64Array(columns.length),
    counts: new Float64Array(columns.length),
    length: 0,
  }
  let known = name
  for (let i = 0; i < grid.count; i++) {
    let length = 0
    for (const { bound, values, present } of columns) {
      if (present[i] === 0) continue
      if (length > 0 && buckets.bounds[length - 1] === bound) buckets.counts[length - 1]! += values[i]!
      else {
        buckets.bounds[length] = bound
        buckets.counts[length] = values[i]!
        length++
      }
    }
    if (length === 0) continue
    buckets.length = length
    result.values[i] = evaluateAt(buckets, i, known)
    known = ''
    result.present[i] = 1
  }
  run.budget.spend(grid.count)
  return unlessEmpty(result)
}
