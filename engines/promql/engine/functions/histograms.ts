import { parseGoFloat } from '../../../go/floats.ts'
import { groupBy, type Labels, metricName, withoutLabels } from '../../../labels.ts'
import {
  dropName,
  type Grid,
  mergeEqual,
  newColumn,
  unlessEmpty,
  type VectorSeries,
} from '../../../vectors/grid.ts'
import type { Evaluation } from '../evaluation.ts'
import { informOfForcedMonotonicity, warnOfBucketLabel, warnOfQuantile } from '../notes.ts'
import { type Buckets, fractionBetween, quantileOfBuckets } from './buckets.ts'
import { type CallArguments, define, type RandomArgument } from './function.ts'

const bound: RandomArgument = ['0', '0.1', '0.3', '1', '-1', '100', '+Inf', '-Inf', 'NaN']

/** Of classic histograms: each group of series that differ in `le` alone is one. */
export const histogramFunctions = {
  histogram_quantile: define(['scalar', 'vector'], {
    random: ['quantile', 'buckets'],
    call(args) {
      const { notes } = args.evaluation
      const series = args.vector(1)
      const quantiles = args.scalar(0)
      for (const quantile of quantiles) warnOfQuantile(notes, quantile)
      return eachHistogram(args, series, (buckets, step, name) => {
        const { value, wasForced } = quantileOfBuckets(quantiles[step]!, buckets)
        if (wasForced) informOfForcedMonotonicity(notes, name)
        return value
      })
    },
  }),
  histogram_fraction: define(['scalar', 'scalar', 'vector'], {
    random: [bound, bound, 'buckets'],
    call(args) {
      const series = args.vector(2)
      const [lower, upper] = [args.scalar(0), args.scalar(1)]
      return eachHistogram(args, series, (buckets, step) =>
        fractionBetween(lower[step]!, upper[step]!, buckets),
      )
    },
  }),
}

/** `name` is the metric's at a histogram's first step and empty later: Prometheus forgets it then. */
type EvaluateAt = (buckets: Buckets, step: number, name: string) => number

interface Bucket {
  labels: Labels
  bound: number
  series: VectorSeries
}

function eachHistogram(
  { evaluation, grid }: CallArguments,
  series: readonly VectorSeries[],
  evaluateAt: EvaluateAt,
): readonly VectorSeries[] {
  const groups = groupBy(bucketsOf(evaluation, series), labels => withoutLabels(labels, ['le']))
  const histograms = [...groups.values()].map(({ labels, members }) => ({
    labels: dropName(labels),
    compute: () => histogramColumn(evaluation, labels.get(metricName) ?? '', members, grid, evaluateAt),
  }))
  return mergeEqual(histograms, 'step')
}

function bucketsOf(evaluation: Evaluation, series: readonly VectorSeries[]): Bucket[] {
  return series.flatMap(one => {
    const le = one.labels.get('le') ?? ''
    const bound = parseGoFloat(le)
    if (bound !== undefined) return [{ labels: one.labels, bound, series: one }]
    if (one.compute() !== undefined) warnOfBucketLabel(evaluation.notes, one.labels.get(metricName) ?? '', le)
    return []
  })
}

function histogramColumn(
  evaluation: Evaluation,
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
  evaluation.budget.spend(grid.count)
  return unlessEmpty(result)
}
