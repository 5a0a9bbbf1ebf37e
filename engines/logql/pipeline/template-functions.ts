/** The functions that templates of line_format and label_format may call. */

import { parseGoDuration } from '../../go/durations.ts'
import { parseGoFloat } from '../../go/floats.ts'
import { decodeUtf8, eachCharacter, queryEscape, quote } from '../../go/strings.ts'
import { type GoTime, type GoValue, isList, isMap, isTime, typeName } from '../../go/template/format.ts'
import { coreFunctions, counted, fail, type TemplateFunction, toText } from '../../go/template/functions.ts'
import { formatTime, parseTime } from '../../go/times.ts'
import { replaceRegex, searchRegex } from '../../regex/regex.ts'
import { parseBytes } from '../text/bytes.ts'

interface LineData {
  line: string
  timestamp: GoTime
}

type LineFunction = TemplateFunction<LineData>

const longest = 1_000_000

const text = (
  name: string,
  count: number,
  apply: (...texts: string[]) => GoValue,
): [string, LineFunction] => [name, args => apply(...counted(args, count).map(toText))]

/** A function of a number first and then texts. */
const sized = (name: string, apply: (size: number, value: string) => GoValue): [string, LineFunction] => [
  name,
  args => {
    const [size, value] = counted(args, 2)
    return apply(wholeNumber(size), toText(value))
  },
]

const wholes = (name: string, apply: (a: bigint, b: bigint) => bigint, least = 1): [string, LineFunction] => [
  name,
  args => {
    if (args.length < least)
      return fail(`wrong number of args for ${name}: want at least ${least} got ${args.length}`)
    return args.map(toWhole).reduce((a, b) => BigInt.asIntN(64, apply(a, b)))
  },
]

const floats = (name: string, apply: (a: number, b: number) => number): [string, LineFunction] => [
  name,
  args => {
    if (args.length === 0) return fail(`wrong number of args for ${name}: want at least 1 got 0`)
    return args.map(toFloat).reduce(apply)
  },
]

/** As if by hand: 0.1 and 0.2 are 0.3. */
const decimals = (name: string, apply: (a: Decimal, b: Decimal) => Decimal): [string, LineFunction] => [
  name,
  args => {
    if (args.length === 0) return fail(`wrong number of args for ${name}: want at least 1 got 0`)
    const { digits, places } = args.map(decimalOf).reduce((a, b) => apply(a, b))
    return Number(`${digits}e-${places}`)
  },
]

const oneFloat = (name: string, apply: (value: number) => GoValue): [string, LineFunction] => [
  name,
  args => apply(toFloat(counted(args, 1)[0])),
]

const byZero = () => fail('runtime error: integer divide by zero')

