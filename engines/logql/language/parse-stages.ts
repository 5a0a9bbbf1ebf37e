/** The stages after a selector: filters, parsers, formatters. */

import type {
  Conversion,
  Extraction,
  LabelFormat,
  LabelMatcher,
  LineOperator,
  NamedMatcher,
  Stage,
  Unwrap,
} from './ast.ts'
import {
  advance,
  type Cursor,
  current,
  expect,
  following,
  isKeyword,
  isSymbol,
  parseLabel,
  parseList,
  parseString,
  skip,
  skipKeyword,
  spanFrom,
  unexpected,
} from './cursor.ts'
import { matcherOf } from './matcher.ts'
import { parseLabelFilter } from './parse-label-filter.ts'

/** All stages that stand here; `| unwrap` is none of them. */
export function parseStages(cursor: Cursor): Stage[] {
  const stages: Stage[] = []
  for (;;) {
    const token = current(cursor)
    if (token.kind !== 'symbol') return stages
    if (lineOperators.has(token.text)) stages.push(parseLineFilter(cursor))
    else if (token.text === '|' && !isKeyword(following(cursor), 'unwrap')) stages.push(parseStage(cursor))
    else return stages
  }
}

/** `| unwrap bytes(size) | size > 1`, if it stands here. */
export function parseUnwrap(cursor: Cursor): Unwrap | undefined {
  if (!isSymbol(current(cursor), '|') || !isKeyword(following(cursor), 'unwrap')) return undefined
  cursor.at += 2
  const token = current(cursor)
  let conversion: Conversion | undefined
  let label: string
  if (token.kind === 'function' && conversions.has(token.text)) {
    advance(cursor)
    expect(cursor, '(')
    conversion = token.text as Conversion
    label = parseLabel(cursor, 'the label to unwrap')
    expect(cursor, ')')
  } else label = parseLabel(cursor, 'the label to unwrap, or bytes(…), duration(…) or duration_seconds(…)')
  const filters = []
  while (skip(cursor, '|')) filters.push(parseLabelFilter(cursor))
  return { label, conversion, filters }
}

const conversions: ReadonlySet<string> = new Set(['bytes', 'duration', 'duration_seconds'])
const lineOperators: ReadonlySet<string> = new Set(['|=', '!=', '|~', '!~', '|>', '!>'])

function parseLineFilter(cursor: Cursor): Stage {
  const { text, start } = advance(cursor)
  const alternatives: { text: string; isIp: boolean }[] = []
  do alternatives.push(parseLineText(cursor))
  while (skipKeyword(cursor, 'or'))
  return {
    kind: 'line filter',
    operator: text as LineOperator,
    alternatives,
    span: spanFrom(cursor, start),
  }
}

function parseLineText(cursor: Cursor): { text: string; isIp: boolean } {
  const token = current(cursor)
  if (token.kind !== 'function' || token.text !== 'ip')
    return { text: parseString(cursor, 'a string or ip(…)'), isIp: false }
  advance(cursor)
  expect(cursor, '(')
  const text = parseString(cursor, 'an address, a range or a CIDR block in quotes')
  expect(cursor, ')')
  return { text, isIp: true }
}

function parseStage(cursor: Cursor): Stage {
  const { start } = expect(cursor, '|')
  const span = () => spanFrom(cursor, start)
  const token = current(cursor)
  if (token.kind === 'word' || isSymbol(token, '(')) {
    const filter = parseLabelFilter(cursor)
    return { kind: 'label filter', filter, span: span() }
  }
  if (token.kind === 'function')
    throw unexpected(cursor, 'a stage such as json, logfmt or line_format, or a filter by label')
  const kind = token.kind === 'keyword' ? token.text : ''
  if (kind !== '' && stageWords.has(kind)) advance(cursor)
  switch (kind) {
    case 'json': {
      const expressions = current(cursor).kind === 'word' ? parseList(cursor, parseExtraction) : []
      return { kind, expressions, span: span() }
    }
    case 'logfmt': {
      const flags: string[] = []
      while (current(cursor).kind === 'flag') flags.push(advance(cursor).text)
      const expressions = current(cursor).kind === 'word' ? parseList(cursor, parseExtraction) : []
      const [strict, keepEmpty] = [flags.includes('--strict'), flags.includes('--keep-empty')]
      return { kind, expressions, strict, keepEmpty, span: span() }
    }
    case 'regexp':
    case 'pattern': {
      const pattern = parseString(cursor, kind === 'regexp' ? 'a regular expression' : 'a pattern')
      return { kind, pattern, span: span() }
    }
    case 'unpack':
    case 'decolorize':
      return { kind, span: span() }
    case 'line_format': {
      const template = parseString(cursor, 'a template')
      return { kind, template, span: span() }
    }
    case 'label_format': {
      const formats = parseList(cursor, parseFormat)
      return { kind, formats, span: span() }
    }
    case 'drop':
    case 'keep': {
      const labels = parseList(cursor, parseNamedMatcher)
      return { kind, labels, span: span() }
    }
    default:
      throw unexpected(cursor, 'a stage such as json, logfmt or line_format, or a filter by label')
  }
}

const stageWords: ReadonlySet<string> = new Set([
  'json',
  'logfmt',
  'regexp',
  'pattern',
  'unpack',
  'decolorize',
  'line_format',
  'label_format',
  'drop',
  'keep',
])

function parseExtraction(cursor: Cursor): Extraction {
  const label = parseLabel(cursor, 'a label to extract')
  return { label, expression: skip(cursor, '=') ? parseString(cursor, 'an expression in quotes') : label }
}

function parseFormat(cursor: Cursor): LabelFormat {
  const label = parseLabel(cursor, 'a label to set')
  expect(cursor, '=')
  if (current(cursor).kind === 'string') return { label, from: { template: parseString(cursor) } }
  return { label, from: { label: parseLabel(cursor, 'a template in quotes or a label') } }
}

function parseNamedMatcher(cursor: Cursor): NamedMatcher {
  const name = parseLabel(cursor)
  const operator = current(cursor)
  return {
    name,
    matcher:
      operator.kind === 'symbol' && matchOperators.has(operator.text) ? parseMatch(cursor, name) : undefined,
  }
}

const matchOperators: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~'])

/** `="x"` and the like, behind the label of that name. */
export function parseMatch(cursor: Cursor, name: string): LabelMatcher {
  const operator = current(cursor)
  if (operator.kind !== 'symbol' || !matchOperators.has(operator.text))
    throw unexpected(cursor, '=, !=, =~ or !~')
  advance(cursor)
  const value = current(cursor)
  const text = parseString(cursor, 'a value in quotes')
  return matcherOf(cursor.query, name, operator.text as LabelMatcher['operator'], text, value)
}
