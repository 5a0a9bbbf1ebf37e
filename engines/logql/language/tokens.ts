import { parseDuration } from '../../durations.ts'
import { parseGoDuration } from '../../go/durations.ts'
import { parseError } from '../../query-error.ts'
import { parseBytes } from '../text/bytes.ts'
import type { Span } from './ast.ts'
import { functionWords, keywords } from './functions.ts'

export interface Token extends Span {
  /**
   * A word names a label; a keyword or a function does not, though the word may be the same: `sum` is a function before
   * a bracket, and a label elsewhere.
   */
  kind:
    | 'word'
    | 'keyword'
    | 'function'
    | 'number'
    | 'duration'
    | 'bytes'
    | 'string'
    | 'range'
    | 'flag'
    | 'symbol'
    | 'end'
  /** Keywords and functions in lower case, as Loki takes them in any. */
  text: string
  /** Nanoseconds of a duration, milliseconds of a range, bytes of a size. */
  value: number
}

/** Longer queries are refused, as Loki does. */
const longestQuery = 131_072

const blank = /(?:[ \t\r\n]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y
const word = /[\p{L}_][\p{L}\p{Nd}_]*/uy
const number =
  /(?:0[xX](?:[0-9a-fA-F_]+\.?[0-9a-fA-F_]*|\.[0-9a-fA-F_]+)(?:[pP][-+]?\d+)?|0[bB][\d_]+|0[oO][\d_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?)/y
/** What may cling to a number to make it a duration, or a size. */
const durationTail = /[\p{N}nuµmshdwy.]+/uy
const bytesTail = /[\p{N}BikKMGTP.]+/uy
const text = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y
const symbol = /==|=~|!=|!~|!>|\|=|\|~|\|>|>=|<=|[-+*/%^=<>(){},|]/y
const flag = /--(?:strict|keep-empty)(?![\p{L}-])/uy
const call = /\s*(?:\(|(?:by|without)\s*\()/iy

export function tokenize(query: string): Token[] {
  if (query.length >= longestQuery)
    throw parseError(
      query,
      { start: longestQuery, end: longestQuery },
      `expected fewer than ${longestQuery} characters, got ${query.length}`,
    )
  const notText = /\ufffd|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(query)
  if (notText !== null)
    throw parseError(query, { start: notText.index, end: notText.index + 1 }, 'expected valid Unicode text')
  const tokens: Token[] = []
  for (let at = skipBlank(query, 0); at < query.length; ) {
    const token = nextToken(query, at)
    tokens.push(token)
    at = skipBlank(query, token.end)
  }
  tokens.push({ kind: 'end', text: '', value: 0, start: query.length, end: query.length })
  return tokens
}

const skipBlank = (query: string, at: number) => at + (matchAt(blank, query, at)?.length ?? 0)

function nextToken(query: string, at: number): Token {
  const token = (kind: Token['kind'], found: string, value = 0, shown = found): Token => ({
    kind,
    text: shown,
    value,
    start: at,
    end: at + found.length,
  })
  const digits = matchAt(number, query, at)
  if (digits !== undefined) {
    const duration = withTail(query, at, digits, durationTail, readDuration)
    if (duration !== undefined) return token('duration', duration.text, duration.value)
    const bytes = withTail(query, at, digits, bytesTail, readBytes)
    if (bytes !== undefined) return token('bytes', bytes.text, bytes.value)
    return token('number', digits)
  }
  const name = matchAt(word, query, at)
  if (name !== undefined) {
    const lower = name.toLowerCase()
    if (functionWords.has(lower) && matchAt(call, query, at + name.length) !== undefined)
      return token('function', name, 0, lower)
    return keywords.has(lower) ? token('keyword', name, 0, lower) : token('word', name)
  }
  const quoted = matchAt(text, query, at)
  if (quoted !== undefined) return token('string', quoted)
  const first = query[at]!
  if (first === '-') {
    const found = matchAt(flag, query, at)
    if (found !== undefined) return token('flag', found)
    const duration = withTail(query, at, '-', durationTail, readDuration)
    if (duration !== undefined) return token('duration', duration.text, duration.value)
  }
  if (first === '[') return rangeToken(query, at)
  const mark = matchAt(symbol, query, at)
  if (mark !== undefined) return token('symbol', mark)
  const span = { start: at, end: at + 1 }
  if (first === '"' || first === '`')
    throw parseError(query, span, `expected a closing ${first}, got the end of the line`)
  if (first === "'")
    throw parseError(query, span, 'expected a string in double quotes or backticks, got "\'"')
  const character = String.fromCodePoint(query.codePointAt(at)!)
  throw parseError(query, span, `unexpected character ${JSON.stringify(character)}`)
}

function rangeToken(query: string, at: number): Token {
  const end = query.indexOf(']', at)
  if (end === -1)
    throw parseError(query, { start: at, end: at + 1 }, 'expected a closing "]", got the end of the query')
  const inside = query.slice(at + 1, end)
  const value = parseDuration(inside)
  if (value === undefined)
    throw parseError(
      query,
      { start: at + 1, end },
      `expected a range such as [5m], with units from y to ms, got "${inside.slice(0, 40)}"`,
    )
  return { kind: 'range', text: inside, value, start: at, end: end + 1 }
}

/** A number with a unit, of which there may be several: `1h30m`. Undefined when what clings to it is no unit. */
function withTail(
  query: string,
  at: number,
  head: string,
  tail: RegExp,
  read: (text: string) => number | undefined,
): { text: string; value: number } | undefined {
  const rest = matchAt(tail, query, at + head.length)
  if (rest === undefined) return undefined
  const value = read(head + rest)
  return value === undefined ? undefined : { text: head + rest, value }
}

function readDuration(text: string): number | undefined {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds * 1e6
  const read = parseGoDuration(text)
  return 'nanoseconds' in read ? read.nanoseconds : undefined
}

function readBytes(text: string): number | undefined {
  const read = parseBytes(text)
  return 'bytes' in read ? read.bytes : undefined
}

function matchAt(pattern: RegExp, query: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(query)?.[0]
}
