/** What a number, a duration or a quoted string stands for, as Go and Prometheus read them. */

/** Undefined when it is no number: `12`, `1e3`, `0x1F`, `1_000`, `017` (octal, as in Go), `Inf`, `NaN`. */
export function parseNumber(text: string): number | undefined {
  const lower = text.toLowerCase()
  if (lower === 'inf') return Number.POSITIVE_INFINITY
  if (lower === 'nan') return Number.NaN
  if (!hasOrderlyUnderscores(lower)) return undefined
  const digits = lower.replaceAll('_', '')
  if (/^0x[0-9a-f]+$/.test(digits)) return within64Bits(BigInt(digits))
  const octal = /^0[0-7]+$/.test(digits) ? within64Bits(BigInt(`0o${digits}`)) : undefined
  if (octal !== undefined) return octal
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits)) return undefined
  const value = Number(digits)
  return Number.isFinite(value) ? value : undefined
}

function within64Bits(value: bigint): number | undefined {
  return value < 2n ** 63n ? Number(value) : undefined
}

/** Go allows an underscore between digits, and one after `0x`. */
function hasOrderlyUnderscores(text: string): boolean {
  if (!text.includes('_')) return true
  return (
    !/_(?![0-9a-f])/.test(text) &&
    !/(?<![0-9a-f]|^0x)_/.test(text) &&
    !/e_|_e/.test(text.replace(/^0x.*/, ''))
  )
}

const units = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
}
const durationForm = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
/** The longest span Prometheus counts: 64 bits of nanoseconds, in milliseconds. */
export const longestDuration = 2 ** 63 / 1e6

/** Milliseconds; undefined when it is no duration such as `1h30m` (units from y to ms, each at most once, in order). */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = durationForm.exec(text)
  if (match === null || text === '') return undefined
  const total = Object.values(units).reduce(
    (sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit,
    0,
  )
  return total < longestDuration ? total : undefined
}

/** `1h30m`, as Prometheus prints it: weeks and years only when nothing smaller remains. */
export function printDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  let rest = Math.abs(milliseconds)
  let text = milliseconds < 0 ? '-' : ''
  for (const [unit, length] of Object.entries(units)) {
    const isExact = rest % length === 0
    if (rest < length || ((unit === 'y' || unit === 'w') && !isExact)) continue
    text += `${Math.floor(rest / length)}${unit}`
    rest %= length
  }
  return text
}

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
      value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes)),
    }
  } catch {
    return { problem: 'escapes that are not valid UTF-8', at: 0 }
  }
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
