import { parseError } from '../../query-error.ts'
import type { BinaryOperator, VectorMatching } from '../../vectors/operators.ts'
import { type AggregationOperator, aggregations, type Expr, type Signature } from './ast.ts'
import { check, deepest } from './check.ts'
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
  parseString,
  shorten,
  skip,
  unexpected,
} from './cursor.ts'
import type { Feature } from './features.ts'
import { parseLabelNames, parseSelector } from './parse-selector.ts'
import { parseAt, parseBrackets, parseEdges, parseNumberToken, parseOffset, spanOf } from './parse-shift.ts'
import { tokenize } from './tokens.ts'

/** Parses and checks a query that may call `functions`; names in `refused` get an error with the reason given there. */
export function parseWith(
  query: string,
  functions: ReadonlyMap<string, Signature>,
  refused: ReadonlyMap<string, string>,
  features: ReadonlySet<Feature>,
): Expr {
  const cursor: Cursor = { query, functions, refused, features, tokens: tokenize(query), at: 0, depth: 0 }
  if (current(cursor).kind === 'end') throw unexpected(cursor, 'an expression')
  const expr = parseExpression(cursor, 0)
  if (current(cursor).kind !== 'end') throw unexpected(cursor, 'an operator or the end of the query')
  check(query, expr)
  return expr
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
    throw parseError(cursor.query, current(cursor), `expected at most ${deepest} levels of nesting, got more`)
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
    return { on: false, labels: [], cardinality: 'one-to-one', include: [], ...parseFill(cursor) }
  cursor.at++
  const labels = parseLabelNames(cursor)
  const group = keyword(current(cursor))
  if (group !== 'group_left' && group !== 'group_right')
    return { on: word === 'on', labels, cardinality: 'one-to-one', include: [], ...parseFill(cursor) }
  cursor.at++
  const include = isSymbol(current(cursor), '(') ? parseLabelNames(cursor) : []
  const cardinality = group === 'group_left' ? 'many-to-one' : 'one-to-many'
  return { on: word === 'on', labels, cardinality, include, ...parseFill(cursor) }
}

/** `fill (0)`, or `fill_left (0)` and `fill_right (1)` in any order, each at most once. */
function parseFill(cursor: Cursor): Pick<VectorMatching, 'fill'> {
  const fill: { left?: number; right?: number } = {}
  for (;;) {
    const token = current(cursor)
    const word = keyword(token)
    const isFree = word === 'fill_left' ? fill.left === undefined : fill.right === undefined
    const isBoth = word === 'fill' && fill.left === undefined
    if (!(isBoth || word === 'fill_left' || word === 'fill_right') || !isFree) break
    if (!isSymbol(following(cursor), '(')) break
    if (!cursor.features.has('promql-binop-fill-modifiers'))
      throw needsFeature(cursor, token, `${word} ()`, 'promql-binop-fill-modifiers')
    cursor.at += 2
    const isNegative = isSymbol(current(cursor), '-')
    if (isNegative || isSymbol(current(cursor), '+')) cursor.at++
    const number = parseNumberToken(cursor)
    if (number === undefined) throw unexpected(cursor, 'a number')
    expect(cursor, ')')
    const value = isNegative ? -number.value : number.value
    if (word !== 'fill_right') fill.left = value
    if (word !== 'fill_left') fill.right = value
  }
  return fill.left === undefined && fill.right === undefined ? {} : { fill }
}

const edgeWords: readonly string[] = ['anchored', 'smoothed']

function parsePostfix(cursor: Cursor): Expr {
  let expr = parsePrimary(cursor)
  for (;;) {
    const token = current(cursor)
    if (keyword(token) === 'offset') expr = parseOffset(cursor, expr)
    else if (edgeWords.includes(keyword(token))) expr = parseEdges(cursor, expr)
    else if (isSymbol(token, '@')) expr = parseAt(cursor, expr)
    else if (isSymbol(token, '[')) expr = parseBrackets(cursor, expr)
    else return expr
  }
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

const experimentalAggregations: readonly string[] = ['limitk', 'limit_ratio']

function isAggregation(word: string): boolean {
  return Object.hasOwn(aggregations, word)
}

function parseAggregation(cursor: Cursor): Expr {
  const token = advance(cursor)
  const operator = keyword(token) as AggregationOperator
  if (experimentalAggregations.includes(operator) && !cursor.features.has('promql-experimental-functions'))
    throw needsFeature(cursor, token, `${operator}()`, 'promql-experimental-functions')
  const before = parseGrouping(cursor)
  const args = parseArguments(cursor)
  const end = last(cursor).end
  const grouping = before ?? parseGrouping(cursor) ?? { without: false, grouping: [] }
  const span = { start: token.start, end: Math.max(end, last(cursor).end) }
  const wanted = aggregations[operator] === undefined ? 1 : 2
  if (args.length !== wanted)
    throw parseError(
      cursor.query,
      span,
      `expected ${wanted} argument(s) of ${operator}(), got ${args.length}`,
    )
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
  const refusal = cursor.refused.get(name)
  if (refusal !== undefined)
    throw parseError(cursor.query, token, `${name}() is ${refusal} and not supported`)
  const signature = cursor.functions.get(name)
  if (signature === undefined)
    throw parseError(cursor.query, token, `expected a function of Prometheus, got "${shorten(name)}"`)
  if (signature.isExperimental && !cursor.features.has('promql-experimental-functions'))
    throw needsFeature(cursor, token, `${name}()`, 'promql-experimental-functions')
  const args = parseArguments(cursor)
  return { kind: 'call', name, signature, args, span: { start: token.start, end: last(cursor).end } }
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
