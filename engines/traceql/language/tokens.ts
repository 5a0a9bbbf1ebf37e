/** Cuts a query into tokens as Tempo does: an attribute's name runs on until a character that no name has. */

import { parseDuration } from '../../durations.ts'
import { unquote } from '../../go/strings.ts'
import type { Place } from './ast.ts'
import { refusal } from './refusal.ts'
import { exact, type Int } from './value.ts'

export type Token = Place &
  (
    | { kind: 'end' }
    /** A symbol, or a word that means something to the language, such as `rate`. */
    | { kind: 'symbol' | 'word'; text: string }
    /** `.`, `span.`, `resource.` …; a name follows. */
    | { kind: 'scope'; text: string }
    /** An attribute's name, with its quotes undone. */
    | { kind: 'name'; text: string }
    | { kind: 'string'; text: string }
    | { kind: 'int'; value: Int }
    | { kind: 'float'; value: number }
    /** Nanoseconds. */
    | { kind: 'duration'; value: Int }
  )

const scopes = ['parent.', 'resource.', 'span.', 'event.', 'link.', 'instrumentation.']
const symbols = [
  ...[
    '!>>',
    '!<<',
    '&>>',
    '&<<',
    '&&',
    '||',
    '!=',
    '=~',
    '!~',
    '>=',
    '<=',
    '>>',
    '<<',
    '!>',
    '!<',
    '&~',
    '&>',
    '&<',
  ],
  ...['{', '}', '(', ')', ',', '=', '>', '<', '+', '-', '*', '/', '%', '^', '!', '|', '~'],
]
const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
const word = /[\p{L}_][\p{L}\p{Nd}_]*/uy
/** `trace:`, `span:` …, with the word that follows at once or after a space. */
const intrinsicScope = /(?:trace|span|event|link|instrumentation):/y
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const durationTail = /[\p{N}nsumhµdwy.]+/uy
const endsName = /[\s{}()=~!<>&|^,]/

/** As Tempo's default; a parser has to end. */
const longestQuery = 128 * 1024

export function tokenize(query: string): Token[] {
  if (query.length > longestQuery)
    throw refusal(
      query,
      { start: longestQuery, end: longestQuery + 1 },
      'parse',
      `expected a query of at most ${longestQuery} characters, got ${query.length}`,
    )
  const tokens: Token[] = []
  let at = 0
  const matched = (form: RegExp) => {
    form.lastIndex = at
    return form.exec(query)?.[0]
  }
  const add = (token: Token) => {
    tokens.push(token)
    at = token.end
  }
  for (;;) {
    at += matched(space)!.length
    if (at >= query.length) return [...tokens, { kind: 'end', start: at, end: at }]
    const scope = query[at] === '.' && !/\d/.test(query[at + 1] ?? '') ? '.' : scopeAt(query, at)
    if (scope !== undefined) {
      add({ kind: 'scope', text: scope, start: at, end: at + scope.length })
      const inner =
        scope === 'parent.' ? ['span.', 'resource.'].find(each => query.startsWith(each, at)) : undefined
      if (inner !== undefined) add({ kind: 'scope', text: inner, start: at, end: at + inner.length })
      add(nameAt(query, at))
      continue
    }
    const text = matched(intrinsicScope) ?? matched(word)
    if (text !== undefined) {
      add({ kind: 'word', text, start: at, end: at + text.length })
      continue
    }
    const digits = matched(number)
    if (digits !== undefined) {
      add(numberAt(query, at, digits))
      continue
    }
    if (query[at] === '"' || query[at] === '`') {
      add(stringAt(query, at))
      continue
    }
    const symbol = symbols.find(each => query.startsWith(each, at))
    if (symbol === undefined) {
      const got = JSON.stringify(String.fromCodePoint(query.codePointAt(at)!))
      const hint = query.startsWith('/*', at) ? 'expected the end of a comment, */' : `unexpected ${got}`
      throw refusal(query, { start: at, end: at + 1 }, 'parse', hint)
    }
    add({ kind: 'symbol', text: symbol, start: at, end: at + symbol.length })
  }
}

