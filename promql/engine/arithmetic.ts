import type { ArithmeticOperator, BinaryOperator, ComparisonOperator } from '../language/ast.ts'

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return compared.has(operator as ComparisonOperator)
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

/** 1 where the comparison holds. */
export function compare(operator: ComparisonOperator, left: Float64Array, right: Float64Array): Uint8Array {
  const holds = compared.get(operator)!
  const mask = new Uint8Array(left.length)
  for (let i = 0; i < left.length; i++) mask[i] = holds(left[i]!, right[i]!) ? 1 : 0
  return mask
}

const compared: ReadonlyMap<ComparisonOperator, (left: number, right: number) => boolean> = new Map<
  ComparisonOperator,
  (left: number, right: number) => boolean
>([
  ['==', (left, right) => left === right],
  ['!=', (left, right) => left !== right],
  ['>', (left, right) => left > right],
  ['<', (left, right) => left < right],
  ['>=', (left, right) => left >= right],
  ['<=', (left, right) => left <= right],
])

/** JavaScript gives NaN for 1 to the power of NaN and for ±1 to an infinite one; C and Go give 1. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1
  return base ** exponent
}
