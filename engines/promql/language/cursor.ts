/** Goes through the tokens of a query, one after the other. */

import { unquote } from '../../go/strings.ts'
import { parseError, type Span } from '../../query-error.ts'
import type { Signature } from './ast.ts'
import type { Feature } from './features.ts'
import type { Token } from './tokens.ts'

export interface Cursor {
  query: string
  functions: ReadonlyMap<string, Signature>
  refused: ReadonlyMap<string, string>
  features: ReadonlySet<Feature>
  tokens: readonly Token[]
  at: number
  depth: number
}

export const current = (cursor: Cursor): Token => cursor.tokens[cursor.at]!
export const following = (cursor: Cursor): Token =>
  cursor.tokens[Math.min(cursor.at + 1, cursor.tokens.length - 1)]!
export const last = (cursor: Cursor): Token => cursor.tokens[Math.max(cursor.at - 1, 0)]!
export const keyword = (token: Token): string => (token.kind === 'word' ? token.text.toLowerCase() : '')
export const isSymbol = (token: Token, text: string): boolean =>
  token.kind === 'symbol' && token.text === text

export function advance(cursor: Cursor): Token {
  const token = current(cursor)
  if (token.kind !== 'end') cursor.at++
  return token
}

export function skip(cursor: Cursor, text: string): boolean {
  if (!isSymbol(current(cursor), text)) return false
  cursor.at++
  return true
}

export function expect(cursor: Cursor, text: string, expected = `"${text}"`): Token {
  if (!isSymbol(current(cursor), text)) throw unexpected(cursor, expected)
  return advance(cursor)
}

export function unexpected(cursor: Cursor, expected: string, token = current(cursor)) {
  const got =
    token.kind === 'end'
      ? 'the end of the query'
      : token.kind === 'string'
        ? `the string ${shorten(token.text)}`
        : `"${shorten(token.text)}"`
  return parseError(cursor.query, token, `expected ${expected}, got ${got}`)
}

export function needsFeature(cursor: Cursor, span: Span, what: string, feature: Feature) {
  return parseError(
    cursor.query,
    span,
    `${what} is an experiment of Prometheus: expected the feature ${feature} to be enabled`,
  )
}

export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/** The text that a string token means. */
export function parseString(cursor: Cursor): string {
  const token = advance(cursor)
  const result = unquote(token.text)
  if ('value' in result) return result.value
  const start = token.start + result.at
  throw parseError(
    cursor.query,
    { start, end: start + 1 },
    `expected an escape as in Go strings, got ${result.problem}`,
  )
}
