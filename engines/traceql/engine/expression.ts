/** Conditions and values of a span, compiled to functions. */

import type { Attribute, FieldExpression } from '../language/ast.ts'
import { boolean, equal, int, isFalse, isTrue, nil, string, type Value } from '../language/value.ts'
import type { Candidate, Entry } from './candidate.ts'
import { keyOf } from './conditions.ts'
import { operate } from './operate.ts'
import { negated } from './unary.ts'

export type Evaluate = (candidate: Candidate) => Value

const nilText = string('nil')

export function compileField(field: FieldExpression): Evaluate {
  if (field.kind === 'static') return () => field.value
  if (field.kind === 'attribute') {
    const read = reader(field)
    return candidate => read(candidate) ?? nil
  }
  if (field.kind === 'unary') {
    const evaluate = compileField(field.operand)
    const { op } = field
    if (op === 'exists') return candidate => boolean(evaluate(candidate).type !== 'nil')
    // What is missing has been marked when it was fetched.
    if (op === 'missing') return candidate => boolean(equal(evaluate(candidate), nilText))
    return candidate => negated(op, evaluate(candidate))
  }
  const [left, right] = [compileField(field.left), compileField(field.right)]
  const { op } = field
  if (op === '&&' && !canFail(field.right))
    return candidate => {
      const value = left(candidate)
      return value.type === 'boolean' && !value.value ? isFalse : operate(op, value, right(candidate))
    }
  if (op === '||' && !canFail(field.right))
    return candidate => {
      const value = left(candidate)
      return value.type === 'boolean' && value.value ? isTrue : operate(op, value, right(candidate))
    }
  return candidate => operate(op, left(candidate), right(candidate))
}

export const arithmetic: readonly string[] = ['+', '-', '*', '/', '%', '^']
const failing: readonly string[] = [...arithmetic, 'in', 'not in', 'match any', 'match none']

/** Whether evaluating it may end the query with an error, so that it must not be skipped. */
export function canFail(field: FieldExpression, mayFail = failing): boolean {
  if (field.kind === 'static' || field.kind === 'attribute') return false
  if (field.kind === 'unary') return field.op === '-' || field.op === '!' || canFail(field.operand, mayFail)
  if (mayFail.includes(field.op) || canFail(field.left, mayFail) || canFail(field.right, mayFail)) return true
  // Two lists cannot be compared, and each attribute may be one.
  return (
    field.left.kind !== 'static' && field.right.kind !== 'static' && field.op !== '&&' && field.op !== '||'
  )
}

/** A value a span has for an attribute; undefined where the query has not asked for it or the span lacks it. */
export function reader(attribute: Attribute): (candidate: Candidate) => Value | undefined {
  const key = keyOf(attribute)
  const { name } = attribute
  switch (attribute.scope) {
    case 'span':
      return ({ ofSpan }) => find(ofSpan, key)
    case 'resource':
      return ({ ofResource }) => find(ofResource, key)
    case 'event':
      return ({ ofEvents }) => find(ofEvents, key)
    case 'link':
      return ({ ofLinks }) => find(ofLinks, key)
    case 'instrumentation':
      return ({ ofScope }) => find(ofScope, key)
  }
  if (!attribute.isIntrinsic) return candidate => findByName(candidate, name)
  if (name === 'nestedSetLeft') return ({ left }) => int(left)
  if (name === 'nestedSetRight') return ({ right }) => int(right)
  if (name === 'nestedSetParent') return ({ parent }) => int(parent)
  return candidate =>
    find(candidate.ofSpan, key) ??
    find(candidate.ofTrace, key) ??
    find(candidate.ofEvents, key) ??
    find(candidate.ofLinks, key) ??
    find(candidate.ofScope, key) ??
    findByName(candidate, name)
}

function find(entries: readonly Entry[], key: string): Value | undefined {
  for (const entry of entries) if (entry.key === key) return entry.value
  return undefined
}

function findByName(candidate: Candidate, name: string): Value | undefined {
  return (
    named(candidate.ofSpan, name) ??
    named(candidate.ofResource, name) ??
    named(candidate.ofEvents, name) ??
    named(candidate.ofLinks, name) ??
    named(candidate.ofScope, name)
  )
}

function named(entries: readonly Entry[], name: string): Value | undefined {
  for (const entry of entries) if (entry.name === name) return entry.value
  return undefined
}