export const lineFunctions: ReadonlyMap<string, LineFunction> = new Map<string, LineFunction>([
  ...coreFunctions,
  text('urlquery', 1, value => queryEscape(value!)),
  ['__line__', (args, { line }) => counted(args, 0) && line],
  ['__timestamp__', (args, { timestamp }) => counted(args, 0) && timestamp],
  text('ToLower', 1, value => lower(value!)),
  text('ToUpper', 1, value => upper(value!)),
  text('lower', 1, value => lower(value!)),
  text('upper', 1, value => upper(value!)),
  text('title', 1, value => value!.replace(firstOfWord, upper)),
  [
    'Replace',
    args => {
      const [value, old, by, count] = counted(args, 4)
      return replaceSome(toText(value), toText(old), toText(by), wholeNumber(count))
    },
  ],
  text('replace', 3, (old, by, value) => replaceSome(value!, old!, by!, -1)),
  text('Trim', 2, (value, set) => trimEnd(trimStart(value!, set!), set!)),
  text('TrimLeft', 2, (value, set) => trimStart(value!, set!)),
  text('TrimRight', 2, (value, set) => trimEnd(value!, set!)),
  text('TrimPrefix', 2, (value, start) => withoutStart(value!, start!)),
  text('TrimSuffix', 2, (value, end) => withoutEnd(value!, end!)),
  text('TrimSpace', 1, value => value!.trim()),
  text('trim', 1, value => value!.trim()),
  text('trimAll', 2, (set, value) => trimEnd(trimStart(value!, set!), set!)),
  text('trimPrefix', 2, (start, value) => withoutStart(value!, start!)),
  text('trimSuffix', 2, (end, value) => withoutEnd(value!, end!)),
  text('contains', 2, (part, value) => value!.includes(part!)),
  text('hasPrefix', 2, (start, value) => value!.startsWith(start!)),
  text('hasSuffix', 2, (end, value) => value!.endsWith(end!)),
  text('regexReplaceAll', 3, (pattern, value, by) => replaceRegex(pattern!, by!, value!)),
  text('regexReplaceAllLiteral', 3, (pattern, value, by) =>
    replaceRegex(pattern!, by!.replaceAll('$', '$$$$'), value!),
  ),
  text('count', 2, (pattern, value) => BigInt([...searchRegex(pattern!, value!)].length)),
  text('urlencode', 1, value => queryEscape(value!)),
  text('urldecode', 1, value => urlDecode(value!)),
  text('b64enc', 1, value => encodeBase64(value!)),
  text('b64dec', 1, value => decodeBase64(value!)),
  sized('trunc', (size, value) => truncate(size, value)),
  sized('alignLeft', (size, value) => align(size, value, true)),
  sized('alignRight', (size, value) => align(size, value, false)),
  sized('indent', (size, value) => indent(size, value)),
  sized('nindent', (size, value) => `\n${indent(size, value)}`),
  sized('repeat', (size, value) => repeat(value, size)),
  [
    'substr',
    args => {
      const [from, to, value] = counted(args, 3)
      return substring(wholeNumber(from), wholeNumber(to), toText(value))
    },
  ],
  text('bytes', 1, value => {
    const read = parseBytes(value!)
    return 'bytes' in read ? read.bytes : fail(read.problem)
  }),
  text('duration', 1, value => seconds(value!)),
  text('duration_seconds', 1, value => seconds(value!)),
  ['int', args => toWhole(counted(args, 1)[0])],
  ['float64', args => toFloat(counted(args, 1)[0])],
  wholes('add', (a, b) => a + b, 0),
  wholes('sub', (a, b) => a - b, 2),
  wholes('mul', (a, b) => a * b),
  wholes('div', (a, b) => (b === 0n ? byZero() : a / b), 2),
  wholes('mod', (a, b) => (b === 0n ? byZero() : a % b), 2),
  wholes('max', (a, b) => (b > a ? b : a)),
  wholes('min', (a, b) => (b < a ? b : a)),
  decimals(
    'addf',
    together((a, b) => a + b),
  ),
  decimals(
    'subf',
    together((a, b) => a - b),
  ),
  decimals('mulf', (a, b) => ({ digits: a.digits * b.digits, places: a.places + b.places })),
  decimals('divf', divide),
  floats('maxf', (a, b) => Math.max(a, b)),
  floats('minf', (a, b) => Math.min(a, b)),
  oneFloat('ceil', Math.ceil),
  oneFloat('floor', Math.floor),
  ['round', args => round(args)],
  text('fromJson', 1, value => fromJson(value!)),
  ['default', args => (args.length < 2 || isEmpty(args[1]) ? args[0] : args[1])],
  ['now', args => counted(args, 0) && { nanoseconds: BigInt(Date.now()) * 1_000_000n }],
  [
    'date',
    args => {
      const [layout, time] = counted(args, 2)
      return formatTime(toTime(time).nanoseconds, toText(layout))
    },
  ],
  text('toDate', 2, (layout, value) => timeOf(layout!, value!, 'UTC')),
  text('toDateInZone', 3, (layout, zone, value) => timeOf(layout!, value!, zone!)),
  text('unixToTime', 1, value => unixToTime(value!)),
  ['unixEpoch', args => String(needTime(counted(args, 1)[0]) / 1_000_000_000n)],
  ['unixEpochMillis', args => String(needTime(counted(args, 1)[0]) / 1_000_000n)],
  ['unixEpochNanos', args => String(needTime(counted(args, 1)[0]))],
])

/** As in Go, an apostrophe ends a word: "it's" becomes "It'S". Beyond ASCII only white space ends one. */
const firstOfWord = /(?<=^|[^\w\u0080-\u{10ffff}]|\p{White_Space})./gsu

const lower = (value: string) => eachCharacter(value, character => character.toLowerCase())
const upper = (value: string) => eachCharacter(value, character => character.toUpperCase())

function wholeNumber(value: GoValue): number {
  return typeof value === 'bigint' ? Number(value) : fail(`expected integer; found ${typeName(value)}`)
}

