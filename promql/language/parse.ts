import { QueryError } from '../engine/result.ts'
import { compileRegex } from '../regex.ts'
import type {
  AggregationOperator,
  BinaryOperator,
  Expr,
  LabelMatcher,
  MatchOperator,
  Span,
  TimeShift,
  VectorMatching,
  VectorSelector,
} from './ast.ts'
import { check, deepest } from './check.ts'
import { fault } from './fault.ts'
import { aggregations, functions, refusedAggregations, refusedFunctions } from './functions.ts'
import { longestDuration, parseDuration, parseNumber, unquote } from './literals.ts'
import { type Token, tokenize } from './tokens.ts'

/** The checked tree of a query; throws QueryError('parse') that shows the place. */
export function parse(query: string): Expr {
  const cursor: Cursor = { query, tokens: tokenize(query), at: 0, depth: 0 }
  if (current(cursor).kind === 'end') throw unexpected(cursor, 'an expression')
  const expr = parseExpression(cursor, 0)
  if (current(cursor).kind !== 'end') throw unexpected(cursor, 'an operator or the end of the query')
  check(query, expr)
  return expr
}

interface Cursor {
  query: string
  tokens: readonly Token[]
  at: number
  depth: number
}

const current = (cursor: Cursor): Token => cursor.tokens[cursor.at]!
const following = (cursor: Cursor): Token => cursor.tokens[Math.min(cursor.at + 1, cursor.tokens.length - 1)]!
const last = (cursor: Cursor): Token => cursor.tokens[Math.max(cursor.at - 1, 0)]!
const keyword = (token: Token): string => (token.kind === 'word' ? token.text.toLowerCase() : '')
const isSymbol = (token: Token, text: string): boolean => token.kind === 'symbol' && token.text === text

function advance(cursor: Cursor): Token {
  const token = current(cursor)
  if (token.kind !== 'end') cursor.at++
  return token
}

function skip(cursor: Cursor, text: string): boolean {
  if (!isSymbol(current(cursor), text)) return false
  cursor.at++
  return true
}

function expect(cursor: Cursor, text: string, expected = `"${text}"`): Token {
  if (!isSymbol(current(cursor), text)) throw unexpected(cursor, expected)
  return advance(cursor)
}

function unexpected(cursor: Cursor, expected: string, token = current(cursor)) {
  const got =
    token.kind === 'end'
      ? 'the end of the query'
      : token.kind === 'string'
        ? `the string ${shorten(token.text)}`
        : `"${shorten(token.text)}"`
  return fault(cursor.query, token, `expected ${expected}, got ${got}`)
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

const precedences: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}
const ofPower = 6

function parseExpression(cursor: Cursor, least: number): Expr {
  if (++cursor.depth > deepest)
    throw fault(cursor.query, current(cursor), `expected at most ${deepest} levels of nesting, got more`)
  let left = parseUnary(cursor)
  for (;;) {
    const token = current(cursor)
    const operator = token.kind === 'symbol' ? token.text : keyword(token)
    const precedence = Object.hasOwn(precedences, operator) ? precedences[operator]! : 0
    if (precedence === 0 || precedence < least) break
    cursor.at++
    const returnBool = keyword(current(cursor)) === 'bool' && advance(cursor) !== undefined
    const matching = parseMatching(cursor)
    const right = parseExpression(cursor, precedence === ofPower ? ofPower : precedence + 1)
    left = {
      kind: 'binary',
      operator: operator as BinaryOperator,
      left,
      right,
      returnBool,
      matching,
      span: { start: left.span.start, end: right.span.end },
    }
  }
  cursor.depth--
  return left
}

/** A sign binds less than `^` and as much as `*`: -1^2 is -(1^2). */
function parseUnary(cursor: Cursor): Expr {
  const token = current(cursor)
  if (token.kind !== 'symbol' || (token.text !== '-' && token.text !== '+')) return parsePostfix(cursor)
  cursor.at++
  const operand = parseExpression(cursor, ofPower)
  const span = { start: token.start, end: operand.span.end }
  if (operand.kind !== 'number') return { kind: 'unary', operator: token.text, operand, span }
  return { ...operand, value: token.text === '-' ? -operand.value : operand.value, span }
}

function parseMatching(cursor: Cursor): VectorMatching {
  const word = keyword(current(cursor))
  if (word !== 'on' && word !== 'ignoring')
    return { on: false, labels: [], cardinality: 'one-to-one', include: [] }
  cursor.at++
  const labels = parseLabelNames(cursor)
  const group = keyword(current(cursor))
  if (group !== 'group_left' && group !== 'group_right')
    return { on: word === 'on', labels, cardinality: 'one-to-one', include: [] }
  cursor.at++
  const include = isSymbol(current(cursor), '(') ? parseLabelNames(cursor) : []
  const cardinality = group === 'group_left' ? 'many-to-one' : 'one-to-many'
  return { on: word === 'on', labels, cardinality, include }
}

