/** What the grammar lets through and Tempo refuses: types that do not go together, and what it does not support. */

import { compileRegex } from '../../regex/regex.ts'
import type * as Ast from './ast.ts'
import { type Refusal, type RefusalKind, refusal } from './refusal.ts'
import { allows, allowsUnary, readsSpan, typeOf } from './types.ts'
import { match, type StaticType } from './value.ts'

const mostGroups = 5

/** Throws a refusal that shows the first thing that is wrong. */
export function validate(query: string, parsed: Ast.Query): void {
  const invalid = (place: Ast.Place, message: string, kind: RefusalKind = 'invalid'): Refusal =>
    refusal(query, place, kind, message)
  const unsupported = (place: Ast.Place, what: string) =>
    invalid(place, `${what} is not supported yet, as in Tempo`, 'unsupported')
  const textOf = ({ start, end }: Ast.Place) => query.slice(start, end)

  function checkElement(element: Ast.PipelineElement): void {
    switch (element.kind) {
      case 'filter':
        checkFilter(element)
        return
      case 'spansets':
        checkElement(element.left)
        checkElement(element.right)
        return
      case 'pipeline':
        element.elements.forEach(checkElement)
        return
      case 'scalar filter':
        checkScalarFilter(element)
        return
      case 'by':
        if (!readsSpan(element.expression))
          throw invalid(element.expression.place, `expected by() of something of the span, got a constant`)
        checkField(element.expression)
        return
      case 'select':
        element.attributes.forEach(checkField)
        return
      case 'aggregate':
        checkAggregate(element)
        return
      case 'coalesce':
    }
  }

  function checkFilter({ condition }: Ast.SpansetFilter): void {
    if (condition === undefined) return
    checkField(condition)
    const type = typeOf(condition)
    if (type !== 'boolean' && type !== 'attribute')
      throw invalid(condition.place, `expected a condition in { }, true or false, got ${described(type)}`)
  }

  function checkScalarFilter(filter: Ast.ScalarFilter): void {
    checkScalar(filter.left)
    checkScalar(filter.right)
    checkOperands(filter)
    if (filter.left.kind !== 'aggregate')
      throw unsupported(filter.left.place, 'a comparison of anything but one aggregate such as count()')
    if (filter.right.kind !== 'static')
      throw unsupported(filter.right.place, 'a comparison of an aggregate with anything but a number')
  }

  function checkScalar(scalar: Ast.ScalarExpression): void {
    if (scalar.kind === 'pipeline' || scalar.kind === 'aggregate') checkElement(scalar)
    else if (scalar.kind === 'scalars') {
      checkScalar(scalar.left)
      checkScalar(scalar.right)
      checkOperands(scalar)
    }
  }

  function checkAggregate({ op, operand }: Ast.Aggregate): void {
    if (operand === undefined) return
    checkField(operand)
    const type = typeOf(operand)
    if (type !== 'attribute' && type !== 'int' && type !== 'float' && type !== 'duration')
      throw invalid(operand.place, `expected a number in ${op}(), got ${described(type)}`)
    if (!readsSpan(operand))
      throw invalid(operand.place, `expected ${op}() of something of the span, got a constant`)
  }

  function checkOperands({
    op,
    left,
    right,
    place,
  }: Pick<Ast.FieldBinary, 'op' | 'place'> & {
    left: Ast.FieldExpression | Ast.ScalarExpression
    right: Ast.FieldExpression | Ast.ScalarExpression
  }): void {
    const [leftType, rightType] = [typeOf(left), typeOf(right)]
    if (!match(leftType, rightType))
      throw invalid(
        place,
        `expected both sides of ${op} of one type, got ${described(leftType)} and ${described(rightType)}`,
      )
    for (const [side, type] of [
      [left, leftType],
      [right, rightType],
    ] as const)
      if (!allows(type, op)) throw invalid(side.place, `expected what ${op} can take, got ${described(type)}`)
  }

  function checkField(field: Ast.FieldExpression): void {
    if (field.kind === 'attribute') checkAttribute(field)
    else if (field.kind === 'unary') checkUnary(field)
    else if (field.kind === 'binary') {
      checkField(field.left)
      checkField(field.right)
      checkOperands(field)
      if (field.op === '=~' || field.op === '!~') checkRegex(field.right)
    }
  }

  function checkRegex(pattern: Ast.FieldExpression): void {
    if (pattern.kind !== 'static' || pattern.value.type !== 'string')
      throw invalid(pattern.place, 'expected a regular expression in quotes, got something else')
    try {
      compileRegex(pattern.value.value)
    } catch (error) {
      throw invalid(pattern.place, (error as Error).message)
    }
  }

  function checkUnary({ op, operand, place }: Ast.FieldUnary): void {
    checkField(operand)
    if (op === 'missing' && operand.kind === 'attribute') {
      const isServiceName = operand.scope === 'resource' && operand.name === 'service.name'
      if (operand.isIntrinsic || isServiceName)
        throw invalid(place, `expected an attribute that can be missing, got ${textOf(operand.place)}`)
    }
    if (op === 'missing' || op === 'exists') return
    const type = typeOf(operand)
    if (!allowsUnary(type, op))
      throw invalid(
        place,
        `expected ${op === '-' ? 'a number' : 'true or false'} after ${op}, got ${described(type)}`,
      )
  }

  function checkAttribute(attribute: Ast.Attribute): void {
    if (attribute.ofParent || attribute.name === 'parent') {
      if (attribute.ofParent || attribute.isIntrinsic) throw unsupported(attribute.place, 'parent')
    }
  }

  function checkMetrics(metrics: Ast.MetricsAggregate): void {
    const reserved = /^(quantile|histogram|avg)/.test(metrics.op) ? 1 : 0
    const most = mostGroups - reserved
    if (metrics.by.length > most)
      throw unsupported(metrics.place, `a group by more than ${most} attributes in ${metrics.op}`)
    for (const quantile of metrics.quantiles)
      if (!(quantile >= 0 && quantile <= 1))
        throw invalid(metrics.place, `expected quantiles from 0 to 1, got ${quantile}`)
    for (const attribute of [...metrics.by, ...(metrics.attribute === undefined ? [] : [metrics.attribute])])
      checkAttribute(attribute)
  }

  function checkMetricsExpression(expression: Ast.MetricsExpression): void {
    if (expression.kind === 'metrics query') {
      checkElement(expression.pipeline)
      if (expression.aggregate.kind === 'metrics') checkMetrics(expression.aggregate)
      else checkFilter(expression.aggregate.selection)
      return
    }
    if (expression.kind === 'metrics math') {
      checkMetricsExpression(expression.left)
      checkMetricsExpression(expression.right)
    } else checkMetricsExpression(expression.operand)
    const compare = compareIn(expression)
    if (compare !== undefined) throw invalid(compare.place, 'expected nothing after compare(), got more')
    if (expression.kind !== 'metrics stages') return
    for (const stage of expression.stages)
      if (stage.kind !== 'metrics filter' && stage.limit <= 0)
        throw invalid(stage.place, `expected ${stage.kind} of at least 1, got ${stage.limit}`)
  }

  if (parsed.kind === 'search') checkElement(parsed.pipeline)
  else checkMetricsExpression(parsed.expression)
}

function compareIn(expression: Ast.MetricsExpression): Ast.Compare | undefined {
  if (expression.kind === 'metrics query')
    return expression.aggregate.kind === 'compare' ? expression.aggregate : undefined
  if (expression.kind === 'metrics math') return compareIn(expression.left) ?? compareIn(expression.right)
  return compareIn(expression.operand)
}

const names: { [type in StaticType]?: string } = {
  int: 'a whole number',
  float: 'a number',
  string: 'a string',
  boolean: 'true or false',
  duration: 'a duration',
  status: 'a status',
  kind: 'a kind',
  spanset: 'spansets',
}

function described(type: StaticType): string {
  return names[type] ?? type
}
