/**
 * What a trace must have for a search to find something in it, so that a store can pass over the others without reading
 * their spans. `{ name = "a" } >> { status = error }` needs a span of that name and one that failed.
 */

import type { Attribute, FieldExpression, FieldOperator, Pipeline, PipelineElement } from '../language/ast.ts'
import type { Condition, TracesRequest } from '../storage.ts'
import { arithmetic, canFail } from './expression.ts'

type Needs = TracesRequest['needs']

/**
 * Of the pipeline as `lower` leaves it; nothing for what is not understood, and for a query that may end with an error
 * about a trace that is passed over.
 */
export function needsOf(pipeline: Pipeline): Needs {
  return mayEnd(pipeline) ? [] : ofElement(pipeline)
}

/** Of `.a = 1 || .a = 2`, which is computed as a list, an error is about a trace that has one of them. */
function mayEnd(element: PipelineElement): boolean {
  switch (element.kind) {
    case 'filter':
      return element.condition !== undefined && canFail(element.condition, arithmetic)
    case 'spansets':
      return [element.left, element.right].some(side => groups(side) || mayEnd(side))
    case 'pipeline':
      return element.elements.some(mayEnd)
    case 'by':
      return canFail(element.expression, arithmetic)
    case 'scalar filter':
      return element.left.kind !== 'aggregate' || mayEnd(element.left)
    case 'aggregate':
      return element.operand !== undefined && canFail(element.operand, arithmetic)
    default:
      return false
  }
}

/** Groups cannot be related to one another. */
function groups(element: PipelineElement): boolean {
  return element.kind === 'by' || (element.kind === 'pipeline' && element.elements.some(groups))
}

function ofElement(element: PipelineElement): Needs {
  if (element.kind === 'pipeline') return element.elements.flatMap(ofElement)
  if (element.kind === 'filter') return element.condition === undefined ? [] : ofField(element.condition)
  if (element.kind !== 'spansets') return []
  const { op, left, right } = element
  if (op === '||') return either(ofElement(left), ofElement(right))
  // Of `!>` and the like, the left side may be missing.
  return op.startsWith('!') ? ofElement(right) : [...ofElement(left), ...ofElement(right)]
}

function ofField(field: FieldExpression): Needs {
  if (field.kind !== 'binary') return []
  const { op, left, right } = field
  if (op === '&&') return [...ofField(left), ...ofField(right)]
  if (op === '||') return either(ofField(left), ofField(right))
  if (left.kind === 'attribute' && right.kind === 'static') return one(left, op, right.value)
  const turned = mirrored[op]
  if (left.kind === 'static' && right.kind === 'attribute' && turned !== undefined)
    return one(right, turned, left.value)
  return []
}

const mirrored: { [op in FieldOperator]?: FieldOperator } = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

function one(attribute: Attribute, op: FieldOperator, operand: Condition['operand']): Needs {
  return [[{ attribute, op, operand }]]
}

/** Beyond so many lists, each is looked at for more time than it saves. */
const mostLists = 16

function either(left: Needs, right: Needs): Needs {
  if (left.length * right.length > mostLists) return []
  return left.flatMap(one => right.map(other => [...one, ...other]))
}
