/** Queries as text: `print` in one line, `format` broken where it is long. */

import { printDuration } from '../../durations.ts'
import { printGoDuration } from '../../go/durations.ts'
import { decimal } from '../../go/floats.ts'
import { quote } from '../../go/strings.ts'
import type {
  Binary,
  Expr,
  Grouping,
  LabelFilter,
  LabelMatcher,
  LogExpr,
  MetricExpr,
  Stage,
  Unwrap,
} from './ast.ts'

/** One line that parses to the same tree. */
export function print(expr: Expr): string {
  return write(expr, undefined)
}

const widest = 100

/** Parts on lines of their own where one line would be too long. */
export function format(expr: Expr): string {
  return write(expr, 0)
}

/** `depth` is undefined where everything goes on one line. */
function write(expr: Expr, depth: number | undefined): string {
  const line = onOneLine(expr)
  if (depth === undefined || line.length + depth * 2 <= widest) return line
  const pad = (by: number) => '  '.repeat(depth + by)
  const inner = (part: Expr) => `\n${pad(1)}${write(part, depth + 1)}\n${pad(0)}`
  switch (expr.kind) {
    case 'logs':
      return [
        printSelector(expr.matchers),
        ...expr.stages.map(stage => `${pad(1)}${printStage(stage)}`),
      ].join('\n')
    case 'aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${expr.parameter},`
      return `${expr.operator}${printGrouping(expr.grouping)}(${parameter}${inner(expr.inner)})`
    }
    case 'range': {
      const parameter = expr.parameter === undefined ? '' : `${decimal(expr.parameter)},`
      const stages = [
        printSelector(expr.logs.matchers),
        ...expr.logs.stages.map(printStage),
        ...(expr.unwrap === undefined ? [] : [printUnwrap(expr.unwrap)]),
        printRange(expr),
      ]
      const grouping = expr.grouping === undefined ? '' : printGrouping(expr.grouping, true)
      return `${expr.operator}(${parameter}\n${stages.map(stage => `${pad(1)}${stage}\n`).join('')}${pad(0)})${grouping}`
    }
    case 'binary':
      return `(${inner(expr.left).replace(/\n *$/, '')}\n${pad(0)}${printOperator(expr)}${inner(expr.right)})`
    case 'label_replace': {
      const texts = [expr.target, expr.replacement, expr.source, expr.pattern].map(quote).join(', ')
      return `label_replace(${inner(expr.inner).trimEnd()},\n${pad(1)}${texts}\n${pad(0)})`
    }
    default:
      return line
  }
}

function onOneLine(expr: Expr): string {
  switch (expr.kind) {
    case 'logs':
      return printLogs(expr)
    case 'number':
      return printNumber(expr.value)
    case 'vector':
      return `vector(${printNumber(expr.value)})`
    case 'aggregation': {
      const parameter = expr.parameter === undefined ? '' : `${expr.parameter}, `
      return `${expr.operator}${printGrouping(expr.grouping)}(${parameter}${onOneLine(expr.inner)})`
    }
    case 'range': {
      const parameter = expr.parameter === undefined ? '' : `${decimal(expr.parameter)}, `
      const unwrap = expr.unwrap === undefined ? '' : ` ${printUnwrap(expr.unwrap)}`
      const grouping = expr.grouping === undefined ? '' : printGrouping(expr.grouping, true)
      return `${expr.operator}(${parameter}${printLogs(expr.logs)}${unwrap}${unwrap === '' && expr.logs.stages.length === 0 ? '' : ' '}${printRange(expr)})${grouping}`
    }
    case 'binary':
      return `(${onOneLine(expr.left)} ${printOperator(expr)} ${onOneLine(expr.right)})`
    case 'label_replace': {
      const texts = [expr.target, expr.replacement, expr.source, expr.pattern].map(quote).join(', ')
      return `label_replace(${onOneLine(expr.inner)}, ${texts})`
    }
  }
}

