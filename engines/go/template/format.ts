/** Values as Go's fmt prints them, which is how they show in a template's text. */

import { goFloat } from '../floats.ts'
import { quote } from '../strings.ts'

/** What a template works on; an int of Go is a bigint, a float64 a number, and undefined is no value at all. */
export type GoValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | GoTime
  | Sample
  | readonly GoValue[]
  | GoMap

/** Printed, and told apart by its field, since templates only print times. */
export interface GoTime {
  nanoseconds: bigint
}

/** One series that a rule's template got of `query`. */
export interface Sample {
  Labels: GoMap
  Value: number
}

export interface GoMap {
  values: ReadonlyMap<string, GoValue>
  /** What a missing key yields: the empty string where all values are strings. */
  missing: GoValue
  /** A struct of Go, which prints its fields in order and without their names. */
  isStruct?: boolean
}

export const isMap = (value: GoValue): value is GoMap =>
  typeof value === 'object' && value !== null && 'values' in value && 'missing' in value
export const isSample = (value: GoValue): value is Sample =>
  typeof value === 'object' && value !== null && 'Labels' in value
export const isTime = (value: GoValue): value is GoTime =>
  typeof value === 'object' && value !== null && 'nanoseconds' in value
export const isList = (value: GoValue): value is readonly GoValue[] => Array.isArray(value)

export function typeName(value: GoValue): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'boolean') return 'bool'
  if (value === null || value === undefined) return '<nil>'
  if (isTime(value)) return '*time.Time'
  if (isMap(value)) return value.missing === '' ? 'map[string]string' : 'map[string]interface {}'
  return isList(value) ? 'template.queryResult' : '*template.sample'
}

/** `%v`. */
export function print(value: GoValue): string {
  if (typeof value === 'number') return goFloat(value)
  if (value === undefined) return '<no value>'
  if (value === null) return '<nil>'
  if (typeof value !== 'object') return String(value)
  if (isTime(value)) return printTime(value)
  if (isSample(value)) return `{${print(value.Labels)} ${print(value.Value)}}`
  if (isList(value)) return `[${value.map(print).join(' ')}]`
  if (value.isStruct) return `{${[...value.values.values()].map(print).join(' ')}}`
  const entries = [...value.values].sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, inner]) => `${key}:${print(inner)}`).join(' ')}]`
}

function printTime({ nanoseconds }: GoTime): string {
  const [date, clock] = new Date(Number(nanoseconds / 1_000_000n)).toISOString().split('T') as [
    string,
    string,
  ]
  const fraction = clock.slice(8, -1).replace(/0+$/, '')
  return `${date} ${clock.slice(0, 8)}${fraction === '.' ? '' : fraction} +0000 UTC`
}

const directive = /%([-+# 0]*)(\d*)(?:(\.)(\d*))?([\s\S])|%$/gu

export function printf(format: string, args: readonly GoValue[]): string {
  let next = 0
  const text = format.replace(
    directive,
    (whole, flags?: string, width?: string, dot?: string, digits?: string, verb?: string) => {
      if (verb === undefined) return '%!(NOVERB)'
      if (verb === '%') return '%'
      if (verb === '*' || verb === '[')
        throw new Error(`cannot format "${whole}": indexes and * are not supported`)
      if (next >= args.length) return `%!${verb}(MISSING)`
      const precision = dot === undefined ? undefined : Number(digits)
      if (Number(width) > 1000 || (precision ?? 0) > 100)
        throw new Error(`cannot format "${whole}": too wide`)
      const value = args[next++]
      return pad(one(value, verb, flags!, precision), flags!, Number(width), value)
    },
  )
  if (next >= args.length) return text
  const extra = args
    .slice(next)
    .map(value => (value === null ? '<nil>' : `${typeName(value)}=${print(value)}`))
  return `${text}%!(EXTRA ${extra.join(', ')})`
}

function one(value: GoValue, verb: string, flags: string, precision: number | undefined): string {
  if (verb === 'v')
    return typeof value === 'number'
      ? float(value, 'g', flags, precision)
      : signed(value, flags, print(value))
  if (verb === 'T') return typeName(value)
  if (typeof value === 'number' && 'feEgGF'.includes(verb)) return float(value, verb, flags, precision)
  if (typeof value === 'bigint') {
    if (verb === 'd') return signed(value, flags, value.toString())
    const radix = { x: 16, X: 16, o: 8, b: 2 }[verb]
    if (radix !== undefined) return verb === 'X' ? value.toString(radix).toUpperCase() : value.toString(radix)
    if (verb === 'q') return `'${String.fromCodePoint(Number(value))}'`
    if (verb === 'c') return String.fromCodePoint(Number(value))
  }
  if (typeof value === 'boolean' && verb === 't') return String(value)
  if (typeof value === 'string') {
    const cut = precision === undefined ? value : [...value].slice(0, precision).join('')
    if (verb === 's') return cut
    if (verb === 'q') return flags.includes('#') && !cut.includes('`') ? `\`${cut}\`` : quote(cut)
    if (verb === 'x' || verb === 'X') {
      const hex = [...new TextEncoder().encode(cut)].map(byte => byte.toString(16).padStart(2, '0')).join('')
      return verb === 'X' ? hex.toUpperCase() : hex
    }
  }
  if (typeof value === 'object' && value !== null && !isTime(value) && verb === 's')
    return inside(value, verb)
  return value === null || value === undefined
    ? `%!${verb}(<nil>)`
    : `%!${verb}(${typeName(value)}=${print(value)})`
}

