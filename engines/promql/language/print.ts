import { printDuration } from '../../durations.ts'
import { decimal, goFloat } from '../../go/floats.ts'
import { quote } from '../../go/strings.ts'
import type { LabelMatcher } from '../../matchers.ts'
import type { VectorMatching } from '../../vectors/operators.ts'
import type { Aggregation, Binary, DurationExpr, Expr, TimeShift, VectorSelector } from './ast.ts'

/** The canonical text on one line, as Prometheus prints an expression. */
export function print(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return expr.isDuration ? printDuration(expr.value * 1000) : decimal(expr.value)
    case 'string':
      return quote(expr.value)
    case 'paren':
      return `(${print(expr.inner)})`
    case 'unary':
      return `${expr.operator}${print(expr.operand)}`
    case 'binary':
      return `${unsigned(expr, print(expr.left))} ${printOperator(expr)} ${print(expr.right)}`
    case 'selector':
      return `${printSeries(expr)}${printEdges(expr)}${printShift(expr.shift)}`
    case 'range':
      return `${printSeries(expr.selector)}[${printAny(expr.range, expr.rangeExpr)}]${printEdges(expr.selector)}${printShift(expr.selector.shift)}`
    case 'subquery':
      return `${print(expr.inner)}${printSubquery(expr)}`
    case 'call':
      return `${expr.name}(${expr.args.map(print).join(', ')})`
    case 'aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${print(expr.parameter)}, `
      return `${printAggregationHead(expr)}(${parameter}${print(expr.inner)})`
    }
  }
}

const widest = 100

/** The canonical text over several indented lines where one would be too long, as `promtool promql format` writes it. */
export function format(expr: Expr, level = 0): string {
  const indent = '  '.repeat(level)
  if (expr.kind === 'unary') return `${indent}${expr.operator}${format(expr.operand, level).trim()}`
  const line = print(expr)
  const isShort = new TextEncoder().encode(line).length <= widest
  if (expr.kind === 'subquery') return isShort ? line : `${format(expr.inner, level)}${printSubquery(expr)}`
  if (isShort) return `${indent}${line}`
  switch (expr.kind) {
    case 'paren':
      return `${indent}(\n${format(expr.inner, level + 1)}\n${indent})`
    case 'binary':
      return `${unsigned(expr, format(expr.left, level + 1))}\n${indent}${printOperator(expr)}\n${format(expr.right, level + 1)}`
    case 'call':
      return `${indent}${expr.name}(\n${expr.args.map(arg => format(arg, level + 1)).join(',\n')}\n${indent})`
    case 'aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${format(expr.parameter, level + 1)},\n`
      return `${indent}${printAggregationHead(expr)}(\n${parameter}${format(expr.inner, level + 1)}\n${indent})`
    }
    default:
      return `${indent}${line}`
  }
}

function printAggregationHead({ operator, without, grouping }: Aggregation): string {
  if (without) return `${operator} without (${printLabelNames(grouping)}) `
  return grouping.length > 0 ? `${operator} by (${printLabelNames(grouping)}) ` : operator
}

function printOperator({ operator, returnBool, matching }: Binary): string {
  const bool = returnBool ? ' bool' : ''
  const isGrouped = matching?.cardinality === 'many-to-one' || matching?.cardinality === 'one-to-many'
  if (matching === undefined) return `${operator}${bool}`
  if (matching.labels.length === 0 && !matching.on && !isGrouped)
    return `${operator}${bool}${printFill(matching)}`
  const match = ` ${matching.on ? 'on' : 'ignoring'} (${printLabelNames(matching.labels)})`
  const side = matching.cardinality === 'many-to-one' ? 'left' : 'right'
  const group = isGrouped ? ` group_${side} (${printLabelNames(matching.include)})` : ''
  return `${operator}${bool}${match}${group}${printFill(matching)}`
}

/** A sign binds less than a power, so that `+Inf ^ 2` would be read as `+(Inf ^ 2)`. */
function unsigned({ operator, left }: Binary, text: string): string {
  return operator === '^' && left.kind === 'number' ? text.replace('+', '') : text
}

/** A name is bare where it would be read as a name again. */
function printLabelNames(names: readonly string[]): string {
  return names
    .map(name =>
      /^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name) && !/^(without|inf|nan)$/i.test(name) ? name : quote(name),
    )
    .join(', ')
}

function printSeries({ name, matchers }: VectorSelector): string {
  const conditions = matchers.filter(
    matcher =>
      !(
        name !== undefined &&
        matcher.name === '__name__' &&
        matcher.operator === '=' &&
        matcher.value === name
      ),
  )
  const texts = conditions.map(printMatcher).sort()
  return texts.length === 0 ? (name ?? '{}') : `${name ?? ''}{${texts.join(',')}}`
}

function printMatcher({ name, operator, value }: LabelMatcher): string {
  return `${/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quote(name)}${operator}${quote(value)}`
}

function printShift({ offset, offsetExpr, at }: TimeShift): string {
  const time =
    at === undefined ? '' : ` @ ${at.kind === 'time' ? (at.time / 1000).toFixed(3) : `${at.kind}()`}`
  return offset === 0 && offsetExpr === undefined ? time : `${time} offset ${printAny(offset, offsetExpr)}`
}

function printSubquery(expr: Extract<Expr, { kind: 'subquery' }>): string {
  const step = expr.step === undefined ? '' : printAny(expr.step, expr.stepExpr)
  return `[${printAny(expr.range, expr.rangeExpr)}:${step}]${printShift(expr.shift)}`
}

function printEdges({ edges }: VectorSelector): string {
  return edges === undefined ? '' : ` ${edges}`
}

function printAny(milliseconds: number, expr: DurationExpr | undefined): string {
  return expr === undefined ? printDuration(milliseconds) : printDurationExpr(expr)
}

function printDurationExpr(expr: DurationExpr): string {
  if (expr.kind === 'number') return print(expr)
  const [first, second] = expr.operands.map(printDurationExpr)
  const text = /^\w/.test(expr.operator)
    ? `${expr.operator}(${expr.operands.map(printDurationExpr).join(', ')})`
    : second === undefined
      ? `${expr.operator}${first}`
      : `${first} ${expr.operator} ${second}`
  return expr.isInParentheses ? `(${text})` : text
}

function printFill({ fill = {} }: VectorMatching): string {
  const { left, right } = fill
  if (left !== undefined && left === right) return ` fill (${goFloat(left)})`
  return `${left === undefined ? '' : ` fill_left (${goFloat(left)})`}${right === undefined ? '' : ` fill_right (${goFloat(right)})`}`
}
