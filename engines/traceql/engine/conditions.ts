/**
 * What a query asks of the storage, as Tempo derives it. It decides more than speed: a span of which no condition is met
 * is never seen by the query, so `{ !(.a = 1) }` finds nothing.
 */

import type {
  Attribute,
  FieldExpression,
  FieldOperator,
  MetricsAggregate,
  Pipeline,
  PipelineElement,
  ScalarExpression,
} from '../language/ast.ts'
import { intrinsic } from '../language/intrinsics.ts'
import { isBoolean } from '../language/types.ts'
import type { Value } from '../language/value.ts'
import type { Condition } from '../storage.ts'

export interface Request {
  /** Whether a span must meet all conditions, and not just one. */
  mustMeetAll: boolean
  conditions: Condition[]
  /** What is read once the query has decided, for the answer alone. */
  later: Condition[]
}

export function conditionsOf(pipeline: Pipeline): Request {
  const request: Request = { mustMeetAll: true, conditions: [], later: [] }
  addPipeline(request, pipeline)
  return request
}

/** What a metrics function reads, beyond what its pipeline does. */
export function addMetrics(request: Request, { op, attribute, by }: MetricsAggregate): void {
  const has = (list: Condition[], wanted: Attribute) =>
    list.some(({ attribute }) => keyOf(attribute) === keyOf(wanted))
  const hasAnywhere = (wanted: Attribute) => has(request.conditions, wanted) || has(request.later, wanted)
  if (attribute !== undefined && !hasAnywhere(attribute)) request.later.push({ attribute, op: 'none' })
  // An average is content with what the query saw of a group, as if all conditions had to be met.
  const isContent = request.mustMeetAll || op === 'avg_over_time'
  for (const each of by)
    if (!(isContent ? hasAnywhere(each) : has(request.later, each)))
      request.later.push({ attribute: each, op: 'none' })
}

/** The same for the same attribute: `span.foo`, `.foo`, `:duration`. */
export function keyOf({ isIntrinsic, scope, name }: Attribute): string {
  if (isIntrinsic) return `:${name}`
  return scope === 'none' ? `.${name}` : `${scope}.${name}`
}

function addPipeline(request: Request, { elements }: Pipeline): void {
  let isDecided = false
  for (const element of elements) {
    if (isDecided) addLater(request, element)
    else addElement(request, element)
    isDecided ||= element.kind === 'select'
  }
}

/** What comes after select() is read for the answer alone. */
function addLater(request: Request, element: PipelineElement): void {
  const own: Request = { mustMeetAll: true, conditions: [], later: [] }
  addElement(own, element)
  for (const condition of [...own.conditions, ...own.later]) {
    const isThere = [...request.conditions, ...request.later].some(
      ({ attribute, op }) => op === 'none' && keyOf(attribute) === keyOf(condition.attribute),
    )
    if (!isThere) request.later.push(condition)
  }
}

function addElement(request: Request, element: PipelineElement): void {
  const { conditions } = request
  switch (element.kind) {
    case 'filter':
      addFilter(request, element.condition)
      return
    case 'spansets':
      if (element.op !== '&&' && element.op !== '||')
        conditions.push({ attribute: intrinsic(structureOf(element.op)), op: 'structure' })
      addElement(request, element.left)
      addElement(request, element.right)
      request.mustMeetAll = false
      return
    case 'pipeline':
      addPipeline(request, element)
      return
    case 'scalar filter':
      addScalar(request, element.left)
      addScalar(request, element.right)
      return
    case 'aggregate':
      request.mustMeetAll = false
      if (element.operand !== undefined) addField(request, element.operand)
      return
    case 'by':
      addField(request, element.expression)
      request.mustMeetAll = false
      return
    case 'select':
      request.later.push(...element.attributes.map(attribute => ({ attribute, op: 'none' as const })))
      return
    case 'coalesce':
  }
}

function structureOf(op: string): string {
  if (op.includes('~')) return 'structure:sibling'
  return op.includes('>>') || op.includes('<<') ? 'structure:descendant' : 'structure:child'
}

/** `{ }` asks for every span by its start, unless something else asks for every span already. */
function addFilter(request: Request, condition: FieldExpression | undefined): void {
  if (condition !== undefined && condition.kind !== 'static') {
    addField(request, condition)
    return
  }
  const value = condition?.value
  if (value !== undefined && !(value.type === 'boolean' && value.value)) return
  const asksAll = ({ attribute, op }: Condition) =>
    attribute.isIntrinsic && (op === 'none' || op === 'structure')
  if (request.conditions.some(asksAll)) return
  request.conditions.push({ attribute: intrinsic('spanStartTime'), op: 'none' })
}

function addScalar(request: Request, scalar: ScalarExpression): void {
  if (scalar.kind === 'pipeline') addPipeline(request, scalar)
  else if (scalar.kind === 'aggregate') addElement(request, scalar)
  else if (scalar.kind === 'scalars') {
    addScalar(request, scalar.left)
    addScalar(request, scalar.right)
  }
}

function addField(request: Request, field: FieldExpression): void {
  const { conditions } = request
  if (field.kind === 'attribute') {
    conditions.push({ attribute: field, op: 'none' })
    return
  }
  if (field.kind === 'unary') {
    const isExistence = field.op === 'exists' || field.op === 'missing'
    if (field.operand.kind === 'attribute' && isExistence)
      conditions.push({ attribute: field.operand, op: field.op as 'exists' | 'missing' })
    else addField(request, field.operand)
    return
  }
  if (field.kind !== 'binary') return
  const { left, right, op } = field
  if (left.kind === 'attribute' && right.kind === 'static') conditions.push(pushed(left, op, right.value))
  else if (left.kind === 'static' && right.kind === 'attribute')
    conditions.push(pushed(right, op, left.value))
  else {
    addField(request, left)
    addField(request, right)
    if (left.kind !== 'attribute' && left.kind !== 'static') request.mustMeetAll &&= op !== '||'
  }
}

/** As Tempo, `3 > .a` asks for `.a > 3`. */
function pushed(attribute: Attribute, op: FieldOperator, operand: Value): Condition {
  const isLogic = op === '&&' || op === '||'
  if (!isBoolean(op) || (isLogic && operand.type === 'boolean')) return { attribute, op: 'none' }
  return { attribute, op, operand }
}
