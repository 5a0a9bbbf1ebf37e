import { noLabels } from '../labels.ts'
import type { Expr } from '../language/ast.ts'
import { aggregate } from './aggregate.ts'
import { evaluateBinary } from './binary.ts'
import { call } from './call.ts'
import {
  computed,
  dropName,
  type Grid,
  mapSeries,
  mergeEqual,
  repeatColumn,
  type Value,
  type VectorSeries,
} from './column.ts'
import type { RangeSeries } from './result.ts'
import type { Run } from './run.ts'
import { instantVector, windowSource } from './selectors.ts'
import { windowFinder } from './windows.ts'

/** The value of a scalar or vector expression at every step of the grid. */
export function evaluate(run: Run, expr: Expr, grid: Grid): Value {
  run.budget.work(1)
  if (grid.count > 1 && run.invariant.has(expr))
    return repeat(evaluate(run, expr, { ...grid, count: 1 }), grid.count)
  switch (expr.kind) {
    case 'number':
      return { type: 'scalar', values: new Float64Array(grid.count).fill(expr.value) }
    case 'paren':
      return evaluate(run, expr.inner, grid)
    case 'unary':
      return expr.operator === '-'
        ? negate(evaluate(run, expr.operand, grid))
        : evaluate(run, expr.operand, grid)
    case 'binary':
      return evaluateBinary(run, expr, grid)
    case 'selector':
      return { type: 'vector', series: instantVector(run, expr, grid) }
    case 'call':
      return call(run, expr, grid)
    case 'aggregation':
      return { type: 'vector', series: aggregate(run, expr, grid) }
    case 'string':
    case 'range':
    case 'subquery':
      throw new Error(`Cannot evaluate a ${expr.kind} as a vector: expected the types to be checked`)
  }
}

export function vectorAt(run: Run, expr: Expr, grid: Grid): readonly VectorSeries[] {
  const value = evaluate(run, expr, grid)
  if (value.type !== 'vector') throw new Error('Cannot evaluate: expected an instant vector, got a scalar')
  return value.series
}

/** One value per step. */
export function scalarAt(run: Run, expr: Expr, grid: Grid): Float64Array {
  const value = evaluate(run, expr, grid)
  if (value.type !== 'scalar') throw new Error('Cannot evaluate: expected a scalar, got an instant vector')
  return value.values
}

/** The samples themselves, of a range selector or a subquery that is the whole query. */
export function rangeVector(run: Run, expr: Expr, grid: Grid): RangeSeries[] {
  const source = windowSource(run, expr, grid)
  const find = windowFinder(run, source, grid)
  return source.series.flatMap(({ labels, read }) => {
    const { times, values, first, last } = find(read())
    if (first[0] === last[0]) return []
    return [{ labels, times: times.slice(first[0], last[0]), values: values.slice(first[0], last[0]) }]
  })
}

/** The text of a string expression, which is a literal, in parentheses perhaps. */
export function stringOf(expr: Expr): string {
  if (expr.kind === 'paren') return stringOf(expr.inner)
  if (expr.kind !== 'string') throw new Error(`Cannot read a string: expected a literal, got a ${expr.kind}`)
  return expr.value
}

function repeat(value: Value, count: number): Value {
  if (value.type === 'scalar')
    return { type: 'scalar', values: new Float64Array(count).fill(value.values[0]!) }
  return {
    type: 'vector',
    series: mapSeries(
      value.series,
      labels => labels,
      column => (column.present[0] === 1 ? repeatColumn(column, count) : undefined),
    ),
  }
}

function negate(value: Value): Value {
  if (value.type === 'scalar') return { type: 'scalar', values: value.values.map(one => -one) }
  const negated = mapSeries(value.series, dropName, column => {
    for (let i = 0; i < column.values.length; i++) column.values[i] = -column.values[i]!
    return column
  })
  return { type: 'vector', series: mergeEqual(negated, 'range') }
}

/** A vector of one series without labels, as `vector()` makes it. */
export function vectorOf(values: Float64Array): Value {
  return {
    type: 'vector',
    series: [computed(noLabels, { values, present: new Uint8Array(values.length).fill(1) })],
  }
}
