/**
 * Reads JSON as Loki does: value by value without a look at the rest, so that what is wrong behind the last value that is
 * needed goes unnoticed, and all before a mistake counts.
 */

export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'

/** A value within a text; of a string without the quotes and with its escapes. */
export interface JsonValue {
  kind: JsonKind
  start: number
  end: number
  /** Where to read on. */
  next: number
}

export const problems = {
  value: 'Unknown value type',
  json: 'Malformed JSON error',
  string: "Value is string, but can't find closing '\"' symbol",
  array: "Value is array, but can't find closing ']' symbol",
  object: "Value looks like object, but can't find closing '}' symbol",
  escape: 'Encountered an invalid escape sequence in a string',
} as const

const quoteCode = 34
const backslash = 92

/** Where something other than blank is; -1 if nowhere before `end`. */
export function skipBlank(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
  }
  return -1
}

/** Behind the closing quote of the string whose content starts at `from`; -1 if there is none. */
export function stringEnd(text: string, from: number, end: number): number {
  for (let at = text.indexOf('"', from); at >= 0 && at < end; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    for (let before = at - 1; before >= from && text.charCodeAt(before) === backslash; before--) slashes++
    if (slashes % 2 === 0) return at + 1
  }
  return -1
}

/** Behind the bracket that closes the one at `from`; only brackets of its own kind count. */
export function blockEnd(text: string, from: number, end: number): number {
  const open = text.charCodeAt(from)
  const close = open + 2
  let level = 0
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === quoteCode) {
      const behind = stringEnd(text, at + 1, end)
      if (behind < 0) return -1
      at = behind - 1
    } else if (code === open) level++
    else if (code === close && --level === 0) return at + 1
  }
  return -1
}

/** The value that comes next, or what is wrong with it. */
export function readValue(text: string, from: number, end: number): JsonValue | string {
  const start = skipBlank(text, from, end)
  if (start < 0) return problems.json
  const code = text.charCodeAt(start)
  if (code === quoteCode) {
    const behind = stringEnd(text, start + 1, end)
    if (behind < 0) return problems.string
    return { kind: 'string', start: start + 1, end: behind - 1, next: behind }
  }
  if (code === 123 || code === 91) {
    const behind = blockEnd(text, start, end)
    const isObject = code === 123
    if (behind < 0) return isObject ? problems.object : problems.array
    return { kind: isObject ? 'object' : 'array', start, end: behind, next: behind }
  }
  let behind = start
  while (behind < end && !isDelimiter(text.charCodeAt(behind))) behind++
  const kind = kindOf(text, start, behind, code)
  return kind === undefined ? problems.value : { kind, start, end: behind, next: behind }
}

function kindOf(text: string, start: number, end: number, code: number): JsonKind | undefined {
  if ((code >= 48 && code <= 57) || code === 45) return 'number'
  const word = end - start <= 5 ? text.slice(start, end) : ''
  if (word === 'true' || word === 'false') return 'boolean'
  return word === 'null' ? 'null' : undefined
}

const mostSeen = 100

const isDelimiter = (code: number) =>
  code === 32 || code === 10 || code === 13 || code === 9 || code === 44 || code === 125 || code === 93

/** Keys as they stood in the text before: most lines have those of the last one, which then are not read again. */
export interface SeenKeys {
  /** With the closing quote. */
  quoted: string[]
  keys: string[]
  /** Which of them comes next; 0 at the start of a text. */
  next: number
}

/**
 * Calls `visit` with each key and value of an object until it returns false. Returns what is wrong, or undefined.
 */
export function eachMember(
  text: string,
  from: number,
  end: number,
  visit: (key: string, value: JsonValue) => boolean,
  seen?: SeenKeys,
): string | undefined {
  let at = skipBlank(text, from, end)
  if (at < 0 || text.charCodeAt(at) !== 123) return problems.object
  at = skipBlank(text, at + 1, end)
  if (at < 0) return problems.json
  if (text.charCodeAt(at) === 125) return undefined
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code === 125) return undefined
    if (code !== quoteCode) return problems.object
    let key: string | undefined
    let keyEnd: number
    const before = seen?.quoted[seen.next]
    if (before !== undefined && text.startsWith(before, at + 1)) {
      key = seen!.keys[seen!.next]!
      keyEnd = at + 1 + before.length
    } else {
      keyEnd = stringEnd(text, at + 1, end)
      if (keyEnd < 0) return problems.json
      key = undoEscapes(text, at + 1, keyEnd - 1)
      if (key === undefined) return problems.escape
      if (seen !== undefined && seen.next < mostSeen) {
        seen.quoted[seen.next] = text.slice(at + 1, keyEnd)
        seen.keys[seen.next] = key
      }
    }
    if (seen !== undefined) seen.next++
    at = skipBlank(text, keyEnd, end)
    if (at < 0 || text.charCodeAt(at) !== 58) return problems.json
    const value = readValue(text, at + 1, end)
    if (typeof value === 'string') return value
    if (!visit(key, value)) return undefined
    at = skipBlank(text, value.next, end)
    if (at < 0) return problems.array
    const behind = text.charCodeAt(at)
    if (behind === 125) return undefined
    if (behind !== 44) return problems.object
    at = skipBlank(text, at + 1, end)
    if (at < 0) return problems.array
  }
  return problems.object
}

/** Calls `visit` with each element of the array at `from`. Returns where the array ends, or where it was left. */
export function eachElement(
  text: string,
  from: number,
  end: number,
  visit: (value: JsonValue) => void,
): number {
  let at = skipBlank(text, from, end) + 1
  const first = skipBlank(text, at, end)
  if (first < 0) return at
  at = first
  if (text.charCodeAt(at) === 93) return at
  for (;;) {
    const value = readValue(text, at, end)
    if (typeof value === 'string') return at
    visit(value)
    at = value.next
    const behind = skipBlank(text, at, end)
    if (behind < 0) return at
    at = behind
    if (text.charCodeAt(at) !== 44) return at
    at++
  }
}

const simpleEscapes: { [letter: string]: string | undefined } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** A string's content with its escapes undone; undefined where one is none. */
export function undoEscapes(text: string, start: number, end: number): string | undefined {
  const raw = text.slice(start, end)
  if (!raw.includes('\\')) return raw
  let out = ''
  for (let at = 0; at < raw.length; ) {
    const slash = raw.indexOf('\\', at)
    if (slash < 0) return out + raw.slice(at)
    out += raw.slice(at, slash)
    const letter = raw[slash + 1] ?? ''
    const simple = simpleEscapes[letter]
    if (simple !== undefined) {
      out += simple
      at = slash + 2
      continue
    }
    const code = letter === 'u' ? hexAt(raw, slash) : undefined
    if (code === undefined) return undefined
    if (code < 0xd800 || code > 0xdfff) {
      out += String.fromCharCode(code)
      at = slash + 6
      continue
    }
    // The second half may lie beyond the low surrogates; what comes out then is no character.
    const low = hexAt(raw, slash + 6)
    if (low === undefined || low < 0xdc00) return undefined
    const point = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00)
    out += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point)
    at = slash + 12
  }
  return out
}

/** The code of `\uXXXX`; the two characters before the digits are not looked at. */
function hexAt(raw: string, at: number): number | undefined {
  const digits = raw.slice(at + 2, at + 6)
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined
}

/** What a label gets of a string: nothing where an escape is wrong, and a space for what is no character. */
export function labelText(text: string, start: number, end: number): string {
  const value = undoEscapes(text, start, end) ?? ''
  return value.includes('\ufffd') ? value.replaceAll('\ufffd', ' ') : value
}
