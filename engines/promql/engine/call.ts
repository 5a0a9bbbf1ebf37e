import type { Call } from '../language/ast.ts'
import { absent, absentOverTime } from './absent.ts'
import { dropName, type Grid, mapSeries, mergeEqual, type Value, type VectorSeries } from './column.ts'
import { dateFunctions } from './dates.ts'
import { scalarAt, vectorAt, vectorOf } from './evaluate.ts'
import { histogramFraction, histogramQuantile } from './histogram.ts'
import { labelJoin, labelReplace } from './label-functions.ts'
import { clamp, elementwise, roundTo } from './math.ts'
import { callOverWindows, overWindows } from './range-functions.ts'
import type { Run } from './run.ts'
import { instantTimes } from './selectors.ts'
import { sortByValue } from './sort.ts'

export function call(run: Run, expr: Call, grid: Grid): Value {
  const { name, args } = expr
  const vector = (index: number) => vectorAt(run, args[index]!, grid)
  const scalar = (index: number) => scalarAt(run, args[index]!, grid)
  const asVector = (series: readonly VectorSeries[]): Value => ({ type: 'vector', series })
  const change = elementwise.get(name)
  if (change !== undefined) return asVector(changeValues(vector(0), change))
  if (overWindows.has(name)) return asVector(callOverWindows(run, expr, grid))
  const ofDate = dateFunctions.get(name)
  if (ofDate !== undefined)
    return args.length === 0
      ? vectorOf(secondsOf(grid).map(ofDate))
      : asVector(changeValues(vector(0), ofDate))
  switch (name) {
    case 'time':
      return { type: 'scalar', values: secondsOf(grid) }
    case 'pi':
      return { type: 'scalar', values: new Float64Array(grid.count).fill(Math.PI) }
    case 'scalar':
      return { type: 'scalar', values: scalarOf(vector(0), grid) }
    case 'vector':
      return vectorOf(scalar(0))
    case 'timestamp':
      return asVector(timestamps(run, expr, grid))
    case 'absent':
      return asVector(absent(run, args[0]!, vector(0), grid))
    case 'absent_over_time':
      return asVector(absentOverTime(run, args[0]!, grid))
    case 'clamp':
      return asVector(clamp(vector(0), scalar(1), scalar(2)))
    case 'clamp_min':
      return asVector(clamp(vector(0), scalar(1), new Float64Array(grid.count).fill(Infinity)))
    case 'clamp_max':
      return asVector(clamp(vector(0), new Float64Array(grid.count).fill(-Infinity), scalar(1)))
    case 'round':
      return asVector(roundTo(vector(0), args.length > 1 ? scalar(1) : new Float64Array(grid.count).fill(1)))
    case 'sort':
    case 'sort_desc':
      return asVector(sortByValue(vector(0), name === 'sort' ? 1 : -1, grid))
    case 'label_replace':
      return asVector(labelReplace(vector(0), args))
    case 'label_join':
      return asVector(labelJoin(vector(0), args))
    case 'histogram_quantile':
      return asVector(histogramQuantile(run, vector(1), scalar(0), grid))
    case 'histogram_fraction':
      return asVector(histogramFraction(run, vector(2), scalar(0), scalar(1), grid))
    default:
      throw new Error(`Cannot call ${name}(): expected a function the engine has`)
  }
}

/** Every value through a function; the name goes, as the result is no longer what it names. */
export function changeValues(
  series: readonly VectorSeries[],
  change: (value: number, step: number) => number,
): readonly VectorSeries[] {
  const changed = mapSeries(series, dropName, column => {
    const { values } = column
    for (let i = 0; i < values.length; i++) values[i] = change(values[i]!, i)
    return column
  })
  return mergeEqual(changed, 'step')
}

function secondsOf(grid: Grid): Float64Array {
  const seconds = new Float64Array(grid.count)
  for (let i = 0; i < grid.count; i++) seconds[i] = (grid.start + i * grid.step) / 1000
  return seconds
}

/** The value of the one series that has one at the step, NaN if there is none or more than one. */
function scalarOf(series: readonly VectorSeries[], grid: Grid): Float64Array {
  const values = new Float64Array(grid.count).fill(Number.NaN)
  const found = new Uint8Array(grid.count)
  for (const { compute } of series) {
    const column = compute()
    if (column === undefined) continue
    for (let i = 0; i < grid.count; i++) {
      if (column.present[i] === 0) continue
      values[i] = found[i] === 0 ? column.values[i]! : Number.NaN
      found[i] = 1
    }
  }
  return values
}

/** Of a selector, when its samples were taken; of anything else, when it was evaluated. */
function timestamps(run: Run, { args }: Call, grid: Grid): readonly VectorSeries[] {
  let arg = args[0]!
  while (arg.kind === 'paren') arg = arg.inner
  if (arg.kind === 'selector')
    return mergeEqual(
      mapSeries(instantTimes(run, arg, grid), dropName, same => same),
      'step',
    )
  const seconds = secondsOf(grid)
  return changeValues(vectorAt(run, arg, grid), (_, step) => seconds[step]!)
}
