/** What operators make of two numbers. */

import { isComparison, power } from '../../vectors/operators.ts'
import type { BinaryOperator, Comparison } from './ast.ts'

/** A comparison gives 1 or 0. Division by zero has no value in LogQL, whatever is divided. */
export function merge(operator: BinaryOperator, left: number, right: number): number {
  if (isComparison(operator)) return compare(operator, left, right) ? 1 : 0
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return right === 0 ? Number.NaN : left / right
    case '%':
      return right === 0 ? Number.NaN : left % right
    case '^':
      return power(left, right)
    default:
      return Number.NaN
  }
}

export function compare(operator: Comparison, left: number, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right
    case '!=':
      return left !== right
    case '>':
      return left > right
    case '>=':
      return left >= right
    case '<':
      return left < right
    case '<=':
      return left <= right
  }
}