/** A text as a whole number, with its decimals cut off; 0 where it is none. */
function toWhole(value: GoValue): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number')
    return BigInt.asIntN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0))
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value !== 'string') return 0n
  const cut = /^([-+]?\d*)\.\d*$/.exec(value)
  const whole = cut === null ? value : /\d/.test(cut[1]!) ? cut[1]! : '0'
  const [, sign, digits = ''] =
    /^([-+]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[1-9][\d_]*|0)$/.exec(whole) ?? []
  if (digits === '' || /__|_$/.test(digits)) return 0n
  const plain = digits.replaceAll('_', '').replace(/^0(?=[0-7]+$)/, '0o')
  const magnitude = BigInt(plain)
  return magnitude >= 2n ** 63n ? 0n : sign === '-' ? -magnitude : magnitude
}

function toFloat(value: GoValue): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' ? (parseGoFloat(value) ?? 0) : 0
}

/** A number of so many decimals: 1.25 is 125 with 2. */
interface Decimal {
  digits: bigint
  places: number
}

function decimalOf(value: GoValue): Decimal {
  const number = toFloat(value)
  if (!Number.isFinite(number)) return fail(`Cannot create a Decimal from ${number}`)
  const [mantissa, power = '0'] = String(number).split('e')
  const [whole, fraction = ''] = mantissa!.split('.')
  const digits = BigInt(whole! + fraction) * (whole === '-0' ? -1n : 1n)
  const places = fraction.length - Number(power)
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 }
}

const widened = ({ digits, places }: Decimal, to: number) => digits * 10n ** BigInt(to - places)

/** Of the same number of decimals, which the result has too. */
function together(apply: (a: bigint, b: bigint) => bigint) {
  return (a: Decimal, b: Decimal): Decimal => {
    const places = Math.max(a.places, b.places)
    return { digits: apply(widened(a, places), widened(b, places)), places }
  }
}

/** To 16 decimals, a half rounded up. */
function divide(a: Decimal, b: Decimal): Decimal {
  if (b.digits === 0n) return fail('decimal division by 0')
  const places = 16
  const [top, bottom] = [a.digits * 10n ** BigInt(b.places + places), b.digits * 10n ** BigInt(a.places)]
  const isNegative = top < 0n !== bottom < 0n
  const [up, down] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom]
  const digits = (2n * up + down) / (2n * down)
  return { digits: isNegative ? -digits : digits, places }
}

function round(args: readonly GoValue[]): number {
  const [value, places, on] = args.length === 3 ? args : counted(args, 2)
  const scale = 10 ** wholeNumber(places)
  const digit = scale * toFloat(value)
  const threshold = on === undefined ? 0.5 : toFloat(on)
  return (digit - Math.trunc(digit) >= threshold ? Math.ceil(digit) : Math.floor(digit)) / scale
}

function replaceSome(value: string, old: string, by: string, count: number): string {
  if (count === 0 || old === by) return value
  const parts = old === '' ? ['', ...Array.from(value), ''] : value.split(old)
  if (count < 0 || parts.length - 1 <= count) return bounded(parts.join(by))
  return bounded(
    parts.slice(0, count + 1).join(by) + (old === '' ? '' : old) + parts.slice(count + 1).join(old),
  )
}

const bounded = (value: string) => (value.length > longest ? fail('expected a shorter text') : value)

function trimStart(value: string, set: string): string {
  const characters = [...value]
  const from = characters.findIndex(character => !set.includes(character))
  return from < 0 ? '' : characters.slice(from).join('')
}

function trimEnd(value: string, set: string): string {
  const characters = [...value]
  return characters.slice(0, characters.findLastIndex(character => !set.includes(character)) + 1).join('')
}

const withoutStart = (value: string, start: string) =>
  value.startsWith(start) ? value.slice(start.length) : value
const withoutEnd = (value: string, end: string) =>
  end !== '' && value.endsWith(end) ? value.slice(0, -end.length) : value

function repeat(value: string, count: number): string {
  if (count < 0) return fail('strings: negative Repeat count')
  return value.length * count > longest ? fail('expected a shorter text') : value.repeat(count)
}

function indent(size: number, value: string): string {
  const pad = repeat(' ', size)
  return pad + value.replaceAll('\n', `\n${pad}`)
}

