import { parseError } from '../../query-error.ts'
import type {
  BinaryOperator,
  Expr,
  Grouping,
  LogExpr,
  MetricExpr,
  RangeOperator,
  Span,
  VectorMatching,
  VectorOperator,
} from './ast.ts'
import { checkAggregation, checkRange, checkSelector, foldNumbers } from './check.ts'
import {
  advance,
  type Cursor,
  current,
  expect,
  expectKind,
  isKeyword,
  isSymbol,
  nested,
  parseLabel,
  parseList,
  parseString,
  skip,
  skipKeyword,
  spanFrom,
  unexpected,
} from './cursor.ts'
import { rangeFunctions, refused, vectorFunctions } from './functions.ts'
import { usable } from './matcher.ts'
import { parseNumber, parseSignedNumber } from './numbers.ts'
import { parseMatch, parseStages, parseUnwrap } from './parse-stages.ts'
import { tokenize } from './tokens.ts'

/** The checked tree of a query; throws QueryError('parse') that shows the place. */
export function parse(query: string): Expr {
  const cursor: Cursor = { query, tokens: tokenize(query), at: 0, depth: 0 }
  if (current(cursor).kind === 'end') throw unexpected(cursor, 'a query')
  const expr = parseExpression(cursor, 0)
  if (current(cursor).kind !== 'end')
    throw unexpected(
      cursor,
      expr.kind === 'logs' ? 'a stage or the end of the query' : 'an operator or the end of the query',
    )
  return expr
}

/** The matchers of `{app="shop"}`, which must be all of the text. */
export function parseMatchers(text: string): LogExpr['matchers'] {
  const cursor: Cursor = { query: text, tokens: tokenize(text), at: 0, depth: 0 }
  const matchers = parseSelector(cursor)
  if (current(cursor).kind !== 'end') throw unexpected(cursor, 'the end of the selector')
  return matchers
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
  '^': 6,
}
const ofPower = 6

function parseExpression(cursor: Cursor, least: number): Expr {
  return nested(cursor, () => {
    let left = parsePrimary(cursor)
    for (;;) {
      const { kind, text } = current(cursor)
      const isOperator = kind === 'symbol' || kind === 'keyword'
      const precedence = isOperator && Object.hasOwn(precedences, text) ? precedences[text]! : 0
      if (precedence === 0 || precedence < least) return left
      advance(cursor)
      const returnBool = skipKeyword(cursor, 'bool')
      const matching = parseMatching(cursor)
      const right = parseExpression(cursor, precedence === ofPower ? ofPower : precedence + 1)
      left = foldNumbers(cursor.query, {
        kind: 'binary',
        operator: text as BinaryOperator,
        returnBool,
        matching,
        left: metric(cursor, left),
        right: metric(cursor, right),
        span: { start: left.span.start, end: right.span.end },
      })
    }
  })
}

/** Operators are for numbers: lines have none. */
function metric(cursor: Cursor, expr: Expr): MetricExpr {
  if (expr.kind !== 'logs') return expr
  throw parseError(cursor.query, expr.span, 'expected a metric such as rate(…), got a query for log lines')
}

function parseMatching(cursor: Cursor): VectorMatching {
  const none: VectorMatching = { on: false, labels: [], cardinality: 'one-to-one', include: [] }
  const on = isKeyword(current(cursor), 'on')
  if (!on && !isKeyword(current(cursor), 'ignoring')) return none
  advance(cursor)
  const labels = parseLabels(cursor)
  const side = current(cursor).kind === 'keyword' ? current(cursor).text : ''
  if (side !== 'group_left' && side !== 'group_right') return { ...none, on, labels }
  advance(cursor)
  const include = isSymbol(current(cursor), '(') ? parseLabels(cursor) : []
  return { on, labels, cardinality: side === 'group_left' ? 'many-to-one' : 'one-to-many', include }
}

function parseLabels(cursor: Cursor): string[] {
  expect(cursor, '(')
  const labels = isSymbol(current(cursor), ')') ? [] : parseList(cursor, parseLabel)
  expect(cursor, ')', '"," or ")"')
  return labels
}

function parsePrimary(cursor: Cursor): Expr {
  const token = current(cursor)
  const { start } = token
  if (isSymbol(token, '{')) return parseLogs(cursor)
  if (token.kind === 'number' || isSymbol(token, '-') || isSymbol(token, '+')) {
    const value = parseSignedNumber(cursor, 'a number')
    return { kind: 'number', value, span: spanFrom(cursor, start) }
  }
  if (skip(cursor, '(')) {
    const inner = parseExpression(cursor, 0)
    expect(cursor, ')', 'an operator or ")"')
    return { ...inner, span: spanFrom(cursor, start) }
  }
  const refusal = refused.get(token.text)
  if (refusal !== undefined && (token.kind === 'function' || token.kind === 'keyword'))
    throw parseError(cursor.query, token, `${token.text} is ${refusal} and not supported`)
  if (token.kind !== 'function') throw unexpected(cursor, 'a selector such as {app="shop"} or a function')
  advance(cursor)
  if (token.text === 'vector') {
    expect(cursor, '(')
    const value = parseNumber(cursor, 'a number')
    expect(cursor, ')')
    return { kind: 'vector', value, span: spanFrom(cursor, start) }
  }
  if (token.text === 'label_replace') return parseLabelReplace(cursor, start)
  if (rangeFunctions.has(token.text as RangeOperator))
    return parseRangeAggregation(cursor, token.text as RangeOperator, token)
  if (vectorFunctions.has(token.text as VectorOperator))
    return parseVectorAggregation(cursor, token.text as VectorOperator, token)
  throw unexpected(cursor, 'a selector such as {app="shop"} or a function', token)
}

