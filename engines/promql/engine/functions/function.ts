/** What a function of PromQL is made of; `table.ts` holds all of them. */

import { metricName } from '../../../labels.ts'
import { QueryError } from '../../../query-error.ts'
import {
  computed,
  dropName,
  type Grid,
  mapSeries,
  mergeEqual,
  newColumn,
  unlessEmpty,
  type Value,
  type VectorSeries,
} from '../../../vectors/grid.ts'
import type { Call, Expr, Signature } from '../../language/ast.ts'
import { type Evaluation, scalarAt, stringOf, vectorAt } from '../evaluation.ts'
import { type WindowSource, windowSource } from '../selectors.ts'
import { type WindowFunction, windowFinder } from '../windows.ts'

export interface PromqlFunction extends Signature {
  /** The result changes with the time of evaluation even when the arguments do not. */
  variesWithTime: boolean
  /** The result depends on the start, end or step of the query. */
  variesWithQuery: boolean
  /** Go and JavaScript compute it differently, so that the last digit may differ. */
  lastDigitVaries: boolean
  /** What to call it with when comparing random queries with a real Prometheus; the optional ones are left out at times. */
  random: readonly RandomArgument[]
  call(args: CallArguments): Value
}

/** The kind of an argument, or texts to choose from. */
export type RandomArgument =
  | 'vector'
  | 'selector'
  | 'scalar'
  | 'range'
  | 'range of a counter'
  | 'quantile'
  | 'buckets'
  | readonly string[]

export interface CallArguments {
  name: string
  evaluation: Evaluation
  grid: Grid
  args: readonly Expr[]
  vector(index: number): readonly VectorSeries[]
  scalar(index: number): Float64Array
  text(index: number): string
}

export function callArguments(evaluation: Evaluation, { name, args }: Call, grid: Grid): CallArguments {
  return {
    name,
    evaluation,
    grid,
    args,
    vector: index => vectorAt(evaluation, args[index]!, grid),
    scalar: index => scalarAt(evaluation, args[index]!, grid),
    text: index => stringOf(args[index]!),
  }
}

type Rest = Pick<PromqlFunction, 'random' | 'call'> & Partial<PromqlFunction>

/** A function that takes `parameters` and, unless told otherwise, returns a vector. */
export function define(parameters: Signature['parameters'], rest: Rest): PromqlFunction {
  return {
    parameters,
    optional: 0,
    returns: 'vector',
    isExperimental: false,
    variesWithTime: false,
    variesWithQuery: false,
    lastDigitVaries: false,
    ...rest,
  }
}

/** A function that makes one series of each, a value at a time. */
export function elementwise(
  change: (value: number) => number,
  rest: Partial<PromqlFunction> = {},
): PromqlFunction {
  return define(['vector'], {
    random: ['vector'],
    call: ({ vector }) => changeValues(vector(0), change),
    ...rest,
  })
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

interface OverWindows extends Partial<PromqlFunction> {
  keepsName?: boolean
  /** Told the metric's name of every series that has a result. */
  onResult?: (evaluation: Evaluation, metric: string) => void
}

/** A function of one range vector; `apply` is what it makes of the windows over one series. */
export function overWindows(apply: WindowFunction, rest: OverWindows = {}): PromqlFunction {
  return define(['matrix'], {
    random: ['range'],
    call: args => callOverWindows(args, 0, apply, rest),
    ...rest,
  })
}

export function callOverWindows(
  { evaluation, name, args, grid }: CallArguments,
  index: number,
  apply: WindowFunction,
  { keepsName, onResult }: OverWindows = {},
): readonly VectorSeries[] {
  const source = windowSource(evaluation, args[index]!, grid)
  refuseEdges(source, name)
  const find = windowFinder(evaluation, source, grid)
  const series = source.series.map(({ labels, read }) => ({
    labels: keepsName ? labels : dropName(labels),
    compute() {
      const samples = read()
      if (samples.length === 0) return undefined
      const column = newColumn(grid.count)
      evaluation.budget.spend(grid.count)
      apply(find(samples), column.values, column.present)
      const found = unlessEmpty(column)
      if (found !== undefined) onResult?.(evaluation, labels.get(metricName) ?? '')
      return found
    },
  }))
  return mergeEqual(series, 'range')
}

export function refuseEdges({ edges }: WindowSource, name: string): void {
  if (edges === undefined || knowEdges[edges].includes(name)) return
  throw new QueryError(
    'execution',
    `${edges} modifier can only be used with: ${knowEdges[edges].join(', ')} - not with ${name}`,
  )
}

/** Functions that take samples beside the window into account. */
const knowEdges = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
}

/** The times of the grid in seconds. */
export function secondsOf({ start, step, count }: Grid): Float64Array {
  const seconds = new Float64Array(count)
  for (let i = 0; i < count; i++) seconds[i] = (start + i * step) / 1000
  return seconds
}

/** A vector of one series without labels, as `vector()` makes it. */
export function vectorOf(values: Float64Array): VectorSeries[] {
  return [computed(new Map(), { values, present: new Uint8Array(values.length).fill(1) })]
}
