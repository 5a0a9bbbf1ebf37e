/** The forms that parts of a query have, and what operators make of them. */

import type * as Ast from './ast.ts'
import { calculate } from './calculate.ts'
import { refusal } from './refusal.ts'
import { asNumber, type Value } from './value.ts'

/** The forms a part of a query has. */
export type Unit =
  | { form: 'spansets'; node: Ast.SpansetExpression }
  /** Numbers alone, already computed. */
  | { form: 'constant'; node: Ast.Static }
  /** With at least one aggregate. */
  | { form: 'scalar'; node: Ast.ScalarExpression }
  /** One element or several, joined by `|`. */
  | { form: 'pipeline'; node: Ast.Pipeline }
  /** Pipelines in parentheses, joined by operators. */
  | { form: 'joined pipelines'; node: Ast.SpansetExpression }
  /** A pipeline that ends in an aggregate. */
  | { form: 'scalar pipeline'; node: Ast.Pipeline }
  | { form: 'joined scalar pipelines'; node: Ast.ScalarExpression }
  /** Series over time; joined by operators where they are in parentheses. */
  | { form: 'metrics'; node: Ast.MetricsExpression }
export type Form = Unit['form']

export const everyForm: readonly Form[] = [
  ...(['spansets', 'constant', 'scalar', 'pipeline', 'joined pipelines', 'scalar pipeline'] as const),
  ...(['joined scalar pipelines', 'metrics'] as const),
]
/** What may stand between two `|`. */
export const elementForms: readonly Form[] = ['spansets', 'constant', 'scalar']
/** What an operator may have at its right, by what it has at its left. */
export const joins: { [form in Form]?: readonly Form[] } = {
  constant: ['constant', 'scalar', 'metrics'],
  scalar: ['constant', 'scalar'],
  metrics: ['constant', 'metrics'],
  'joined scalar pipelines': ['joined scalar pipelines'],
}

/** What an operator makes of its sides; undefined where it cannot stand between them. */
export function joined(
  query: string,
  op: Ast.Arithmetic,
  left: Unit,
  right: Unit,
  place: Ast.Place,
): Unit | undefined {
  const isSimple = op !== '%' && op !== '^'
  if (left.form === 'constant' && right.form === 'constant' && isSimple)
    return {
      form: 'constant',
      node: { kind: 'static', value: computed(query, op, left.node, right.node), place },
    }
  if (left.form === 'metrics' && right.form === 'metrics' && isSimple)
    return {
      form: 'metrics',
      node: { kind: 'metrics math', op, left: left.node, right: right.node, place },
    }
  if (left.form === 'metrics' && right.form === 'constant' && isSimple)
    return { form: 'metrics', node: scaling(query, op, left.node, right.node, false, place) }
  if (left.form === 'constant' && right.form === 'metrics' && isSimple)
    return { form: 'metrics', node: scaling(query, op, right.node, left.node, true, place) }
  const form = left.form === 'joined scalar pipelines' ? left.form : 'scalar'
  if (
    left.form === 'metrics' ||
    right.form === 'metrics' ||
    (left.form === 'constant' && right.form === 'constant')
  )
    return undefined
  const sides = { left: left.node as Ast.ScalarExpression, right: right.node as Ast.ScalarExpression }
  return { form, node: { kind: 'scalars', op, ...sides, place } }
}

function computed(query: string, op: Ast.Arithmetic, left: Ast.Static, right: Ast.Static): Value {
  for (const side of [left, right])
    if (side.value.type === 'duration')
      throw refusal(query, side.place, 'parse', 'expected a number in arithmetic, got a duration')
  const result = calculate(op, left.value, right.value)
  if (typeof result !== 'string') return result
  throw refusal(query, right.place, 'parse', `expected a number that can be divided by, got ${result}`)
}

function scaling(
  query: string,
  op: Ast.Arithmetic,
  operand: Ast.MetricsExpression,
  { value, place: numberPlace }: Ast.Static,
  isNumberLeft: boolean,
  place: Ast.Place,
): Ast.MetricsExpression {
  if (value.type === 'duration')
    throw refusal(query, numberPlace, 'parse', 'expected a number beside series, got a duration')
  return { kind: 'metrics scaling', op, operand, number: asNumber(value), isNumberLeft, place }
}
