import { binary } from '../../vectors/binary.ts'
import {
  dropName,
  type Grid,
  isScalar,
  mapSeries,
  mergeEqual,
  repeatColumn,
  type Value,
} from '../../vectors/grid.ts'
import type { Expr } from '../language/ast.ts'
import { aggregate } from './aggregate.ts'
import { type Evaluation, mergesBy } from './evaluation.ts'
import { callArguments } from './functions/function.ts'
import { functions } from './functions/table.ts'
import type { RangeSeries } from './results.ts'
import { instantVector, windowSource } from './selectors.ts'
import { valueAtEnd, valueAtStart, type Windows, windowFinder } from './windows.ts'

/** `invariant` holds the subtrees whose value is the same at every step. */
export function createEvaluation(
  settings: Omit<Evaluation, 'evaluate'>,
  invariant: ReadonlySet<Expr>,
): Evaluation {
  const evaluation: Evaluation = {
    ...settings,
    evaluate(expr, grid) {
      settings.budget.work(1)
      if (grid.count === 1 || !invariant.has(expr)) return evaluate(evaluation, expr, grid)
      return repeat(evaluate(evaluation, expr, { ...grid, count: 1 }), grid.count)
    },
  }
  return evaluation
}

function evaluate(evaluation: Evaluation, expr: Expr, grid: Grid): Value {
  const at = (inner: Expr) => evaluation.evaluate(inner, grid)
  switch (expr.kind) {
    case 'number':
      return new Float64Array(grid.count).fill(expr.value)
    case 'paren':
      return at(expr.inner)
    case 'unary':
      return expr.operator === '-' ? negate(at(expr.operand), mergesBy(evaluation)) : at(expr.operand)
    case 'binary':
      return binary(
        { budget: evaluation.budget, isOld: evaluation.semantics === 'prometheus-2' },
        expr,
        at(expr.left),
        at(expr.right),
        grid,
      )
    case 'selector':
      return instantVector(evaluation, expr, grid)
    case 'call':
      return functions.get(expr.name)!.call(callArguments(evaluation, expr, grid))
    case 'aggregation':
      return aggregate(evaluation, expr, grid)
    case 'string':
    case 'range':
    case 'subquery':
      throw new Error(`Cannot evaluate a ${expr.kind} as a vector: expected the types to be checked`)
  }
}

/** The samples themselves, of a range selector or a subquery that is the whole query. */
export function rangeVector(evaluation: Evaluation, expr: Expr, grid: Grid): RangeSeries[] {
  const source = windowSource(evaluation, expr, grid)
  const find = windowFinder(evaluation, source, grid)
  return source.series.flatMap(({ labels, read }) => {
    const { times, values, first, last } = find(read())
    if (first[0] === last[0]) return []
    if (source.edges !== undefined) return [{ labels, ...pointsWithEdges(find(read()), source.edges) }]
    return [{ labels, times: times.slice(first[0], last[0]), values: values.slice(first[0], last[0]) }]
  })
}

function repeat(value: Value, count: number): Value {
  if (isScalar(value)) return new Float64Array(count).fill(value[0]!)
  return mapSeries(
    value,
    labels => labels,
    column => (column.present[0] === 1 ? repeatColumn(column, count) : undefined),
  )
}

function negate(value: Value, by: 'step' | 'range'): Value {
  if (isScalar(value)) return value.map(one => -one)
  const negated = mapSeries(value, dropName, column => {
    for (let i = 0; i < column.values.length; i++) column.values[i] = -column.values[i]!
    return column
  })
  return mergeEqual(negated, by)
}

/** The samples inside of a window, with the values at its start and end. */
function pointsWithEdges(windows: Windows, edges: 'anchored' | 'smoothed') {
  const { times, values, range, ends, first, last } = windows
  const end = ends.start
  const points = [{ time: end - range, value: valueAtStart(windows, first[0]!, end - range, edges, false) }]
  for (let k = first[0]!; k < last[0]!; k++)
    if (times[k]! > end - range && times[k]! < end) points.push({ time: times[k]!, value: values[k]! })
  points.push({ time: end, value: valueAtEnd(windows, last[0]! - 1, end, edges, false) })
  return {
    times: Float64Array.from(points, ({ time }) => time),
    values: Float64Array.from(points, ({ value }) => value),
  }
}
