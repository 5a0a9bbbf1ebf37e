/** Prints a query in one way: spaces around operators, and parentheses only where they change what is meant. */

import { quote } from '../../go/strings.ts'
import type * as Ast from './ast.ts'
import { intrinsics } from './intrinsics.ts'
import { parse } from './parse.ts'
import { valueText } from './tempo-text.ts'
import type { Value } from './value.ts'
import { strengths } from './words.ts'

export function format(query: string): string {
  return print(parse(query))
}

export function print(query: Ast.Query): string {
  const body = query.kind === 'search' ? printPipeline(query.pipeline) : printMetrics(query.expression, 0)
  if (query.hints.length === 0) return body
  return `${body} with(${query.hints.map(({ name, value }) => `${name}=${printValue(value)}`).join(', ')})`
}

function printPipeline({ elements }: Ast.Pipeline): string {
  return elements.map(printElement).join(' | ')
}

function printElement(element: Ast.PipelineElement): string {
  switch (element.kind) {
    case 'filter':
    case 'spansets':
    case 'pipeline':
      return printSpansets(element, 0)
    case 'scalar filter':
      return `${printScalar(element.left, 0)} ${element.op} ${printScalar(element.right, 0)}`
    case 'by':
      return `by(${printField(element.expression, 0)})`
    case 'coalesce':
      return 'coalesce()'
    case 'select':
      return `select(${element.attributes.map(printAttribute).join(', ')})`
    case 'aggregate':
      return printScalar(element, 0)
  }
}

function printSpansets(expression: Ast.SpansetExpression, least: number): string {
  if (expression.kind === 'pipeline') {
    const [only, ...more] = expression.elements
    // A comparison of pipelines is the whole query.
    if (only?.kind === 'scalar filter' && more.length === 0 && only.left.kind !== 'aggregate')
      return printElement(only)
    return `(${printPipeline(expression)})`
  }
  if (expression.kind === 'filter')
    return expression.condition === undefined ? '{ }' : `{ ${printField(expression.condition, 0)} }`
  const strength = expression.op === '&&' || expression.op === '||' ? 1 : 2
  const text = `${printSpansets(expression.left, strength)} ${expression.op} ${printSpansets(expression.right, strength + 1)}`
  return strength < least ? `(${text})` : text
}

function printScalar(scalar: Ast.ScalarExpression, least: number): string {
  switch (scalar.kind) {
    case 'static':
      return printValue(scalar.value)
    case 'aggregate':
      return `${scalar.op}(${scalar.operand === undefined ? '' : printField(scalar.operand, 0)})`
    case 'pipeline':
      return `(${printPipeline(scalar)})`
    case 'scalars':
      return printBinary(scalar, least, printScalar)
  }
}

function printBinary<T>(
  { op, left, right }: { op: string; left: T; right: T },
  least: number,
  printSide: (side: T, least: number) => string,
): string {
  const strength = strengths[op] ?? strengths['=']!
  const [leftLeast, rightLeast] = op === '^' ? [strength + 1, strength] : [strength, strength + 1]
  const text = `${printSide(left, leftLeast)} ${op} ${printSide(right, rightLeast)}`
  return strength < least ? `(${text})` : text
}

function printField(field: Ast.FieldExpression, least: number): string {
  switch (field.kind) {
    case 'static':
      return printValue(field.value)
    case 'attribute':
      return printAttribute(field)
    case 'binary':
      return printBinary(field, least, printField)
    case 'unary': {
      if (field.op === 'exists' || field.op === 'missing') {
        const text = `${printField(field.operand, 2)} ${field.op === 'exists' ? '!=' : '='} nil`
        return least > 2 ? `(${text})` : text
      }
      // A sign takes in what binds more than it does.
      const strength = field.op === '-' ? 4 : 5
      const text = `${field.op}${printField(field.operand, strength)}`
      return least >= strength ? `(${text})` : text
    }
  }
}

function printMetrics(expression: Ast.MetricsExpression, least: number): string {
  switch (expression.kind) {
    case 'metrics query': {
      const text = `${printPipeline(expression.pipeline)} | ${printAggregate(expression.aggregate)}`
      return least > 0 ? `(${text})` : text
    }
    case 'metrics stages': {
      const isQuery = expression.operand.kind === 'metrics query'
      const text =
        printMetrics(expression.operand, isQuery ? 0 : 1) + expression.stages.map(printStage).join('')
      return least > 0 ? `(${text})` : text
    }
    case 'metrics math':
      return printBinary(expression, least, (side, needed) => printMetrics(side, Math.max(1, needed)))
    case 'metrics scaling': {
      const number = { kind: 'number', text: printNumber(expression.number) } as const
      const [left, right] = expression.isNumberLeft
        ? [number, expression.operand]
        : [expression.operand, number]
      return printBinary({ op: expression.op, left, right }, least, (side, needed) =>
        side.kind === 'number' ? side.text : printMetrics(side, Math.max(1, needed)),
      )
    }
  }
}

function printAggregate(aggregate: Ast.MetricsAggregate | Ast.Compare): string {
  if (aggregate.kind === 'compare')
    return `compare(${[printSpansets(aggregate.selection, 0), ...aggregate.numbers].join(', ')})`
  const { op, attribute, quantiles, by } = aggregate
  const of = [...(attribute === undefined ? [] : [printAttribute(attribute)]), ...quantiles].join(', ')
  return `${op}(${of})${by.length === 0 ? '' : ` by (${by.map(printAttribute).join(', ')})`}`
}

function printStage(stage: Ast.SecondStage): string {
  return stage.kind === 'metrics filter'
    ? ` ${stage.op} ${printValue(stage.value.value)}`
    : ` | ${stage.kind}(${stage.limit})`
}

function printAttribute({ scope, name, isIntrinsic, ofParent }: Ast.Attribute): string {
  if (isIntrinsic) return intrinsics[name]!.spellings[0]!
  const text = name === '' || /[\s{}()=~!<>&|^,"]/.test(name) ? `"${name.replace(/[\\"]/g, '\\$&')}"` : name
  if (ofParent) return `parent.${scope === 'none' ? '' : `${scope}.`}${text}`
  return `${scope === 'none' ? '' : scope}.${text}`
}

function printValue(value: Value): string {
  if (value.type === 'string') return quote(value.value)
  if (value.type === 'int' && value.value === -(2n ** 63n)) return 'minInt'
  return value.type === 'float' ? printNumber(value.value, true) : valueText(value)
}

/** A float keeps its point, as 2 / 4 is not 2.0 / 4. */
function printNumber(value: number, isFloat = !Number.isInteger(value)): string {
  const text = String(value)
  return isFloat && /^-?\d+$/.test(text) ? `${text}.0` : text
}
