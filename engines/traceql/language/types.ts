/** The type of an expression, as far as the query alone tells it, and which operators a type allows. */

import type { FieldExpression, ScalarExpression } from './ast.ts'
import { intrinsics } from './intrinsics.ts'
import { isNumeric, type StaticType } from './value.ts'

const logical: readonly string[] = ['&&', '||']
const equalities: readonly string[] = ['=', '!=']
const orders: readonly string[] = ['>', '>=', '<', '<=']
const regexes: readonly string[] = ['=~', '!~', 'match any', 'match none']
const memberships: readonly string[] = ['in', 'not in']
const arithmetic: readonly string[] = ['+', '-', '*', '/', '%', '^']

/** Whether an operator gives true or false. */
export function isBoolean(op: string): boolean {
  return !arithmetic.includes(op)
}

export function allows(type: StaticType, op: string): boolean {
  const includes = (...lists: (readonly string[])[]) => lists.some(list => list.includes(op))
  switch (type) {
    case 'attribute':
      return true
    case 'boolean':
    case 'boolean[]':
      return includes(logical, equalities, memberships)
    case 'string':
    case 'string[]':
      return includes(equalities, orders, regexes, memberships)
    case 'nil':
    case 'status':
    case 'kind':
      return includes(equalities)
    case 'spanset':
      return false
    default:
      return includes(arithmetic, equalities, orders, memberships)
  }
}

export function typeOf(expression: FieldExpression | ScalarExpression): StaticType {
  switch (expression.kind) {
    case 'static':
      return expression.value.type
    case 'attribute':
      return expression.isIntrinsic ? intrinsics[expression.name]!.type : 'attribute'
    case 'unary':
      return expression.op === 'exists' || expression.op === 'missing'
        ? 'boolean'
        : typeOf(expression.operand)
    case 'aggregate':
      return expression.operand === undefined ? 'int' : typeOf(expression.operand)
    case 'pipeline': {
      const last = expression.elements.at(-1)
      return last?.kind === 'aggregate' ? typeOf(last) : 'spanset'
    }
    default: {
      if (isBoolean(expression.op)) return 'boolean'
      const left = typeOf(expression.left)
      return left === 'attribute' ? typeOf(expression.right) : left
    }
  }
}

/** Whether an expression reads anything of a span. */
export function readsSpan(expression: FieldExpression): boolean {
  if (expression.kind === 'attribute') return true
  if (expression.kind === 'unary') return readsSpan(expression.operand)
  return expression.kind === 'binary' && (readsSpan(expression.left) || readsSpan(expression.right))
}

/** Whether `-` or `!` can stand before a type. */
export function allowsUnary(type: StaticType, op: '-' | '!'): boolean {
  return type === 'attribute' || (op === '-' ? isNumeric(type) : type === 'boolean')
}
