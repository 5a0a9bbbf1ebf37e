/** What the grammar allows and LogQL does not. */

import { parseGoFloat } from '../../go/floats.ts'
import { predicateOf } from '../../matchers.ts'
import { parseError } from '../../query-error.ts'
import { isSetOperator } from '../../vectors/operators.ts'
import type {
  Binary,
  Grouping,
  LabelMatcher,
  MetricExpr,
  RangeOperator,
  Span,
  Unwrap,
  VectorOperator,
} from './ast.ts'
import { rangeFunctions, vectorFunctions } from './functions.ts'
import { merge } from './operators.ts'

/** A selector must narrow down the streams: `{app=~".*"}` would be all of them. */
export function checkSelector(query: string, matchers: readonly LabelMatcher[], span: Span): void {
  if (matchers.every(matcher => predicateOf(matcher)('')))
    throw parseError(
      query,
      span,
      'expected at least one matcher that an empty value does not satisfy, such as app="shop" or app=~".+"; queries require at least one regexp or equality matcher that does not have an empty-compatible value',
    )
}

export function checkRange(
  query: string,
  name: Span,
  operator: RangeOperator,
  parameter: string | undefined,
  unwrap: Unwrap | undefined,
  grouping: Grouping | undefined,
): number | undefined {
  const { of, takesGrouping } = rangeFunctions.get(operator)!
  if (parameter !== undefined && operator !== 'quantile_over_time')
    throw parseError(query, name, `parameter ${parameter} not supported for operation ${operator}`)
  if (parameter === undefined && operator === 'quantile_over_time')
    throw parseError(query, name, `parameter required for operation ${operator}`)
  if (grouping !== undefined && !takesGrouping)
    throw parseError(query, name, `grouping not allowed for ${operator} aggregation`)
  if (of === 'lines' && unwrap !== undefined)
    throw parseError(query, name, `invalid aggregation ${operator} with unwrap`)
  if (of === 'values' && unwrap === undefined)
    throw parseError(query, name, `invalid aggregation ${operator} without unwrap`)
  if (parameter === undefined) return undefined
  const quantile = parseGoFloat(parameter)
  if (quantile === undefined)
    throw parseError(
      query,
      name,
      `invalid parameter for operation ${operator}: expected a number, got "${parameter}"`,
    )
  return quantile
}

export function checkAggregation(
  query: string,
  name: Span,
  operator: VectorOperator,
  parameter: string | undefined,
  grouping: Grouping | undefined,
): number | undefined {
  const isSort = operator === 'sort' || operator === 'sort_desc'
  if (isSort && grouping !== undefined && grouping.labels.length > 0)
    throw parseError(query, name, "sort and sort_desc doesn't allow grouping by labels")
  if (!vectorFunctions.get(operator)) {
    if (parameter === undefined) return undefined
    throw parseError(query, name, `unsupported parameter for operation ${operator}(${parameter},`)
  }
  if (parameter === undefined) throw parseError(query, name, `parameter required for operation ${operator}`)
  const size = /^\d{1,9}$/.test(parameter) ? Number(parameter) : 0
  if (size > 0) return size
  throw parseError(
    query,
    name,
    `invalid parameter (must be greater than 0) ${operator}(${parameter}: expected a whole number`,
  )
}

/** An operation on two numbers is their result; one between sets has no numbers. */
export function foldNumbers(query: string, expr: Binary): MetricExpr {
  const { left, right } = expr
  if (isSetOperator(expr.operator))
    for (const [leg, side] of [
      [left, 'left'],
      [right, 'right'],
    ] as const)
      if (leg.kind === 'number')
        throw parseError(
          query,
          leg.span,
          `unexpected literal for ${side} leg of logical/set binary operation (${expr.operator}): ${leg.value}`,
        )
  if (left.kind !== 'number' || right.kind !== 'number') return expr
  const value = merge(expr.operator, left.value, right.value)
  return { kind: 'number', value, span: expr.span }
}