function parseLogs(cursor: Cursor): LogExpr {
  const { start } = current(cursor)
  const matchers = parseSelector(cursor)
  const selector = spanFrom(cursor, start)
  const stages = parseStages(cursor)
  checkSelector(cursor.query, matchers, selector)
  return { kind: 'logs', matchers, stages, span: spanFrom(cursor, start) }
}

function parseSelector(cursor: Cursor): LogExpr['matchers'] {
  expect(cursor, '{', 'a selector such as {app="shop"}')
  const matchers = isSymbol(current(cursor), '}')
    ? []
    : parseList(cursor, list => parseMatch(list, parseLabel(list, 'a label or "}"')))
  expect(cursor, '}', '"," or "}"')
  return matchers
}

function parseGrouping(cursor: Cursor): Grouping | undefined {
  const without = isKeyword(current(cursor), 'without')
  if (!without && !isKeyword(current(cursor), 'by')) return undefined
  advance(cursor)
  return { without, labels: parseLabels(cursor) }
}

function parseVectorAggregation(cursor: Cursor, operator: VectorOperator, name: Span): MetricExpr {
  const before = parseGrouping(cursor)
  expect(cursor, '(')
  let parameter: string | undefined
  if (current(cursor).kind === 'number' && isSymbol(cursor.tokens[cursor.at + 1]!, ',')) {
    parameter = advance(cursor).text
    advance(cursor)
  }
  const inner = metric(cursor, parseExpression(cursor, 0))
  expect(cursor, ')', '")" or an operator')
  const grouping = before ?? parseGrouping(cursor)
  const size = checkAggregation(cursor.query, name, operator, parameter, grouping)
  return {
    kind: 'aggregation',
    operator,
    parameter: size,
    inner,
    grouping: grouping ?? { without: false, labels: [] },
    span: spanFrom(cursor, name.start),
  }
}

function parseRangeAggregation(cursor: Cursor, operator: RangeOperator, name: Span): MetricExpr {
  expect(cursor, '(')
  let parameter: string | undefined
  if (current(cursor).kind === 'number') {
    parameter = advance(cursor).text
    expect(cursor, ',')
  }
  const range = nested(cursor, () => parseLogRange(cursor))
  expect(cursor, ')')
  const grouping = parseGrouping(cursor)
  const quantile = checkRange(cursor.query, name, operator, parameter, range.unwrap, grouping)
  return {
    kind: 'range',
    operator,
    parameter: quantile,
    ...range,
    grouping,
    span: spanFrom(cursor, name.start),
  }
}

type LogRange = Pick<Extract<MetricExpr, { kind: 'range' }>, 'logs' | 'unwrap' | 'range' | 'offset'>

/** A selector with its range behind the stages, before them or, with either, in brackets. */
function parseLogRange(cursor: Cursor): LogRange {
  const { start } = current(cursor)
  if (skip(cursor, '(')) {
    if (isSymbol(current(cursor), '(')) {
      const inner = nested(cursor, () => parseLogRange(cursor))
      expect(cursor, ')')
      return inner
    }
    const logs = parseLogs(cursor)
    const unwrap = parseUnwrap(cursor)
    if (current(cursor).kind === 'range') {
      const inner = parseRangeBehind(cursor, logs, unwrap, start)
      expect(cursor, ')')
      return inner
    }
    expect(cursor, ')', 'a range such as [5m] or ")"')
    const isBare = logs.stages.length === 0 && unwrap === undefined
    return withRange(cursor, logs, unwrap, isBare ? 'unwrap' : 'nothing', start)
  }
  const logs = parseLogs(cursor)
  return parseRangeBehind(cursor, logs, parseUnwrap(cursor), start)
}

function parseRangeBehind(
  cursor: Cursor,
  logs: LogExpr,
  unwrap: LogRange['unwrap'],
  start: number,
): LogRange {
  const isBare = logs.stages.length === 0 && unwrap === undefined
  return withRange(cursor, logs, unwrap, isBare ? 'stages' : 'nothing', start)
}

/** `[5m] offset 1h`, and what may still follow it. */
function withRange(
  cursor: Cursor,
  logs: LogExpr,
  unwrap: LogRange['unwrap'],
  follow: 'stages' | 'unwrap' | 'nothing',
  start: number,
): LogRange {
  const range = expectKind(cursor, 'range', 'a range such as [5m] or a stage').value
  const offset = skipKeyword(cursor, 'offset') ? expectKind(cursor, 'duration', 'a duration').value : 0
  const stages = follow === 'stages' ? parseStages(cursor) : []
  const behind = follow === 'nothing' ? undefined : parseUnwrap(cursor)
  return {
    logs: { ...logs, stages: [...logs.stages, ...stages], span: spanFrom(cursor, start) },
    unwrap: unwrap ?? behind,
    range,
    offset,
  }
}

function parseLabelReplace(cursor: Cursor, start: number): MetricExpr {
  expect(cursor, '(')
  const inner = metric(cursor, parseExpression(cursor, 0))
  const texts: string[] = []
  for (const wanted of ['the label to set', 'a replacement', 'the label to read']) {
    expect(cursor, ',')
    texts.push(parseString(cursor, `${wanted} in quotes`))
  }
  expect(cursor, ',')
  const patternToken = current(cursor)
  const pattern = parseString(cursor, 'a regular expression in quotes')
  usable(cursor.query, pattern, patternToken)
  expect(cursor, ')')
  const [target, replacement, source] = texts as [string, string, string]
  return {
    kind: 'label_replace',
    inner,
    target,
    replacement,
    source,
    pattern,
    span: spanFrom(cursor, start),
  }
}
