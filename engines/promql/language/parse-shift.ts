/** What follows an expression: a range or subquery in brackets, `offset` and `@`, and the numbers and durations in them. */

import { longestDuration, parseDuration } from '../../durations.ts'
import { parseError, type Span } from '../../query-error.ts'
import type { DurationArithmetic, DurationExpr, Expr, TimeShift, VectorSelector } from './ast.ts'
import { deepest } from './check.ts'
import {
  advance,
  type Cursor,
  current,
  expect,
  following,
  isSymbol,
  keyword,
  last,
  needsFeature,
  skip,
  unexpected,
} from './cursor.ts'
import type { Token } from './tokens.ts'

export function parseOffset(cursor: Cursor, expr: Expr): Expr {
  const token = advance(cursor)
  const duration = parseOffsetDuration(cursor)
  const shift = shiftOf(expr)
  if (shift === undefined)
    throw parseError(cursor.query, token, 'expected "offset" only after a selector or a subquery')
  if (shift.offset !== 0 || shift.offsetExpr !== undefined)
    throw parseError(cursor.query, token, 'expected one offset, got a second')
  return withShift(cursor, expr, { ...shift, ...settled(cursor, duration, 'offset') })
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
  const range = parsePositiveDuration(cursor, 'a duration such as 5m', 'range')
  const isSubquery = skip(cursor, ':')
  const hasStep = isSubquery && !isSymbol(current(cursor), ']')
  const step = hasStep ? parsePositiveDuration(cursor, 'a duration or "]"', 'step') : { step: undefined }
  const end = expect(cursor, ']', isSubquery ? '"]"' : '":" or "]"').end
  const span = { start: expr.span.start, end }
  if (isSubquery)
    return { kind: 'subquery', inner: expr, ...range, ...step, shift: { offset: 0, at: undefined }, span }
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
  return { kind: 'range', selector: expr, ...range, span }
}

/** `anchored` or `smoothed` after a selector or its range. */
export function parseEdges(cursor: Cursor, expr: Expr): Expr {
  const token = advance(cursor)
  const edges = keyword(token) as NonNullable<VectorSelector['edges']>
  const span = { start: expr.span.start, end: token.end }
  if (!cursor.features.has('promql-extended-range-selectors'))
    throw needsFeature(cursor, token, `"${edges}"`, 'promql-extended-range-selectors')
  const selector = expr.kind === 'range' ? expr.selector : expr
  if (selector.kind !== 'selector')
    throw parseError(cursor.query, token, `expected "${edges}" only after a selector or its range`)
  if (selector.edges !== undefined)
    throw parseError(cursor.query, token, `expected one of "anchored" and "smoothed", got a second`)
  return expr.kind === 'range'
    ? { ...expr, selector: { ...selector, edges }, span }
    : { ...selector, edges, span }
}

function parsePositiveDuration<F extends 'range' | 'step'>(cursor: Cursor, expected: string, field: F) {
  const duration = parseDurationExpr(cursor, 0, expected)
  if (duration.kind === 'number' && !(duration.value > 0))
    throw parseError(cursor.query, duration.span, 'expected a duration of at least 1ms')
  return settled(cursor, duration, field)
}

/** What is known when parsing becomes milliseconds at once, the rest when the query is asked. */
function settled<F extends 'range' | 'step' | 'offset'>(cursor: Cursor, duration: DurationExpr, field: F) {
  type Settled = { [name in F]: number } & { [name in `${F}Expr`]?: DurationExpr }
  if (duration.kind === 'duration') return { [field]: 0, [`${field}Expr`]: duration } as Settled
  // Prometheus rounds to nanoseconds and then cuts to milliseconds, so that 1.001 is not cut to 1000.
  const milliseconds = Math.trunc(Math.round(duration.value * 1e9) / 1e6)
  if (Math.abs(milliseconds) <= longestDuration) return { [field]: milliseconds + 0 } as Settled
  throw parseError(cursor.query, duration.span, 'expected a duration of at most 292 years')
}

const precedences: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 }

