/** Arithmetic and comparison between numbers, a column at a time. */

import type { Column } from './grid.ts'

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2'
export type ComparisonOperator = '==' | '!=' | '>' | '<' | '>=' | '<='
export type SetOperator = 'and' | 'or' | 'unless'
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator

/** `on (job) group_left (version)` between two vectors. */
export interface VectorMatching {
  /** `on` matches by these labels only, `ignoring` by all the others. */
  on: boolean
  labels: readonly string[]
  cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  /** Labels that group_left or group_right takes over from the "one" side. */
  include: readonly string[]
  /** The values that stand in for a series that one side lacks. */
  fill?: { left?: number; right?: number }
}

export interface Operation {
  operator: BinaryOperator
  /** `bool` on a comparison: 0 or 1 in place of a filter. */
  returnBool: boolean
  /** Present exactly when both sides are vectors; without a written modifier it is `ignoring ()`. */
  matching: VectorMatching | undefined
}

const comparisons: ReadonlySet<BinaryOperator> = new Set(['==', '!=', '>', '<', '>=', '<='])

const sets: ReadonlySet<BinaryOperator> = new Set(['and', 'or', 'unless'])

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return sets.has(operator)
}

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return comparisons.has(operator)
}

/**
 * Writes the operator's results into `into`, whose values may be one of the two sides. A comparison without `bool`
 * takes away the points where it does not hold; the others get their values from `kept`.
 */
export function combine(
  operation: Operation,
  left: Float64Array,
  right: Float64Array,
  into: Column,
  kept: Float64Array,
) {
  const { operator, returnBool } = operation
  if (!isComparison(operator)) return calculate(operator as ArithmeticOperator, left, right, into.values)
  const holds = compare(operator, left, right)
  if (returnBool) into.values.set(holds)
  else {
    if (into.values !== kept) into.values.set(kept)
    for (let i = 0; i < holds.length; i++) into.present[i]! &= holds[i]!
  }
}

/** `temperature + 1` is no longer what `temperature` names, so the result has no name; `temperature > 1` keeps it. */
export function changesMetric({ operator, returnBool }: Operation): boolean {
  return returnBool || !isComparison(operator)
}

/** Both columns value by value into `out`, which may be one of them. */
export function calculate(
  operator: ArithmeticOperator,
  left: Float64Array,
  right: Float64Array,
  out: Float64Array,
): void {
  const count = out.length
  switch (operator) {
    case '+':
      for (let i = 0; i < count; i++) out[i] = left[i]! + right[i]!
      return
    case '-':
      for (let i = 0; i < count; i++) out[i] = left[i]! - right[i]!
      return
    case '*':
      for (let i = 0; i < count; i++) out[i] = left[i]! * right[i]!
      return
    case '/':
      for (let i = 0; i < count; i++) out[i] = left[i]! / right[i]!
      return
    case '%':
      for (let i = 0; i < count; i++) out[i] = left[i]! % right[i]!
      return
    case '^':
      for (let i = 0; i < count; i++) out[i] = power(left[i]!, right[i]!)
      return
    case 'atan2':
      for (let i = 0; i < count; i++) out[i] = Math.atan2(left[i]!, right[i]!)
  }
}

/** 1 where the comparison holds, 0 elsewhere. */
export function compare(operator: ComparisonOperator, left: Float64Array, right: Float64Array): Uint8Array {
  const count = left.length
  const holds = new Uint8Array(count)
  switch (operator) {
    case '==':
      for (let i = 0; i < count; i++) if (left[i] === right[i]) holds[i] = 1
      break
    case '!=':
      for (let i = 0; i < count; i++) if (left[i] !== right[i]) holds[i] = 1
      break
    case '>':
      for (let i = 0; i < count; i++) if (left[i]! > right[i]!) holds[i] = 1
      break
    case '<':
      for (let i = 0; i < count; i++) if (left[i]! < right[i]!) holds[i] = 1
      break
    case '>=':
      for (let i = 0; i < count; i++) if (left[i]! >= right[i]!) holds[i] = 1
      break
    case '<=':
      for (let i = 0; i < count; i++) if (left[i]! <= right[i]!) holds[i] = 1
  }
  return holds
}

/** JavaScript gives NaN for 1 to the power of NaN and for ±1 to an infinite one; C and Go give 1. */
export function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1
  return base ** exponent
}
