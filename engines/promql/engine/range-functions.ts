import { metricName } from '../labels.ts'
import type { Call, Expr } from '../language/ast.ts'
import { dropName, type Grid, mergeEqual, newColumn, unlessEmpty, type VectorSeries } from './column.ts'
import { scalarAt } from './evaluate.ts'
import { informOfCounterName, warnOfQuantile } from './notes.ts'
import {
  avgOverTime,
  countOverTime,
  lastOverTime,
  maxOverTime,
  minOverTime,
  presentOverTime,
  quantileOverTime,
  stddevOverTime,
  stdvarOverTime,
  sumOverTime,
} from './over-time.ts'
import { changes, delta, idelta, increase, irate, rate, resets } from './rate.ts'
import { deriv, predictLinear } from './regression.ts'
import type { Run } from './run.ts'
import { windowSource } from './selectors.ts'
import { type WindowFunction, windowFinder } from './windows.ts'

type Prepared = (run: Run, args: readonly Expr[], grid: Grid) => WindowFunction

/** The functions that take a range vector, made ready from their other arguments. */
export const overWindows: ReadonlyMap<string, Prepared> = new Map<string, Prepared>([
  ['rate', () => rate],
  ['increase', () => increase],
  ['delta', () => delta],
  ['irate', () => irate],
  ['idelta', () => idelta],
  ['resets', () => resets],
  ['changes', () => changes],
  ['deriv', () => deriv],
  ['predict_linear', (run, args, grid) => predictLinear(scalarAt(run, args[1]!, grid))],
  ['avg_over_time', () => avgOverTime],
  ['sum_over_time', () => sumOverTime],
  ['min_over_time', () => minOverTime],
  ['max_over_time', () => maxOverTime],
  ['count_over_time', () => countOverTime],
  ['last_over_time', () => lastOverTime],
  ['present_over_time', () => presentOverTime],
  ['stddev_over_time', () => stddevOverTime],
  ['stdvar_over_time', () => stdvarOverTime],
  ['quantile_over_time', prepareQuantile],
])

export function callOverWindows(run: Run, { name, args }: Call, grid: Grid): readonly VectorSeries[] {
  const apply = overWindows.get(name)!(run, args, grid)
  const source = windowSource(run, args[name === 'quantile_over_time' ? 1 : 0]!, grid)
  const find = windowFinder(run, source, grid)
  const keepsName = name === 'last_over_time'
  const isForCounters = name === 'rate' || name === 'increase'
  const series = source.series.map(({ labels, read }) => ({
    labels: keepsName ? labels : dropName(labels),
    compute() {
      const samples = read()
      if (samples.length === 0) return undefined
      const column = newColumn(grid.count)
      run.budget.spend(grid.count)
      apply(find(samples), column.values, column.present)
      const found = unlessEmpty(column)
      if (found !== undefined && isForCounters) informOfCounterName(run.notes, labels.get(metricName) ?? '')
      return found
    },
  }))
  return mergeEqual(series, 'range')
}

function prepareQuantile(run: Run, args: readonly Expr[], grid: Grid): WindowFunction {
  const quantiles = scalarAt(run, args[0]!, grid)
  const apply = quantileOverTime(quantiles)
  return (windows, values, present) => {
    apply(windows, values, present)
    for (let i = 0; i < grid.count; i++) if (present[i] === 1) warnOfQuantile(run.notes, quantiles[i]!)
  }
}