/** In brackets: `1h + step() * 2`. */
function parseDurationExpr(cursor: Cursor, least: number, expected: string): DurationExpr {
  return continued(cursor, parseSigned(cursor, expected), least, expected)
}

function continued(cursor: Cursor, first: DurationExpr, least: number, expected: string): DurationExpr {
  let left = first
  for (;;) {
    const token = current(cursor)
    const precedence = token.kind === 'symbol' ? (precedences[token.text] ?? 0) : 0
    if (precedence === 0 || precedence < least) return left
    cursor.at++
    const right = parseDurationExpr(cursor, precedence === 3 ? 3 : precedence + 1, expected)
    if ((token.text === '/' || token.text === '%') && right.kind === 'number' && right.value === 0)
      throw parseError(
        cursor.query,
        token,
        `expected no ${token.text === '/' ? 'division' : 'modulo'} by zero`,
      )
    const operator = token.text as DurationArithmetic['operator']
    const span = { start: left.span.start, end: right.span.end }
    left = { kind: 'duration', operator, operands: [left, right], span }
  }
}

function parseSigned(cursor: Cursor, expected: string): DurationExpr {
  const token = current(cursor)
  if (!isSymbol(token, '-') && !isSymbol(token, '+')) return parseDurationTerm(cursor, expected)
  cursor.at++
  return signed(token, parseDurationExpr(cursor, 3, expected))
}

function signed(sign: Token, operand: DurationExpr): DurationExpr {
  const span = { start: sign.start, end: operand.span.end }
  if (operand.kind === 'number')
    return { ...operand, value: sign.text === '-' ? -operand.value : operand.value, span }
  return sign.text === '-' ? { kind: 'duration', operator: '-', operands: [operand], span } : operand
}

/** Outside of brackets an operator ends the duration: `x offset 1m + 2` adds 2 to x. */
function parseOffsetDuration(cursor: Cursor): DurationExpr {
  const expected = 'a duration such as 5m after "offset"'
  const sign = current(cursor)
  const isSigned = isSymbol(sign, '-') || isSymbol(sign, '+')
  const first = isSigned ? following(cursor) : sign
  if (isSymbol(first, '-') || isSymbol(first, '+')) return parseDurationExpr(cursor, 0, expected)
  if (isSigned) {
    cursor.at++
    return signed(sign, parseDurationTerm(cursor, expected))
  }
  const term = parseDurationTerm(cursor, expected)
  return isSymbol(first, '(') ? continued(cursor, term, 0, expected) : term
}

const durationFunctions: Readonly<Record<string, number>> = { step: 0, range: 0, min_of: 2, max_of: 2 }

function parseDurationTerm(cursor: Cursor, expected: string): DurationExpr {
  if (++cursor.depth > deepest)
    throw parseError(cursor.query, current(cursor), `expected at most ${deepest} levels of nesting, got more`)
  const token = current(cursor)
  const name = keyword(token)
  const count = Object.hasOwn(durationFunctions, name) ? durationFunctions[name] : undefined
  const literal = count === undefined ? parseNumberToken(cursor) : undefined
  let term: DurationExpr
  if (literal !== undefined) term = { kind: 'number', ...literal, span: spanOf(token) }
  else if (skip(cursor, '(')) {
    term = parseDurationExpr(cursor, 0, expected)
    expect(cursor, ')')
    if (term.kind === 'duration') term = { ...term, isInParentheses: true }
  } else {
    if (count === undefined) throw unexpected(cursor, expected)
    cursor.at++
    expect(cursor, '(')
    const operands: DurationExpr[] = []
    for (let index = 0; index < count; index++) {
      if (index > 0) expect(cursor, ',')
      operands.push(parseDurationExpr(cursor, 0, expected))
    }
    const { end } = expect(cursor, ')')
    const operator = name as DurationArithmetic['operator']
    term = { kind: 'duration', operator, operands, span: { start: token.start, end } }
  }
  cursor.depth--
  return term
}

export function spanOf({ start, end }: Span): Span {
  return { start, end }
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