/** Keywords are labels too, save these; a quoted name is always one. */
const neverLabels: readonly string[] = ['without', 'inf', 'nan']

function parseLabelNames(cursor: Cursor): string[] {
  expect(cursor, '(', '"(" and label names')
  const names: string[] = []
  while (!isSymbol(current(cursor), ')')) {
    const token = current(cursor)
    if (token.kind === 'string') {
      const name = parseString(cursor)
      if (name === '') throw unexpected(cursor, 'a label name', token)
      names.push(name)
    } else if (token.kind === 'word' && !neverLabels.includes(keyword(token)))
      names.push(advance(cursor).text)
    else throw unexpected(cursor, 'a label name')
    if (!skip(cursor, ',') && !isSymbol(current(cursor), ')')) throw unexpected(cursor, '"," or ")"')
  }
  cursor.at++
  return names
}

function parsePostfix(cursor: Cursor): Expr {
  let expr = parsePrimary(cursor)
  for (;;) {
    const token = current(cursor)
    if (keyword(token) === 'offset') expr = parseOffset(cursor, expr)
    else if (isSymbol(token, '@')) expr = parseAt(cursor, expr)
    else if (isSymbol(token, '[')) expr = parseBrackets(cursor, expr)
    else return expr
  }
}

function parseOffset(cursor: Cursor, expr: Expr): Expr {
  const token = advance(cursor)
  const offset = parseSpanOfTime(cursor, 'a duration such as 5m after "offset"')
  const shift = shiftOf(expr)
  if (shift === undefined)
    throw fault(cursor.query, token, 'expected "offset" only after a selector or a subquery')
  if (shift.offset !== 0) throw fault(cursor.query, token, 'expected one offset, got a second')
  return withShift(cursor, expr, { ...shift, offset })
}

