/** An expression as Tempo writes it, in the names of what by() and aggregates add to a spanset. */

import { goFloat } from '../../go/floats.ts'
import type { Aggregate, Attribute, FieldExpression } from './ast.ts'
import { type Int, kinds, statuses, type Value } from './value.ts'

export function tempoText(expression: FieldExpression | Aggregate): string {
  switch (expression.kind) {
    case 'aggregate':
      return `${expression.op}(${expression.operand === undefined ? '' : tempoText(expression.operand)})`
    case 'static':
      return valueText(expression.value, '`')
    case 'attribute':
      return attributeText(expression)
    case 'unary': {
      const operand = wrapped(expression.operand)
      if (expression.op === 'exists') return `${operand} != nil`
      return expression.op === 'missing' ? `${operand} = nil` : expression.op + operand
    }
    default:
      return `${wrapped(expression.left)} ${operatorText(expression.op)} ${wrapped(expression.right)}`
  }
}

/** `span.foo`, `.foo`, `duration`, `span."with space"`. */
export function attributeText({ name, scope, isIntrinsic, ofParent }: Attribute): string {
  const text = /[\s{}()=~!<>&|^,]/.test(name) ? `"${name}"` : name
  const scopes = [...(ofParent ? ['parent'] : []), ...(scope === 'none' ? [] : [scope])]
  if (scopes.length > 0) return `${scopes.join('.')}.${text}`
  return isIntrinsic || name === '' ? text : `.${text}`
}

export function valueText(value: Value, quote = ''): string {
  switch (value.type) {
    case 'nil':
      return 'nil'
    case 'float':
      return floatText(value.value)
    case 'string':
      return `${quote}${value.value}${quote}`
    case 'duration':
      return durationText(value.value)
    case 'status':
      return statuses[value.value] ?? `status(${value.value})`
    case 'kind':
      return kinds[value.value] ?? `kind(${value.value})`
    case 'string[]':
      return `[${value.value.map(each => `\`${each}\``).join(', ')}]`
    case 'float[]':
      return `[${value.value.map(goFloat21).join(', ')}]`
    case 'int[]':
    case 'boolean[]':
      return `[${value.value.join(', ')}]`
    default:
      return `${value.value}`
  }
}

function floatText(value: number): string {
  const text = goFloat(value)
  return /[e.]/.test(text) ? text : `${text}.0`
}

/** As Go prints nanoseconds: `1h0m0.5s`, `1.5ms`, `0s`. */
export function durationText(nanoseconds: Int): string {
  const total = BigInt(nanoseconds)
  if (total === 0n) return '0s'
  const sign = total < 0n ? '-' : ''
  const size = total < 0n ? -total : total
  for (const [unit, scale] of [
    ['ns', 1n],
    ['µs', 1000n],
    ['ms', 1_000_000n],
  ] as const)
    if (size < scale * 1000n) return `${sign}${fraction(size, scale)}${unit}`
  const seconds = size / 1_000_000_000n
  const [hours, minutes] = [seconds / 3600n, (seconds / 60n) % 60n]
  const rest = `${fraction(size % 60_000_000_000n, 1_000_000_000n)}s`
  if (hours > 0n) return `${sign}${hours}h${minutes}m${rest}`
  return minutes > 0n ? `${sign}${minutes}m${rest}` : `${sign}${rest}`
}

function fraction(size: bigint, scale: bigint): string {
  const whole = size / scale
  const digits = `${scale}`.length - 1
  const after = `${size % scale}`.padStart(digits, '0').replace(/0+$/, '')
  return after === '' || digits === 0 ? `${whole}` : `${whole}.${after}`
}

/** Go's %v turns to exponents later. */
function goFloat21(value: number): string {
  return Math.abs(value) < 1e21 && Math.abs(value) >= 1e-4 ? `${value}` : goFloat(value)
}

function wrapped(field: FieldExpression): string {
  const text = tempoText(field)
  return field.kind === 'static' || field.kind === 'attribute' ? text : `(${text})`
}

function operatorText(op: string): string {
  return ['in', 'not in', 'match any', 'match none'].includes(op) ? op.toUpperCase() : op
}
