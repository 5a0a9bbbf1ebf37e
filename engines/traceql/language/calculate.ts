/** Arithmetic as Tempo does it: whole numbers stay whole and wrap around at 64 bits, everything else is a float. */

import type { Arithmetic } from './ast.ts'
import { asNumber, float, type Int, int, type Value } from './value.ts'

/** The result, or what is wrong with dividing by it. */
export function calculate(op: Arithmetic, left: Value, right: Value): Value | 'zero' {
  if (left.type === 'int' && right.type === 'int') return calculateInts(op, left.value, right.value)
  const [a, b] = [asNumber(left), asNumber(right)]
  switch (op) {
    case '+':
      return float(a + b)
    case '-':
      return float(a - b)
    case '*':
      return float(a * b)
    case '/':
      return float(a / b)
    case '%':
      return float(a % b)
    case '^':
      return float(power(a, b))
  }
}

function calculateInts(op: Arithmetic, left: Int, right: Int): Value | 'zero' {
  if ((op === '/' || op === '%') && Number(right) === 0) return 'zero'
  if (op === '^') return int(wholePower(right, left))
  if (typeof left === 'number' && typeof right === 'number') {
    const quick = quickly(op, left, right)
    if (Number.isSafeInteger(quick)) return int(quick + 0)
  }
  const [a, b] = [BigInt(left), BigInt(right)]
  if (op === '+') return int(a + b)
  if (op === '-') return int(a - b)
  if (op === '*') return int(a * b)
  return int(op === '/' ? a / b : a % b)
}

function quickly(op: Arithmetic, left: number, right: number): number {
  if (op === '+') return left + right
  if (op === '-') return left - right
  if (op === '*') return left * right
  return op === '/' ? Math.trunc(left / right) : left % right
}

/** Of whole numbers Tempo computes `a ^ b` as b to the power of a. */
function wholePower(base: Int, exponent: Int): Int {
  const result = power(Number(base), Number(exponent))
  // Beyond 64 bits Go's conversion gives the smallest whole number on amd64.
  if (!(Math.abs(result) < 2 ** 63)) return -(2n ** 63n)
  return BigInt(Math.trunc(result))
}

/** JavaScript gives NaN for 1 ^ NaN and 1 ^ Infinity, Go gives 1. */
function power(base: number, exponent: number): number {
  return base === 1 || (base === -1 && !Number.isFinite(exponent) && !Number.isNaN(exponent))
    ? 1
    : base ** exponent
}
