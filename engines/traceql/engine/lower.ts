/** What Tempo does to a query before it runs it: constants are computed, and `.a = 1 || .a = 2` asks once for both. */

import type {
  ArrayOperator,
  Attribute,
  FieldBinary,
  FieldExpression,
  FieldUnary,
  Pipeline,
  PipelineElement,
  ScalarExpression,
  SpansetExpression,
} from '../language/ast.ts'
import { allows, allowsUnary, readsSpan, typeOf } from '../language/types.ts'
import { match, string, type Value } from '../language/value.ts'
import { operate } from './operate.ts'
import { negated } from './unary.ts'

export function lower(pipeline: Pipeline): Pipeline {
  return { ...pipeline, elements: pipeline.elements.map(lowerElement) }
}

function lowerElement(element: PipelineElement): PipelineElement {
  switch (element.kind) {
    case 'filter':
      return element.condition === undefined
        ? element
        : { ...element, condition: lowerField(element.condition) }
    case 'spansets':
      return { ...element, left: lowerSpansets(element.left), right: lowerSpansets(element.right) }
    case 'pipeline':
      return lower(element)
    case 'scalar filter':
      return { ...element, left: lowerScalar(element.left), right: lowerScalar(element.right) }
    case 'by':
      return { ...element, expression: lowerField(element.expression) }
    case 'aggregate':
      return element.operand === undefined ? element : { ...element, operand: lowerField(element.operand) }
    default:
      return element
  }
}

const lowerSpansets = (expression: SpansetExpression) => lowerElement(expression) as SpansetExpression

function lowerScalar(scalar: ScalarExpression): ScalarExpression {
  if (scalar.kind === 'pipeline' || scalar.kind === 'aggregate')
    return lowerElement(scalar) as ScalarExpression
  if (scalar.kind === 'static') return scalar
  return { ...scalar, left: lowerScalar(scalar.left), right: lowerScalar(scalar.right) }
}

/** Below a `!` or `-` Tempo computes constants and leaves the rest as it is. */
function lowerField(field: FieldExpression, gathers = true): FieldExpression {
  if (field.kind === 'unary') return computedUnary({ ...field, operand: lowerField(field.operand, false) })
  if (field.kind !== 'binary') return field
  const [left, right] = [lowerField(field.left, gathers), lowerField(field.right, gathers)]
  const binary = { ...field, left: withoutZeros(right, left), right: withoutZeros(left, right) }
  const computed = computedBinary(binary)
  return gathers && computed.kind === 'binary' ? gathered(computed) : computed
}

/** Trace ids are compared without the zeros they begin with. */
function withoutZeros(id: FieldExpression, operand: FieldExpression): FieldExpression {
  if (id.kind !== 'attribute' || !id.isIntrinsic || id.name !== 'trace:id') return operand
  if (operand.kind !== 'static' || operand.value.type !== 'string') return operand
  return { ...operand, value: string(operand.value.value.replace(/^0+/, '')) }
}

function computedBinary(binary: FieldBinary): FieldExpression {
  if (readsSpan(binary)) return binary
  const { op, left, right } = binary
  if (left.kind !== 'static' || right.kind !== 'static') return binary
  const [leftType, rightType] = [typeOf(left), typeOf(right)]
  if (!match(leftType, rightType) || !allows(leftType, op) || !allows(rightType, op)) return binary
  return orItself(binary, () => operate(op, left.value, right.value))
}

function computedUnary(unary: FieldUnary): FieldExpression {
  const { op, operand } = unary
  if (operand.kind !== 'static') return unary
  if (op === 'exists' || op === 'missing') {
    const value = operand.value
    const isNil = value.type === 'nil' || (value.type === 'string' && value.value === 'nil')
    return {
      kind: 'static',
      value: { type: 'boolean', value: op === 'exists' ? value.type !== 'nil' : isNil },
      place: unary.place,
    }
  }
  if (!allowsUnary(operand.value.type, op)) return unary
  return orItself(unary, () => negated(op, operand.value))
}

function orItself<T extends FieldBinary | FieldUnary>(field: T, compute: () => Value): FieldExpression {
  try {
    return { kind: 'static', value: compute(), place: field.place }
  } catch {
    return field
  }
}

const gatherings: [outer: string, inner: string, array: ArrayOperator, types: readonly string[]][] = [
  ['||', '=', 'in', ['string', 'int', 'float', 'boolean']],
  ['&&', '!=', 'not in', ['string', 'int', 'float', 'boolean']],
  ['||', '=~', 'match any', ['string']],
  ['&&', '!~', 'match none', ['string']],
]

function gathered(binary: FieldBinary): FieldBinary {
  for (const [outer, inner, array, types] of gatherings) {
    if (binary.op !== outer) continue
    const left = operandsOf(binary.left, inner, array)
    const right = operandsOf(binary.right, inner, array)
    if (left === undefined || right === undefined || !isSame(left.attribute, right.attribute)) continue
    const value = joined(left.value, right.value, types)
    if (value === undefined) continue
    const operand = { kind: 'static' as const, value, place: binary.right.place }
    return { kind: 'binary', op: array, left: left.attribute, right: operand, place: binary.place }
  }
  return binary
}

function operandsOf(field: FieldExpression, inner: string, array: string) {
  if (field.kind !== 'binary' || (field.op !== inner && field.op !== array)) return undefined
  const isLeft = field.left.kind === 'attribute'
  const [attribute, operand] = isLeft ? [field.left, field.right] : [field.right, field.left]
  if (attribute.kind !== 'attribute' || operand.kind !== 'static') return undefined
  return { attribute, value: operand.value }
}

function isSame(one: Attribute, other: Attribute): boolean {
  return one.name === other.name && one.scope === other.scope && one.isIntrinsic === other.isIntrinsic
}

function joined(left: Value, right: Value, types: readonly string[]): Value | undefined {
  const base = left.type.replace('[]', '')
  if (base !== right.type.replace('[]', '') || !types.includes(base)) return undefined
  const values = [left, right].flatMap(each => (each as { value: unknown }).value as unknown[])
  return { type: `${base}[]`, value: values } as unknown as Value
}
