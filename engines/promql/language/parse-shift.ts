/** What follows an expression: a range or subquery in brackets, `offset` and `@`, and the numbers and durations in them. */

import { longestDuration, parseDuration } from '../../durations.ts'
import { parseError } from '../../query-error.ts'
import type { Expr, TimeShift } from './ast.ts'
import {
  advance,
  type Cursor,
  current,
  expect,
  following,
  isSymbol,
  keyword,
  last,
  skip,
  unexpected,
} from './cursor.ts'

export function parseOffset(cursor: Cursor, expr: Expr): Expr {
  const token = advance(cursor)
  const offset = parseSpanOfTime(cursor, 'a duration such as 5m after "offset"')
  const shift = shiftOf(expr)
  if (shift === undefined)
    throw parseError(cursor.query, token, 'expected "offset" only after a selector or a subquery')
  if (shift.offset !== 0) throw parseError(cursor.query, token, 'expected one offset, got a second')
  return withShift(cursor, expr, { ...shift, offset })
}

export function parseAt(cursor: Cursor, expr: Expr): Expr {
  const token = advance(cursor)
  const at = parseAtTime(cursor)
  const shift = shiftOf(expr)
  if (shift === undefined)
    throw parseError(cursor.query, token, 'expected "@" only after a selector or a subquery')
  if (shift.at !== undefined) throw parseError(cursor.query, token, 'expected one "@", got a second')
  return withShift(cursor, expr, { ...shift, at })
}

function parseAtTime(cursor: Cursor): NonNullable<TimeShift['at']> {
  const word = keyword(current(cursor))
  if ((word === 'start' || word === 'end') && isSymbol(following(cursor), '(')) {
    cursor.at += 2
    expect(cursor, ')')
    return { kind: word }
  }
  const sign = isSymbol(current(cursor), '-') ? -1 : 1
  if (sign === -1 || isSymbol(current(cursor), '+')) cursor.at++
  const token = current(cursor)
  const literal = parseNumberToken(cursor)
  if (literal === undefined) throw unexpected(cursor, 'a time in seconds, start() or end() after "@"')
  const time = sign * Math.round(literal.value * 1000)
  if (Math.abs(time) <= 2 ** 63) return { kind: 'time', time }
  throw parseError(
    cursor.query,
    token,
    `expected a time within 64 bits of milliseconds, got ${literal.value} s`,
  )
}

function shiftOf(expr: Expr): TimeShift | undefined {
  if (expr.kind === 'range') return expr.selector.shift
  return expr.kind === 'selector' || expr.kind === 'subquery' ? expr.shift : undefined
}

function withShift(cursor: Cursor, expr: Expr, shift: TimeShift): Expr {
  const span = { start: expr.span.start, end: last(cursor).end }
  if (expr.kind === 'range') return { ...expr, selector: { ...expr.selector, shift }, span }
  if (expr.kind === 'selector' || expr.kind === 'subquery') return { ...expr, shift, span }
  return expr
}

/** `[5m]`, `[5m:1m]` or `[5m:]`. */
export function parseBrackets(cursor: Cursor, expr: Expr): Expr {
  const bracket = advance(cursor)
  const range = parsePositiveSpanOfTime(cursor, 'a duration such as 5m')
  const isSubquery = skip(cursor, ':')
  const hasStep = isSubquery && !isSymbol(current(cursor), ']')
  const step = hasStep ? parsePositiveSpanOfTime(cursor, 'a duration or "]"') : undefined
  const end = expect(cursor, ']', isSubquery ? '"]"' : '":" or "]"').end
  const span = { start: expr.span.start, end }
  if (isSubquery)
    return { kind: 'subquery', inner: expr, range, step, shift: { offset: 0, at: undefined }, span }
  if (expr.kind !== 'selector')
    throw parseError(
      cursor.query,
      { start: bracket.start, end },
      `expected a range only after a selector; a subquery has a colon: "[${cursor.query.slice(bracket.end, end - 1).trim()}:]"`,
    )
  if (expr.shift.offset !== 0 || expr.shift.at?.kind === 'time')
    throw parseError(
      cursor.query,
      { start: bracket.start, end },
      'expected the range before "offset" and "@"',
    )
  return { kind: 'range', selector: expr, range, span }
}