/** `%s` of a list or a map goes to its parts. */
function inside(value: GoValue, verb: string): string {
  if (isSample(value)) return `{${inside(value.Labels, verb)} ${one(value.Value, verb, '', undefined)}}`
  if (isList(value)) return `[${value.map(part => one(part, verb, '', undefined)).join(' ')}]`
  if (!isMap(value)) return print(value)
  const entries = [...value.values].sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, part]) => `${key}:${one(part, verb, '', undefined)}`).join(' ')}]`
}

function signed(value: GoValue, flags: string, text: string): string {
  if (typeof value !== 'bigint' && typeof value !== 'number') return text
  if (text.startsWith('-') || text.startsWith('+'))
    return text.startsWith('+') && !flags.includes('+') ? text : text
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text
}

function float(value: number, verb: string, flags: string, precision: number | undefined): string {
  const text = unsignedFloat(value, verb, precision)
  const isPlainInfinity = value === Number.POSITIVE_INFINITY && !flags.includes('+')
  return isPlainInfinity ? text : signed(value, flags, text)
}

function unsignedFloat(value: number, verb: string, precision: number | undefined): string {
  if (!Number.isFinite(value)) return goFloat(value)
  if (verb === 'f' || verb === 'F') return fixed(value, precision ?? 6)
  if (verb === 'e' || verb === 'E') {
    const { sign, digits, exponent } = rounded(value, (precision ?? 6) + 1)
    return spelled(sign, digits, exponent, verb)
  }
  if (precision === undefined) return verb === 'G' ? goFloat(value).toUpperCase() : goFloat(value)
  const wanted = Math.max(precision, 1)
  const { sign, digits, exponent } = rounded(value, wanted)
  const kept = digits.replace(/0+$/, '') || '0'
  if (value !== 0 && (exponent < -4 || exponent >= wanted))
    return spelled(sign, kept, exponent, verb === 'g' ? 'e' : 'E')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${kept}`
  const whole = kept.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}${kept.length > exponent + 1 ? `.${kept.slice(exponent + 1)}` : ''}`
}

function spelled(sign: string, digits: string, exponent: number, letter: string): string {
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
  return `${sign}${mantissa}${letter}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** So many significant digits, a tie to the even one as in Go; JavaScript would round it up. */
function rounded(value: number, count: number): { sign: string; digits: string; exponent: number } {
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const split = (digitCount: number) => {
    const [mantissa, power] = Math.abs(value)
      .toExponential(digitCount - 1)
      .split('e') as [string, string]
    return { digits: mantissa.replace('.', ''), exponent: Number(power) }
  }
  const near = split(Math.min(count, 101))
  const exact = split(Math.min(count + 40, 101)).digits
  const isTie = exact[count] === '5' && /^0*$/.test(exact.slice(count + 1))
  const isOddBefore = Number(exact[count - 1]) % 2 === 1
  if (!isTie || isOddBefore) return { sign, ...near }
  return { sign, digits: exact.slice(0, count), exponent: split(60).exponent }
}

function fixed(value: number, decimals: number): string {
  const magnitude = Math.abs(value)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (magnitude >= 1e21) return `${sign}${BigInt(magnitude)}${decimals > 0 ? `.${'0'.repeat(decimals)}` : ''}`
  const exact = magnitude.toFixed(Math.min(decimals + 40, 100))
  const cut = exact.indexOf('.') + decimals + 1
  const isTie = exact[cut] === '5' && /^0*$/.test(exact.slice(cut + 1))
  const before = exact[cut - 1] === '.' ? exact[cut - 2] : exact[cut - 1]
  if (!isTie || Number(before) % 2 === 1) return `${sign}${magnitude.toFixed(decimals)}`
  return `${sign}${decimals === 0 ? exact.slice(0, cut - 1) : exact.slice(0, cut)}`
}

function pad(text: string, flags: string, width: number, value: GoValue): string {
  if (text.length >= width) return text
  if (flags.includes('-')) return text.padEnd(width)
  const isNumber = (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint'
  if (!flags.includes('0') || (!isNumber && typeof value === 'number')) return text.padStart(width)
  const sign = isNumber ? (/^[-+ ]/.exec(text)?.[0] ?? '') : ''
  return sign + text.slice(sign.length).padStart(width - sign.length, '0')
}