function printRange({ range, offset }: Extract<MetricExpr, { kind: 'range' }>): string {
  return `[${printDuration(range)}]${offset === 0 ? '' : ` offset ${printGoDuration(offset)}`}`
}

function printGrouping({ without, labels }: Grouping, isRange = false): string {
  if (!without && labels.length === 0 && !isRange) return ''
  return ` ${without ? 'without' : 'by'} (${labels.join(', ')}) `.replace(/ $/, isRange ? '' : ' ')
}

function printOperator({ operator, returnBool, matching }: Binary): string {
  const bool = returnBool ? ' bool' : ''
  const { on, labels, cardinality, include } = matching
  const isGrouped = cardinality !== 'one-to-one'
  if (!on && labels.length === 0 && !isGrouped) return `${operator}${bool}`
  const side = cardinality === 'many-to-one' ? 'left' : 'right'
  const group = isGrouped ? ` group_${side} (${include.join(', ')})` : ''
  return `${operator}${bool} ${on ? 'on' : 'ignoring'} (${labels.join(', ')})${group}`
}

function printLogs({ matchers, stages }: LogExpr): string {
  return [printSelector(matchers), ...stages.map(printStage)].join(' ')
}

function printSelector(matchers: readonly LabelMatcher[]): string {
  return `{${matchers.map(printMatcher).join(', ')}}`
}

const printMatcher = ({ name, operator, value }: LabelMatcher) => `${name}${operator}${quote(value)}`

function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'line filter': {
      const texts = stage.alternatives.map(({ text, isIp }) => (isIp ? `ip(${quote(text)})` : quote(text)))
      return `${stage.operator} ${texts.join(' or ')}`
    }
    case 'label filter':
      return `| ${printFilter(stage.filter)}`
    case 'json':
      return ['| json', printExtractions(stage.expressions)].filter(Boolean).join(' ')
    case 'logfmt': {
      const flags = [stage.strict && '--strict', stage.keepEmpty && '--keep-empty']
      return ['| logfmt', ...flags, printExtractions(stage.expressions)].filter(Boolean).join(' ')
    }
    case 'regexp':
    case 'pattern':
      return `| ${stage.kind} ${quote(stage.pattern)}`
    case 'unpack':
    case 'decolorize':
      return `| ${stage.kind}`
    case 'line_format':
      return `| line_format ${quote(stage.template)}`
    case 'label_format': {
      const formats = stage.formats.map(
        ({ label, from }) => `${label}=${'label' in from ? from.label : quote(from.template)}`,
      )
      return `| label_format ${formats.join(', ')}`
    }
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${stage.labels.map(({ name, matcher }) => (matcher === undefined ? name : printMatcher(matcher))).join(', ')}`
  }
}

function printExtractions(expressions: Extract<Stage, { kind: 'json' }>['expressions']): string {
  return expressions.map(({ label, expression }) => `${label}=${quote(expression)}`).join(', ')
}

function printUnwrap({ label, conversion, filters }: Unwrap): string {
  const value = conversion === undefined ? label : `${conversion}(${label})`
  return [`| unwrap ${value}`, ...filters.map(filter => `| ${printFilter(filter)}`)].join(' ')
}

function printFilter(filter: LabelFilter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${printFilter(filter.left)} ${filter.kind} ${printFilter(filter.right)})`
    case 'matcher':
      return printMatcher(filter.matcher)
    case 'ip':
      return `${filter.label}${filter.operator}ip(${quote(filter.pattern)})`
    case 'number':
      return `${filter.label}${filter.operator}${printNumber(filter.value)}`
    case 'duration':
      return `${filter.label}${filter.operator}${printGoDuration(filter.value)}`
    case 'bytes':
      return `${filter.label}${filter.operator}${filter.value}B`
  }
}

/** A number that was reduced from an operation may be one that cannot be written. */
function printNumber(value: number): string {
  if (Number.isNaN(value)) return '(0 / 0)'
  return Number.isFinite(value) ? decimal(value) : value > 0 ? '(2 ^ 1024)' : '(-2 ^ 1025)'
}
