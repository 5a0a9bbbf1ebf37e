/** Operators on values known at last, as the data has them. */

import { QueryError } from '../../query-error.ts'
import { compileRegex } from '../../regex/regex.ts'
import type { Arithmetic, FieldOperator } from '../language/ast.ts'
import { calculate } from '../language/calculate.ts'
import { allows, isBoolean } from '../language/types.ts'
import {
  asNumber,
  boolean,
  compareText,
  equal,
  isArray,
  isFalse,
  match,
  matchAsElements,
  type Value,
} from '../language/value.ts'

/** The result; types that do not go together give false. */
export function operate(op: FieldOperator, left: Value, right: Value): Value {
  if (!match(left.type, right.type) || !allows(left.type, op) || !allows(right.type, op)) return isFalse
  const isPlain =
    (left.type === 'string' && right.type === 'string') ||
    (left.type === 'int' && right.type === 'int') ||
    (left.type === 'boolean' && right.type === 'boolean')
  return !isPlain && matchAsElements(left.type, right.type)
    ? onElements(op, left, right)
    : onPlain(op, left, right)
}

/** `>` read from the right. */
const flipped: { [op: string]: FieldOperator | undefined } = {
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
}

function onPlain(op: FieldOperator, left: Value, right: Value): Value {
  switch (op) {
    case '=':
      return boolean(equal(left, right))
    case '!=':
      return boolean(left.type !== 'nil' && right.type !== 'nil' && !equal(left, right))
    case '>':
    case '>=':
    case '<':
    case '<=':
      return boolean(ordered(op, left, right))
    case '=~':
    case '!~':
      return boolean(compileRegex(textOf(right)).test(textOf(left)) === (op === '=~'))
    case '&&':
      return boolean(left.type === 'boolean' && right.type === 'boolean' && left.value && right.value)
    case '||':
      return boolean(left.type === 'boolean' && right.type === 'boolean' && (left.value || right.value))
    case 'in':
    case 'not in':
    case 'match any':
    case 'match none':
      throw new QueryError('execution', 'array operators require array on the right side')
    default:
      return arithmetic(op, left, right)
  }
}

function ordered(op: '>' | '>=' | '<' | '<=', left: Value, right: Value): boolean {
  if (left.type === 'string' && right.type === 'string') {
    const by = compareText(left.value, right.value)
    return op === '>' ? by > 0 : op === '>=' ? by >= 0 : op === '<' ? by < 0 : by <= 0
  }
  const bothInts = left.type === 'int' && right.type === 'int'
  const a = bothInts ? left.value : asNumber(left)
  const b = bothInts ? right.value : asNumber(right)
  return op === '>' ? a > b : op === '>=' ? a >= b : op === '<' ? a < b : a <= b
}

function arithmetic(op: Arithmetic, left: Value, right: Value): Value {
  const result = calculate(op, left, right)
  if (typeof result !== 'string') return result
  throw new QueryError('execution', `Cannot compute ${op === '/' ? 'a division' : 'a remainder'} by zero`)
}

const elementOperators: { [op: string]: FieldOperator | undefined } = {
  in: '=',
  'not in': '!=',
  'match any': '=~',
  'match none': '!~',
}

/** An array has what one of its elements has; with `!=` and `!~`, what all of them have. */
function onElements(op: FieldOperator, left: Value, right: Value): Value {
  if (!isBoolean(op)) throw new QueryError('execution', `Cannot compute ${op} of an array`)
  if (isArray(left.type) && isArray(right.type))
    throw new QueryError(
      'execution',
      `Cannot compare two arrays with ${op}: expected one of them to be a single value`,
    )
  const isLeft = isArray(left.type)
  if (isLeft && elementOperators[op] !== undefined)
    throw new QueryError('execution', 'array operators require array on the right side')
  const [array, single] = isLeft ? [left, right] : [right, left]
  const elements = elementsOf(array)
  const isRegex = op === '=~' || op === '!~'
  const elementOp = elementOperators[op] ?? (isLeft ? flipped[op] : undefined) ?? op
  const holds = (element: Value) => {
    const result =
      isLeft && isRegex ? operate(elementOp, element, single) : operate(elementOp, single, element)
    return result.type === 'boolean' && result.value
  }
  return boolean(elementOp === '!=' || elementOp === '!~' ? elements.every(holds) : elements.some(holds))
}

export function elementsOf(array: Value): Value[] {
  if (!isArray(array.type)) return [array]
  const type = array.type.slice(0, -2)
  return (array as { value: readonly unknown[] }).value.map(value => ({ type, value }) as Value)
}

function textOf(value: Value): string {
  return value.type === 'string' ? value.value : ''
}
