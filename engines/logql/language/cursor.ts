/** Goes through the tokens of a query, one after the other. */

import { unquote } from '../../go/strings.ts'
import { parseError } from '../../query-error.ts'
import type { Span } from './ast.ts'
import type { Token } from './tokens.ts'

export interface Cursor {
  query: string
  tokens: readonly Token[]
  at: number
  depth: number
}

/** Deeper queries are refused, so that none exhausts the stack. */
const deepest = 200

export const current = (cursor: Cursor): Token => cursor.tokens[cursor.at]!
export const following = (cursor: Cursor): Token =>
  cursor.tokens[Math.min(cursor.at + 1, cursor.tokens.length - 1)]!
const last = (cursor: Cursor): Token => cursor.tokens[Math.max(cursor.at - 1, 0)]!
export const isSymbol = (token: Token, text: string): boolean =>
  token.kind === 'symbol' && token.text === text
export const isKeyword = (token: Token, text: string): boolean =>
  token.kind === 'keyword' && token.text === text

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

export function skipKeyword(cursor: Cursor, text: string): boolean {
  if (!isKeyword(current(cursor), text)) return false
  cursor.at++
  return true
}

export function expect(cursor: Cursor, text: string, expected = `"${text}"`): Token {
  if (!isSymbol(current(cursor), text)) throw unexpected(cursor, expected)
  return advance(cursor)
}

export function expectKind(cursor: Cursor, kind: Token['kind'], expected: string): Token {
  if (current(cursor).kind !== kind) throw unexpected(cursor, expected)
  return advance(cursor)
}

export function unexpected(cursor: Cursor, expected: string, token = current(cursor)) {
  const got =
    token.kind === 'end'
      ? 'the end of the query'
      : token.kind === 'string'
        ? `the string ${shorten(token.text)}`
        : token.kind === 'range'
          ? `the range [${shorten(token.text)}]`
          : `"${shorten(token.text)}"`
  const hint = token.kind === 'keyword' && expected.includes('label') ? ', which is a keyword' : ''
  return parseError(cursor.query, token, `expected ${expected}, got ${got}${hint}`)
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/** The text that the string here means. */
export function parseString(cursor: Cursor, expected = 'a string'): string {
  const token = expectKind(cursor, 'string', expected)
  const result = unquote(token.text)
  if ('value' in result) return result.value
  const start = token.start + result.at
  throw parseError(
    cursor.query,
    { start, end: start + 1 },
    `expected an escape as in Go strings, got ${result.problem}`,
  )
}

export const parseLabel = (cursor: Cursor, expected = 'a label'): string =>
  expectKind(cursor, 'word', expected).text

/** `a, b, c` */
export function parseList<T>(cursor: Cursor, parseOne: (cursor: Cursor) => T): T[] {
  const items: T[] = []
  do items.push(parseOne(cursor))
  while (skip(cursor, ','))
  return items
}

export function spanFrom(cursor: Cursor, start: number): Span {
  return { start, end: last(cursor).end }
}

export function nested<T>(cursor: Cursor, parse: () => T): T {
  if (++cursor.depth > deepest)
    throw parseError(cursor.query, current(cursor), `expected at most ${deepest} levels of nesting, got more`)
  const result = parse()
  cursor.depth--
  return result
}
