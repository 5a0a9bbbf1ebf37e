/** Selectors with their matchers, and lists of label names. */

import type { LabelMatcher, MatchOperator } from '../../matchers.ts'
import { parseError, QueryError } from '../../query-error.ts'
import { compileRegex } from '../../regex/regex.ts'
import type { VectorSelector } from './ast.ts'
import {
  advance,
  type Cursor,
  current,
  expect,
  isSymbol,
  keyword,
  last,
  parseString,
  skip,
  unexpected,
} from './cursor.ts'
import type { Token } from './tokens.ts'

export function parseSelector(cursor: Cursor, name: Token | undefined): VectorSelector {
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
    throw parseError(cursor.query, token, `expected a regular expression as in RE2, got one at fault: ${why}`)
  }
}

/** Keywords are labels too, save these; a quoted name is always one. */
const neverLabels: readonly string[] = ['without', 'inf', 'nan']

export function parseLabelNames(cursor: Cursor): string[] {
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
