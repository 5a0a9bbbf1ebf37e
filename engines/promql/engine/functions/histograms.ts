import { goFloat, parseGoFloat } from '../../../go/floats.ts'
import { groupBy, type Labels, setLabels, withoutLabels } from '../../../labels.ts'
import {
  columnsOf,
  computed,
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
      return quantilesOf(args, args.vector(1), args.scalar(0))
    },
  }),
  histogram_quantiles: define(['vector', 'string', 'scalar', 'scalar'], {
    isExperimental: true,
    optional: 'repeated',
    random: ['buckets', ['"quantile"', '"job"'], 'quantile', ['0.1', '0.9', '0.5, 0.99']],
    call(args) {
      // Read once for each quantile, and not written to.
      const series = columnsOf(args.vector(0)).map(({ labels, column }) => computed(labels, column))
      const label = args.text(1)
      const quantiles = args.args.slice(2).map((_, index) => args.scalar(index + 2))
      // A quantile that changes from step to step makes a series of each of its values.
      const results = quantiles.flatMap(wanted =>
        [...new Set(wanted)].flatMap(value =>
          quantilesOf(args, series, wanted).map(({ labels, compute }) => ({
            labels: setLabels(labels, [[label, openMetricsFloat(value)]]),
            compute() {
              const column = compute()
              column?.present.forEach((_, step) => {
                if (!Object.is(wanted[step], value)) column.present[step] = 0
              })
              return column && unlessEmpty(column)
            },
          })),
        ),
      )
      return mergeEqual(results, 'step')
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

function quantilesOf(args: CallArguments, series: readonly VectorSeries[], quantiles: Float64Array) {
  const { notes } = args.evaluation
  for (const quantile of quantiles) warnOfQuantile(notes, quantile)
  const { start, step: every } = args.grid
  return eachHistogram(args, series, (buckets, step) => {
    const { value, forced } = quantileOfBuckets(quantiles[step]!, buckets)
    if (forced !== undefined) informOfForcedMonotonicity(notes, forced, start + step * every)
    return value
  })
}

/** `1.0`, `0.99`, `1e-05`: a float as OpenMetrics writes the value of a label. */
function openMetricsFloat(value: number): string {
  const text = goFloat(value)
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
}

type EvaluateAt = (buckets: Buckets, step: number) => number

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
    compute: () => histogramColumn(evaluation, members, grid, evaluateAt),
  }))
  return mergeEqual(histograms, 'step')
}

function bucketsOf(evaluation: Evaluation, series: readonly VectorSeries[]): Bucket[] {
  return series.flatMap(one => {
    const le = one.labels.get('le') ?? ''
    const bound = parseGoFloat(le)
    if (bound !== undefined) return [{ labels: one.labels, bound, series: one }]
    if (one.compute() !== undefined) warnOfBucketLabel(evaluation.notes, le)
    return []
  })
}

function histogramColumn(
  evaluation: Evaluation,
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
    result.values[i] = evaluateAt(buckets, i)
    result.present[i] = 1
  }
  evaluation.budget.spend(grid.count)
  return unlessEmpty(result)
}