function align(size: number, value: string, isLeft: boolean): string {
  const characters = [...value]
  const missing = size - characters.length
  if (size < 0 || missing === 0) return value
  if (missing > 0) return isLeft ? value + repeat(' ', missing) : repeat(' ', missing) + value
  return (isLeft ? characters.slice(0, size) : characters.slice(-missing)).join('')
}

/** In bytes, as Go cuts: half a character comes out as a replacement. */
function truncate(size: number, value: string): string {
  const bytes = new TextEncoder().encode(value)
  if (size < 0 && bytes.length + size > 0) return decodeUtf8(bytes.subarray(bytes.length + size))
  return size >= 0 && bytes.length > size ? decodeUtf8(bytes.subarray(0, size)) : value
}

function substring(from: number, to: number, value: string): string {
  const bytes = new TextEncoder().encode(value)
  const [start, end] = from < 0 ? [0, to] : to < 0 || to > bytes.length ? [from, bytes.length] : [from, to]
  if (start > end || end > bytes.length || end < 0) return fail('runtime error: slice bounds out of range')
  return decodeUtf8(bytes.subarray(start, end))
}

function encodeBase64(value: string): string {
  const bytes = new TextEncoder().encode(value)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** What is wrong with it is the result, as in sprig. */
function decodeBase64(value: string): string {
  const clean = value.replace(/[\r\n]/g, '')
  const wrong = /[^A-Za-z0-9+/=]/.exec(clean)
  if (wrong !== null) return `illegal base64 data at input byte ${wrong.index}`
  try {
    if (clean.length % 4 !== 0) throw new Error('incomplete')
    return decodeUtf8(Uint8Array.from(atob(clean), character => character.charCodeAt(0)))
  } catch {
    return `illegal base64 data at input byte ${Math.floor(clean.length / 4) * 4}`
  }
}

function urlDecode(value: string): string {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(value)
  if (wrong !== null) return fail(`invalid URL escape ${quote(wrong[0])}`)
  const bytes: number[] = []
  const plain = value.replaceAll('+', ' ')
  for (let at = 0; at < plain.length; ) {
    if (plain[at] === '%') {
      bytes.push(Number.parseInt(plain.slice(at + 1, at + 3), 16))
      at += 3
      continue
    }
    const next = plain.indexOf('%', at)
    const end = next < 0 ? plain.length : next
    bytes.push(...new TextEncoder().encode(plain.slice(at, end)))
    at = end
  }
  return decodeUtf8(Uint8Array.from(bytes))
}

function seconds(value: string): number {
  const read = parseGoDuration(value)
  return 'nanoseconds' in read ? read.nanoseconds / 1e9 : fail(read.problem)
}

function fromJson(value: string): GoValue {
  try {
    return toGo(JSON.parse(value))
  } catch {
    return null
  }
}

function toGo(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(toGo)
  if (typeof value !== 'object' || value === null) return value as string | number | boolean | null
  return {
    values: new Map(Object.entries(value).map(([key, inner]) => [key, toGo(inner)])),
    missing: undefined,
  }
}

function isEmpty(value: GoValue): boolean {
  if (isTime(value)) return false
  if (isList(value)) return value.length === 0
  if (isMap(value)) return value.values.size === 0
  return value === null || value === undefined || value === '' || value === false || Number(value) === 0
}

/** What `date` takes for a time: one, seconds since the epoch, or else now. */
function toTime(value: GoValue): GoTime {
  if (isTime(value)) return value
  const nanoseconds = typeof value === 'bigint' ? value * 1_000_000_000n : BigInt(Date.now()) * 1_000_000n
  return { nanoseconds }
}

const needTime = (value: GoValue): bigint =>
  isTime(value) ? value.nanoseconds : fail(`wrong type for value; expected time.Time; got ${typeName(value)}`)

/** Go's first moment, where a text is no time. */
const zeroTime = -62_135_596_800_000_000_000n

function timeOf(layout: string, value: string, zone: string): GoTime {
  return { nanoseconds: parseTime(layout, value, zone) ?? zeroTime }
}

/** The unit is told by the number of digits, from days to nanoseconds. */
function unixToTime(value: string): GoTime {
  const unit = { 5: 86_400_000_000_000n, 10: 1_000_000_000n, 13: 1_000_000n, 16: 1000n, 19: 1n }[value.length]
  if (unit === undefined || !/^[+-]?\d+$/.test(value)) return fail(`unable to parse time '${value}'`)
  return { nanoseconds: BigInt(value) * unit }
}