function parseAt(cursor: Cursor, expr: Expr): Expr {
  const token = advance(cursor)
  const at = parseAtTime(cursor)
  const shift = shiftOf(expr)
  if (shift === undefined)
    throw fault(cursor.query, token, 'expected "@" only after a selector or a subquery')
  if (shift.at !== undefined) throw fault(cursor.query, token, 'expected one "@", got a second')
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
  throw fault(cursor.query, token, `expected a time within 64 bits of milliseconds, got ${literal.value} s`)
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
function parseBrackets(cursor: Cursor, expr: Expr): Expr {
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
    throw fault(
      cursor.query,
      { start: bracket.start, end },
      `expected a range only after a selector; a subquery has a colon: "[${cursor.query.slice(bracket.end, end - 1).trim()}:]"`,
    )
  if (expr.shift.offset !== 0 || expr.shift.at?.kind === 'time')
    throw fault(cursor.query, { start: bracket.start, end }, 'expected the range before "offset" and "@"')
  return { kind: 'range', selector: expr, range, span }
}

function parsePositiveSpanOfTime(cursor: Cursor, expected: string): number {
  const start = current(cursor).start
  const duration = parseSpanOfTime(cursor, expected)
  if (duration > 0) return duration
  throw fault(cursor.query, { start, end: last(cursor).end }, 'expected a duration of at least 1ms')
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
    throw fault(
      cursor.query,
      { start, end: next.end },
      'expected one duration: arithmetic on durations is experimental in Prometheus and not supported',
    )
  if (literal === undefined) throw unexpected(cursor, expected)
  // Prometheus rounds to nanoseconds and then cuts to milliseconds, so that 1.001 is not cut to 1000.
  const milliseconds = sign * Math.trunc(Math.round(literal.value * 1e9) / 1e6)
  if (Math.abs(milliseconds) <= longestDuration) return milliseconds + 0
  throw fault(cursor.query, { start, end: last(cursor).end }, 'expected a duration of at most 292 years')
}

/** A number, or a duration as the seconds it lasts; undefined when the next token is neither. */
function parseNumberToken(cursor: Cursor): { value: number; isDuration?: boolean } | undefined {
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

/** Keywords that cannot name a metric outside of braces. */
const neverMetrics: readonly string[] = ['bool', 'ignoring', 'on', 'group_left', 'group_right', 'atan2']

function parsePrimary(cursor: Cursor): Expr {
  const token = current(cursor)
  const number = parseNumberToken(cursor)
  if (number !== undefined) return { kind: 'number', ...number, span: spanOf(token) }
  if (token.kind === 'string') return { kind: 'string', value: parseString(cursor), span: spanOf(token) }
  if (isSymbol(token, '{')) return parseSelector(cursor, undefined)
  if (skip(cursor, '(')) {
    const inner = parseExpression(cursor, 0)
    const end = expect(cursor, ')', 'an operator or ")"').end
    return { kind: 'paren', inner, span: { start: token.start, end } }
  }
  if (token.kind !== 'word') throw unexpected(cursor, 'an expression')
  const word = keyword(token)
  const next = following(cursor)
  const isCall = isSymbol(next, '(')
  if (isAggregation(word) && (isCall || keyword(next) === 'by' || keyword(next) === 'without'))
    return parseAggregation(cursor)
  if (isCall) return parseCall(cursor)
  if (neverMetrics.includes(word)) throw unexpected(cursor, 'an expression')
  return parseSelector(cursor, advance(cursor))
}

function spanOf({ start, end }: Span): Span {
  return { start, end }
}

function isAggregation(word: string): boolean {
  return aggregations.has(word as AggregationOperator) || refusedAggregations.includes(word)
}

function parseAggregation(cursor: Cursor): Expr {
  const token = advance(cursor)
  const operator = keyword(token) as AggregationOperator
  if (refusedAggregations.includes(operator))
    throw fault(
      cursor.query,
      token,
      `${operator}() is an experimental aggregation of Prometheus and not supported`,
    )
  const before = parseGrouping(cursor)
  const args = parseArguments(cursor)
  const end = last(cursor).end
  const grouping = before ?? parseGrouping(cursor) ?? { without: false, grouping: [] }
  const span = { start: token.start, end: Math.max(end, last(cursor).end) }
  const wanted = aggregations.get(operator) === undefined ? 1 : 2
  if (args.length !== wanted)
    throw fault(cursor.query, span, `expected ${wanted} argument(s) of ${operator}(), got ${args.length}`)
  const parameter = wanted === 2 ? args[0] : undefined
  return { kind: 'aggregation', operator, parameter, inner: args[wanted - 1]!, ...grouping, span }
}

function parseGrouping(cursor: Cursor): { without: boolean; grouping: string[] } | undefined {
  const word = keyword(current(cursor))
  if (word !== 'by' && word !== 'without') return undefined
  cursor.at++
  return { without: word === 'without', grouping: parseLabelNames(cursor) }
}

function parseCall(cursor: Cursor): Expr {
  const token = advance(cursor)
  const name = token.text
  const refusal = refusedFunctions.get(name)
  if (refusal !== undefined) throw fault(cursor.query, token, `${name}() is ${refusal} and not supported`)
  if (!functions.has(name))
    throw fault(cursor.query, token, `expected a function of Prometheus 3.5, got "${shorten(name)}"`)
  const args = parseArguments(cursor)
  return { kind: 'call', name, args, span: { start: token.start, end: last(cursor).end } }
}

function parseArguments(cursor: Cursor): Expr[] {
  expect(cursor, '(')
  const args: Expr[] = []
  if (skip(cursor, ')')) return args
  do args.push(parseExpression(cursor, 0))
  while (skip(cursor, ','))
  expect(cursor, ')', '"," or ")"')
  return args
}

function parseSelector(cursor: Cursor, name: Token | undefined): VectorSelector {
  const start = name?.start ?? current(cursor).start
  const matchers = skip(cursor, '{') ? parseMatchers(cursor) : []
  if (name !== undefined) matchers.push({ name: '__name__', operator: '=', value: name.text })
  const shift = { offset: 0, at: undefined }
  return { kind: 'selector', name: name?.text, matchers, shift, span: { start, end: last(cursor).end } }
}

function parseMatchers(cursor: Cursor): LabelMatcher[] {
  const matchers: LabelMatcher[] = []
  while (!isSymbol(current(cursor), '}')) {
    matchers.push(parseMatcher(cursor))
    if (!skip(cursor, ',') && !isSymbol(current(cursor), '}')) throw unexpected(cursor, '"," or "}"')
  }
  cursor.at++
  return matchers
}

const matchOperators: readonly string[] = ['=', '!=', '=~', '!~']

function parseMatcher(cursor: Cursor): LabelMatcher {
  const token = current(cursor)
  const isName = token.kind === 'word' && !token.text.includes(':')
  if (!isName && token.kind !== 'string') throw unexpected(cursor, 'a label name or "}"')
  const name = isName ? advance(cursor).text : parseString(cursor)
  const operator = current(cursor)
  if (operator.kind !== 'symbol' || !matchOperators.includes(operator.text)) {
    if (!isName) return { name: '__name__', operator: '=', value: name }
    throw unexpected(cursor, 'one of =, !=, =~ and !~')
  }
  cursor.at++
  const quoted = current(cursor)
  if (quoted.kind !== 'string') throw unexpected(cursor, 'a quoted value')
  const value = parseString(cursor)
  if (operator.text.endsWith('~')) checkRegex(cursor, quoted, value)
  return { name, operator: operator.text as MatchOperator, value }
}

function checkRegex(cursor: Cursor, token: Token, pattern: string): void {
  try {
    compileRegex(pattern)
  } catch (error) {
    const why = error instanceof QueryError ? error.message : String(error)
    throw fault(cursor.query, token, `expected a regular expression as in RE2, got one at fault: ${why}`)
  }
}

function parseString(cursor: Cursor): string {
  const token = advance(cursor)
  const result = unquote(token.text)
  if ('value' in result) return result.value
  const start = token.start + result.at
  throw fault(
    cursor.query,
    { start, end: start + 1 },
    `expected an escape as in Go strings, got ${result.problem}`,
  )
}
