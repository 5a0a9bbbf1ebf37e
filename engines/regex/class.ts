/** Character classes and escapes of RE2, written as JavaScript reads them under the `u` flag. */

interface Piece {
  source: string
  /** Characters of the pattern it took. */
  length: number
}

/** An escape outside a class; `text` begins with the backslash. */
export function readEscape(text: string): Piece {
  const letter = text[1]
  if (letter === 'A') return { source: '^', length: 2 }
  if (letter === 'z') return { source: '$', length: 2 }
  if (letter === 'b' || letter === 'B') return { source: `\\${letter}`, length: 2 }
  const set = readSet(text)
  if (set !== undefined) return { source: `[${set.source}]`, length: set.length }
  const { code, length } = readCharacter(text)
  return { source: escaped(code), length }
}

/** `[…]` with ranges, escapes, `\d`, `\pL` and `[:alpha:]`; `text` begins with the bracket. */
export function readClass(text: string): Piece {
  let at = 1
  const negated = text[at] === '^'
  if (negated) at++
  let source = ''
  let first = true
  while (text[at] !== ']' || first) {
    if (at >= text.length) throw new Error(`missing closing ]: \`${text}\``)
    first = false
    const set = readPosix(text.slice(at)) ?? readSet(text.slice(at))
    if (set !== undefined) {
      source += set.source
      at += set.length
      continue
    }
    const low = readCharacter(text.slice(at))
    at += low.length
    if (text[at] !== '-' || text[at + 1] === ']' || at + 1 >= text.length) {
      source += escaped(low.code)
      continue
    }
    const high = readCharacter(text.slice(at + 1))
    const range = text.slice(at - low.length, at + 1 + high.length)
    if (high.code < low.code) throw new Error(`invalid character class range: \`${range}\``)
    source += `${escaped(low.code)}-${escaped(high.code)}`
    at += 1 + high.length
  }
  return { source: `[${negated ? '^' : ''}${source}]`, length: at + 1 }
}

const last = '\\u{10ffff}'

/** Ranges for the inside of a class, each with its complement: JavaScript's own `\s` holds more than RE2's. */
const sets: { [letter: string]: string } = {
  d: '0-9',
  D: `\\u{0}-\\u{2f}\\u{3a}-${last}`,
  w: '0-9A-Za-z_',
  W: `\\u{0}-\\u{2f}\\u{3a}-\\u{40}\\u{5b}-\\u{5e}\\u{60}\\u{7b}-${last}`,
  s: '\\t\\n\\f\\r ',
  S: `\\u{0}-\\u{8}\\u{b}\\u{e}-\\u{1f}\\u{21}-${last}`,
}

// biome-ignore format: a table
const posix: { [name: string]: readonly [number, number][] } = {
  alnum: [[48, 57], [65, 90], [97, 122]],
  alpha: [[65, 90], [97, 122]],
  ascii: [[0, 127]],
  blank: [[9, 9], [32, 32]],
  cntrl: [[0, 31], [127, 127]],
  digit: [[48, 57]],
  graph: [[33, 126]],
  lower: [[97, 122]],
  print: [[32, 126]],
  punct: [[33, 47], [58, 64], [91, 96], [123, 126]],
  space: [[9, 13], [32, 32]],
  upper: [[65, 90]],
  word: [[48, 57], [65, 90], [95, 95], [97, 122]],
  xdigit: [[48, 57], [65, 70], [97, 102]],
}

function readPosix(text: string): Piece | undefined {
  if (!text.startsWith('[:')) return undefined
  const found = /^\[:(\^?)([a-z]*):\]/.exec(text)
  if (found === null) return undefined
  const ranges = posix[found[2]!]
  if (ranges === undefined) throw new Error(`invalid character class range: \`${found[0]}\``)
  return { source: rangesOf(found[1] === '^' ? complement(ranges) : ranges), length: found[0].length }
}

function complement(ranges: readonly [number, number][]): [number, number][] {
  const rest: [number, number][] = []
  let from = 0
  for (const [low, high] of ranges) {
    if (low > from) rest.push([from, low - 1])
    from = high + 1
  }
  return [...rest, [from, 0x10ffff]]
}

function rangesOf(ranges: readonly [number, number][]): string {
  return ranges.map(([low, high]) => `${escaped(low)}-${escaped(high)}`).join('')
}

/** `\d` and its like, `\pL`, `\p{Greek}`, `\P{^Lu}`: what goes between brackets. */
function readSet(text: string): Piece | undefined {
  const ranges = text[0] === '\\' ? sets[text[1] ?? ''] : undefined
  if (ranges !== undefined) return { source: ranges, length: 2 }
  const property = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(text)
  if (property === null) {
    if (/^\\[pP]/.test(text)) throw new Error(`invalid character class range: \`${text.slice(0, 3)}\``)
    return undefined
  }
  const name = property[3] ?? property[4]!
  const negated = (property[1] === 'P') !== (property[2] === '^')
  const kind = name === 'Any' || name.length <= 2 ? name : `Script=${name}`
  return { source: `\\${negated ? 'P' : 'p'}{${kind}}`, length: property[0].length }
}

const controls: { [letter: string]: number } = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }

function readCharacter(text: string): { code: number; length: number } {
  const code = text.codePointAt(0)!
  if (text[0] !== '\\') return { code, length: code > 0xffff ? 2 : 1 }
  if (text.length === 1) throw new Error('trailing backslash at end of expression')
  const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(text)
  if (octal !== null) return { code: Number.parseInt(octal[1]!, 8), length: octal[0].length }
  const hex = /^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,8})\})/.exec(text)
  const hexCode = hex === null ? -1 : Number.parseInt(hex[1] ?? hex[2]!, 16)
  if (hex !== null && hexCode <= 0x10ffff) return { code: hexCode, length: hex[0].length }
  const control = controls[text[1]!]
  if (control !== undefined) return { code: control, length: 2 }
  if (/^\\[!-/:-@[-`{-~ ]/.test(text)) return { code: text.charCodeAt(1), length: 2 }
  throw new Error(`invalid escape sequence: \`${text.slice(0, 2)}\``)
}

function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`
}