function parsePositiveSpanOfTime(cursor: Cursor, expected: string): number {
  const start = current(cursor).start
  const duration = parseSpanOfTime(cursor, expected)
  if (duration > 0) return duration
  throw parseError(cursor.query, { start, end: last(cursor).end }, 'expected a duration of at least 1ms')
}

const arithmetic: readonly string[] = ['+', '-', '*', '/', '%', '^']

/** Milliseconds, from a duration or a number of seconds; any signs in front. */
function parseSpanOfTime(cursor: Cursor, expected: string): number {
  const start = current(cursor).start
  const isInBrackets = isSymbol(last(cursor), '[') || isSymbol(last(cursor), ':')
  let sign = 1
  let signs = 0
  for (; isSymbol(current(cursor), '-') || isSymbol(current(cursor), '+'); signs++)
    if (advance(cursor).text === '-') sign = -sign
  const literal = parseNumberToken(cursor)
  const next = current(cursor)
  const goesOn = next.kind === 'symbol' && arithmetic.includes(next.text) && (isInBrackets || signs > 1)
  if (goesOn || (literal === undefined && isSymbol(next, '(')))
    throw parseError(
      cursor.query,
      { start, end: next.end },
      'expected one duration: arithmetic on durations is experimental in Prometheus and not supported',
    )
  if (literal === undefined) throw unexpected(cursor, expected)
  // Prometheus rounds to nanoseconds and then cuts to milliseconds, so that 1.001 is not cut to 1000.
  const milliseconds = sign * Math.trunc(Math.round(literal.value * 1e9) / 1e6)
  if (Math.abs(milliseconds) <= longestDuration) return milliseconds + 0
  throw parseError(cursor.query, { start, end: last(cursor).end }, 'expected a duration of at most 292 years')
}

/** A number, or a duration as the seconds it lasts; undefined when the next token is neither. */
export function parseNumberToken(cursor: Cursor): { value: number; isDuration?: boolean } | undefined {
  const token = current(cursor)
  const word = keyword(token)
  if (token.kind !== 'number' && word !== 'inf' && word !== 'nan') return undefined
  cursor.at++
  const value = parseNumber(token.text)
  if (value !== undefined) return { value }
  const duration = parseDuration(token.text)
  if (duration !== undefined) return { value: duration / 1000, isDuration: true }
  throw unexpected(
    cursor,
    'a number, or a duration with units from y, w, d, h, m, s and ms in that order',
    token,
  )
}

/** Undefined when it is no number: `12`, `1e3`, `0x1F`, `1_000`, `017` (octal, as in Go), `Inf`, `NaN`. */
function parseNumber(text: string): number | undefined {
  const lower = text.toLowerCase()
  if (lower === 'inf') return Number.POSITIVE_INFINITY
  if (lower === 'nan') return Number.NaN
  if (!hasOrderlyUnderscores(lower)) return undefined
  const digits = lower.replaceAll('_', '')
  if (/^0x[0-9a-f]+$/.test(digits)) return within64Bits(BigInt(digits))
  const octal = /^0[0-7]+$/.test(digits) ? within64Bits(BigInt(`0o${digits}`)) : undefined
  if (octal !== undefined) return octal
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits)) return undefined
  const value = Number(digits)
  return Number.isFinite(value) ? value : undefined
}

function within64Bits(value: bigint): number | undefined {
  return value < 2n ** 63n ? Number(value) : undefined
}

/** Go allows an underscore between digits, and one after `0x`. */
function hasOrderlyUnderscores(text: string): boolean {
  if (!text.includes('_')) return true
  return (
    !/_(?![0-9a-f])/.test(text) &&
    !/(?<![0-9a-f]|^0x)_/.test(text) &&
    !/e_|_e/.test(text.replace(/^0x.*/, ''))
  )
}
