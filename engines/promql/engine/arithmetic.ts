import type { ArithmeticOperator, BinaryOperator, ComparisonOperator } from '../language/ast.ts'

const compared: ReadonlySet<BinaryOperator> = new Set(['==', '!=', '>', '<', '>=', '<='])

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return compared.has(operator)
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
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1
  return base ** exponent
}
