/** Goes through the tokens of a query, one after the other. */

import type { Place } from './ast.ts'
import { refusal } from './refusal.ts'
import { type Token, tokenize } from './tokens.ts'

/** Deeper and longer queries are refused before they exhaust the stack. */
const deepest = 500
const mostChained = 1000

export type Cursor = ReturnType<typeof cursorOver>

export function cursorOver(query: string) {
  const tokens = tokenize(query)
  let at = 0
  let depth = 0

  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!
  const isSymbol = (text: string, ahead = 0) => {
    const token = peek(ahead)
    return token.kind === 'symbol' && token.text === text
  }
  const symbolOf = (among: readonly string[]): string | undefined => {
    const token = peek()
    return token.kind === 'symbol' && among.includes(token.text) ? token.text : undefined
  }
  const wordOf = (among?: readonly string[]): string | undefined => {
    const token = peek()
    return token.kind === 'word' && (among?.includes(token.text) ?? true) ? token.text : undefined
  }
  const take = () => tokens[at++]!
  const skip = (count = 1) => {
    at += count
  }
  const placeFrom = (start: number): Place => ({ start, end: tokens[Math.max(0, at - 1)]!.end })

  function fail(expected: string, token = peek()): never {
    const got =
      token.kind === 'end' ? 'the end of the query' : query.slice(token.start, token.end) || 'nothing'
    throw refusal(query, token, 'parse', `expected ${expected}, got ${got}`)
  }

  function expect(symbol: string): void {
    if (!isSymbol(symbol)) fail(symbol)
    at++
  }

  function nested<T>(read: () => T): T {
    if (++depth > deepest)
      throw refusal(query, peek(), 'parse', `expected at most ${deepest} levels of nesting`)
    const result = read()
    depth--
    return result
  }

  /** Operators in a row, which nest to the left. */
  function countChained(count: number): void {
    if (count > mostChained)
      throw refusal(query, peek(), 'parse', `expected at most ${mostChained} operators in a row`)
  }

  return {
    query,
    peek,
    isSymbol,
    symbolOf,
    wordOf,
    take,
    skip,
    placeFrom,
    fail,
    expect,
    nested,
    countChained,
  }
}
