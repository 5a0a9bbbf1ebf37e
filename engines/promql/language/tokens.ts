import { parseError, type Span } from '../../query-error.ts'

export interface Token extends Span {
  /** A word is an identifier or a keyword: which of them depends on where it stands. */
  kind: 'word' | 'number' | 'string' | 'symbol' | 'end'
  text: string
}

/** Longer queries are refused, so that a hostile one costs little. */
export const longestQuery = 100_000

const blank = /(?:[ \t\r\n]+|#[^\r\n]*)+/y
const word = /[A-Za-z_:][A-Za-z0-9_:]*/y
const wordInBrackets = /[A-Za-z_][A-Za-z0-9_]*/y
/** Takes in all that clings to a number, so that `5x` is one wrong number and not two tokens. */
const number = /(?:0[xX]_?[0-9a-fA-F])?(?:[eE][+-]?|[0-9A-Za-z_.])*/y
const symbol = /==|!=|=~|!~|<=|>=|[-+*/%^=<>(){}[\],@]/y
const text = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y

export function tokenize(query: string): Token[] {
  if (query.length > longestQuery)
    throw parseError(
      query,
      { start: longestQuery, end: longestQuery },
      `expected at most ${longestQuery} characters, got ${query.length}`,
    )
  const notText = /\ufffd|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(query)
  if (notText !== null)
    throw parseError(query, { start: notText.index, end: notText.index + 1 }, 'expected valid Unicode text')
  const tokens: Token[] = []
  let isInBrackets = false
  for (let at = skipBlank(query, 0); at < query.length; ) {
    const token = nextToken(query, at, isInBrackets)
    if (token.kind === 'symbol' && token.text === '[') isInBrackets = true
    if (token.kind === 'symbol' && token.text === ']') isInBrackets = false
    tokens.push(token)
    at = skipBlank(query, token.end)
  }
  tokens.push({ kind: 'end', text: '', start: query.length, end: query.length })
  return tokens
}

function skipBlank(query: string, at: number): number {
  return at + (matchAt(blank, query, at)?.length ?? 0)
}

function nextToken(query: string, at: number, isInBrackets: boolean): Token {
  const first = query[at]!
  const token = (kind: Token['kind'], found: string): Token => ({
    kind,
    text: found,
    start: at,
    end: at + found.length,
  })
  // In brackets the colon parts a subquery's range from its step; elsewhere it is a letter of metric names.
  if (isInBrackets && first === ':') return token('symbol', ':')
  if (/[0-9]/.test(first) || (first === '.' && /[0-9]/.test(query[at + 1] ?? '')))
    return token('number', matchAt(number, query, at)!)
  const name = matchAt(isInBrackets ? wordInBrackets : word, query, at)
  if (name !== undefined) return token('word', name)
  if (first === '"' || first === "'" || first === '`') {
    const quoted = matchAt(text, query, at)
    if (quoted !== undefined) return token('string', quoted)
    throw parseError(
      query,
      { start: at, end: at + 1 },
      `expected a closing ${first}, got the end of the line`,
    )
  }
  const mark = matchAt(symbol, query, at)
  if (mark !== undefined) return token('symbol', mark)
  const character = String.fromCodePoint(query.codePointAt(at)!)
  throw parseError(query, { start: at, end: at + 1 }, `unexpected character ${JSON.stringify(character)}`)
}

function matchAt(pattern: RegExp, query: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(query)?.[0]
}
