/** Strings as Go writes them in source, and reads them. */

const simpleEscapes: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 }

/** The text between a token's quotes with Go's escapes undone, or what is wrong with it and where. */
export function unquote(quoted: string): { value: string } | { problem: string; at: number } {
  const quote = quoted[0]!
  const inner = quoted.slice(1, -1)
  if (quote === '`' || !inner.includes('\\')) return { value: inner }
  const bytes: number[] = []
  const encoder = new TextEncoder()
  for (let at = 0; at < inner.length; ) {
    if (inner[at] !== '\\') {
      const end = inner.indexOf('\\', at)
      const plain = inner.slice(at, end === -1 ? inner.length : end)
      for (const byte of encoder.encode(plain)) bytes.push(byte)
      at += plain.length
      continue
    }
    const sequence = /^\\(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/.exec(
      inner.slice(at, at + 10),
    )
    const [whole, octal, hex, short, long, letter] = sequence ?? ['']
    const simple = letter === quote ? letter.charCodeAt(0) : simpleEscapes[letter ?? '']
    const rune = short ?? long
    if (simple !== undefined) bytes.push(simple)
    else if (octal !== undefined && Number.parseInt(octal, 8) < 256) bytes.push(Number.parseInt(octal, 8))
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else if (rune !== undefined && isCodePoint(Number.parseInt(rune, 16)))
      for (const byte of encoder.encode(String.fromCodePoint(Number.parseInt(rune, 16)))) bytes.push(byte)
    else return { problem: `unknown escape ${JSON.stringify(whole || '\\')}`, at: at + 1 }
    at += whole.length
  }
  try {
    return {
      value: strict.decode(Uint8Array.from(bytes)),
    }
  } catch {
    return { problem: 'escapes that are not valid UTF-8', at: 0 }
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** As Go reads bytes as text: each byte that belongs to no character comes out as a replacement of its own. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    let text = ''
    for (let at = 0; at < bytes.length; ) {
      const length = characterAt(bytes, at)
      text += length === 0 ? '\u{fffd}' : strict.decode(bytes.subarray(at, at + length))
      at += Math.max(1, length)
    }
    return text
  }
}

/** How many bytes long the character is that begins there; 0 when none does. */
function characterAt(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++)
    try {
      strict.decode(bytes.subarray(at, at + length))
      return length
    } catch {}
  return 0
}

function isCodePoint(value: number): boolean {
  return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff)
}

/** Go's %q: in double quotes, with what cannot be printed escaped. */
export function quote(value: string): string {
  let text = '"'
  for (const character of value) text += quoteEscapes[character] ?? escapeUnprintable(character)
  return `${text}"`
}

const quoteEscapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

function escapeUnprintable(character: string): string {
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) return character
  const code = character.codePointAt(0)!
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** Go maps character by character, and leaves one that would become several. */
export function eachCharacter(value: string, map: (character: string) => string): string {
  return Array.from(value, character => {
    const mapped = map(character)
    return [...mapped].length === 1 ? mapped : character
  }).join('')
}

/** Go's url.QueryEscape. */
export function queryEscape(value: string): string {
  return encodeURIComponent(value)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}