function scopeAt(query: string, at: number): string | undefined {
  return scopes.find(each => query.startsWith(each, at))
}

/** `http.status_code`, `"with a space".and.more`. */
function nameAt(query: string, start: number): Token {
  let name = ''
  let at = start
  while (at < query.length && !endsName.test(query[at]!)) {
    if (query[at] !== '"') {
      name += query[at++]
      continue
    }
    const opened = at++
    for (; query[at] !== '"'; at++) {
      if (at >= query.length)
        throw refusal(query, { start: opened, end: at }, 'parse', 'expected the end of a quoted name, "')
      if (query[at] === '\\') {
        at++
        if (query[at] !== '"' && query[at] !== '\\') {
          const got = query.slice(at - 1, at + 1)
          throw refusal(query, { start: at - 1, end: at + 1 }, 'parse', `expected \\" or \\\\, got ${got}`)
        }
      }
      name += query[at]
    }
    at++
  }
  return { kind: 'name', text: name, start, end: at }
}

/** A number, or a duration when units follow at once. */
function numberAt(query: string, start: number, digits: string): Token {
  const end = start + digits.length
  durationTail.lastIndex = end
  const tail = durationTail.exec(query)?.[0]
  if (tail !== undefined) {
    const nanoseconds = parseNanoseconds(digits + tail)
    if (nanoseconds !== undefined)
      return { kind: 'duration', value: nanoseconds, start, end: end + tail.length }
  }
  if (!/^\d+$/.test(digits)) {
    const value = Number(digits)
    if (Number.isFinite(value)) return { kind: 'float', value, start, end }
  } else if (BigInt(digits) < 2n ** 63n) return { kind: 'int', value: exact(BigInt(digits)), start, end }
  throw refusal(query, { start, end }, 'parse', `expected a number of 64 bits, got ${digits}`)
}

const units: { [unit: string]: bigint } = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const term = /(\d*)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/y

/** As Prometheus writes them, `1d`, or as Go does, `1.5h` or `3us`. */
export function parseNanoseconds(text: string): Int | undefined {
  const whole = text === '0' ? undefined : parseDuration(text)
  if (whole !== undefined) return exact(BigInt(Math.round(whole)) * 1_000_000n)
  let total = 0n
  term.lastIndex = 0
  while (term.lastIndex < text.length) {
    const parts = term.exec(text)
    if (parts === null || `${parts[1]}${parts[2] ?? ''}` === '') return undefined
    const [, before = '', after = '', unit = ''] = parts
    const scale = units[unit]!
    total += BigInt(before || 0) * scale
    if (after !== '')
      total += (BigInt(after.slice(0, 18)) * scale) / 10n ** BigInt(Math.min(after.length, 18))
  }
  return total < 2n ** 63n ? exact(total) : undefined
}

function stringAt(query: string, start: number): Token {
  const isRaw = query[start] === '`'
  const form = isRaw ? /`[^`]*`/y : /"(?:[^"\\\n]|\\[^\n])*"/y
  form.lastIndex = start
  const text = form.exec(query)?.[0]
  if (text === undefined) {
    const lineEnd = query.indexOf('\n', start)
    const end = lineEnd === -1 ? query.length : lineEnd
    throw refusal(query, { start, end }, 'parse', `expected the end of a string, ${query[start]}`)
  }
  const end = start + text.length
  if (isRaw) return { kind: 'string', text: text.slice(1, -1).replaceAll('\r', ''), start, end }
  const unquoted = unquote(text)
  if ('value' in unquoted) return { kind: 'string', text: unquoted.value, start, end }
  throw refusal(query, { start: start + unquoted.at, end }, 'parse', unquoted.problem)
}
