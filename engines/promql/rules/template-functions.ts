/** The functions that templates of rules may call: Prometheus' own and those of Go's text/template. */

import { expandTemplate as expandMatch, searchRegex } from '../../regex/regex.ts'
import { goFloat, parseGoFloat } from '../engine/format.ts'
import { parseDuration, quote } from '../language/literals.ts'
import {
  type GoTime,
  type GoValue,
  isList,
  isMap,
  isSample,
  print,
  printf,
  type Sample,
  typeName,
} from './go-format.ts'
import type { TemplateData } from './template.ts'

type TemplateFunction = (args: readonly GoValue[], data: TemplateData) => GoValue

const text = (
  name: string,
  count: number,
  apply: (...texts: string[]) => GoValue,
): [string, TemplateFunction] => [name, args => apply(...counted(args, count).map(toText))]

const number = (name: string, apply: (value: number) => GoValue): [string, TemplateFunction] => [
  name,
  args => apply(toFloat(counted(args, 1)[0])),
]

const comparison = (
  name: string,
  apply: (less: boolean, equal: boolean) => boolean,
): [string, TemplateFunction] => [
  name,
  args => {
    const [a, b] = counted(args, 2)
    return apply(isLess(a, b), isEqual(a, b))
  },
]

export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['query', (args, data) => data.query(toText(counted(args, 1)[0]))],
  ['first', args => toSamples(counted(args, 1)[0])[0] ?? fail('first() called on vector with no elements')],
  ['label', args => toSample(counted(args, 2)[1]).Labels.values.get(toText(args[0])) ?? ''],
  ['value', args => toSample(counted(args, 1)[0]).Value],
  ['strvalue', args => toSample(counted(args, 1)[0]).Labels.values.get('__value__') ?? ''],
  ['sortByLabel', args => sortByLabel(toText(counted(args, 2)[0]), toSamples(args[1]))],
  ['args', args => ({ values: new Map(args.map((arg, index) => [`arg${index}`, arg])), missing: undefined })],
  ['externalURL', (args, data) => counted(args, 0) && data.externalUrl],
  ['pathPrefix', (args, data) => counted(args, 0) && pathOf(data.externalUrl)],
  text('reReplaceAll', 3, (pattern, replacement, value) => replaceAll(pattern!, replacement!, value!)),
  text('match', 2, (pattern, value) => searchRegex(pattern!, value!).next().done === false),
  text('safeHtml', 1, value => value),
  text('title', 1, value => title(value!)),
  text('toUpper', 1, value => eachCharacter(value!, character => character.toUpperCase())),
  text('toLower', 1, value => eachCharacter(value!, character => character.toLowerCase())),
  text('stripPort', 1, value => splitHostPort(value!)?.host ?? value!),
  text('stripDomain', 1, value => stripDomain(value!)),
  text('graphLink', 1, expr => `/graph?g0.expr=${queryEscape(expr!)}&g0.tab=0`),
  text('tableLink', 1, expr => `/graph?g0.expr=${queryEscape(expr!)}&g0.tab=1`),
  text('urlquery', 1, value => queryEscape(value!)),
  text('parseDuration', 1, value => {
    const duration = parseDuration(value!)
    return duration === undefined ? fail(`not a valid duration string: ${quote(value!)}`) : duration / 1000
  }),
  number('humanize', value => humanize(value)),
  number('humanize1024', value => humanize1024(value)),
  number('humanizePercentage', value => `${short(value * 100)}%`),
  number('humanizeDuration', value => humanizeDuration(value)),
  number('humanizeTimestamp', value => (Number.isFinite(value) ? print(toTime(value)) : short(value))),
  number('toTime', value => (Number.isFinite(value) ? toTime(value) : fail('value is NaN or Inf'))),
  ['not', args => !truth(counted(args, 1)[0])],
  [
    'eq',
    args =>
      atLeast(args, 2)
        .slice(1)
        .some(other => isEqual(args[0], other)),
  ],
  ['ne', args => !isEqual(counted(args, 2)[0], args[1])],
  comparison('lt', less => less),
  comparison('le', (less, equal) => less || equal),
  comparison('gt', (less, equal) => !less && !equal),
  comparison('ge', less => !less),
  ['len', args => BigInt(lengthOf(counted(args, 1)[0]))],
  ['index', args => atLeast(args, 1).slice(1).reduce(indexInto, args[0])],
  ['print', args => printAll(args)],
  ['println', args => `${args.map(print).join(' ')}\n`],
  ['printf', args => printf(toText(atLeast(args, 1)[0]), args.slice(1))],
])

function fail(message: string): never {
  throw new Error(message)
}

function counted(args: readonly GoValue[], count: number): readonly GoValue[] {
  return args.length === count ? args : fail(`expected ${count} argument(s), got ${args.length}`)
}

function atLeast(args: readonly GoValue[], count: number): readonly GoValue[] {
  return args.length >= count ? args : fail(`expected at least ${count} argument(s), got ${args.length}`)
}

function toText(value: GoValue): string {
  return typeof value === 'string'
    ? value
    : fail(`wrong type for value; expected string; got ${typeName(value)}`)
}

function toSample(value: GoValue): Sample {
  return isSample(value) ? value : fail(`expected a sample, got ${typeName(value)}`)
}

function toSamples(value: GoValue): Sample[] {
  return isList(value) && value.every(isSample)
    ? [...value]
    : fail(`expected a result of query, got ${typeName(value)}`)
}

function toFloat(value: GoValue): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'string') return fail(`can't convert ${typeName(value)} to float`)
  return parseGoFloat(value) ?? fail(`cannot read ${quote(value)} as a number`)
}

/** Like Go, without the empty match right behind another one. */
function replaceAll(pattern: string, replacement: string, value: string): string {
  let out = ''
  let end = 0
  for (const match of searchRegex(pattern, value)) {
    out += value.slice(end, match.start)
    const isBehind = match.end === match.start && match.end === end && end > 0
    if (!isBehind) out += expandMatch(replacement, match)
    end = match.end
  }
  return out + value.slice(end)
}

/** Go maps character by character, and leaves one that would become several. */
function eachCharacter(value: string, map: (character: string) => string): string {
  return Array.from(value, character => {
    const mapped = map(character)
    return [...mapped].length === 1 ? mapped : character
  }).join('')
}

/** In place of `String.replace`'s callback arguments: the groups, and the named ones if any. */
function sortByLabel(label: string, samples: Sample[]): Sample[] {
  const key = (sample: Sample) => String(sample.Labels.values.get(label) ?? '')
  return samples.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) return ''
  const { pathname } = new URL(url)
  return pathname === '/' && !url.endsWith('/') ? '' : pathname
}

const words = new Intl.Segmenter('en', { granularity: 'word' })

/** The first letter of each word. */
function title(value: string): string {
  return [...words.segment(value)]
    .map(({ segment }) => segment.replace(/\p{L}/u, letter => letter.toLocaleUpperCase('en-US')))
    .join('')
}

function splitHostPort(value: string): { host: string; port: string } | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(value)
  const plain = /^([^:[\]]*):([^:[\]]*)$/.exec(value)
  const found = bracketed ?? plain
  return found === null ? undefined : { host: found[1]!, port: found[2]! }
}

function stripDomain(value: string): string {
  const { host, port } = splitHostPort(value) ?? { host: value, port: '' }
  const isAddress =
    /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || (host.includes(':') && /^[0-9a-fA-F:.]+$/.test(host))
  if (isAddress) return value
  const name = host.split('.')[0]!
  return port === '' ? name : `${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Go's url.QueryEscape. */
function queryEscape(value: string): string {
  return encodeURIComponent(value)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

const short = (value: number): string => printf('%.4g', [value])

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return short(value)
  if (Math.abs(value) < 1) return small(value)
  return large(value, 1000, ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'])
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return short(value)
  return large(value, 1024, ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'])
}

function large(value: number, base: number, prefixes: readonly string[]): string {
  let rest = value
  let index = 0
  for (; index < prefixes.length - 1 && Math.abs(rest) >= base; index++) rest /= base
  return `${short(rest)}${prefixes[index]}`
}

function small(value: number): string {
  const prefixes = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y']
  let rest = value
  let index = 0
  for (; index < prefixes.length - 1 && Math.abs(rest) < 1; index++) rest *= 1000
  return `${short(rest)}${prefixes[index]}`
}

function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return short(value)
  if (value === 0) return `${short(value)}s`
  if (Math.abs(value) < 1) return `${small(value)}s`
  const sign = value < 0 ? '-' : ''
  const whole = Math.trunc(Math.abs(value))
  const [days, hours, minutes, seconds] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ]
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`
  return minutes !== 0 ? `${sign}${minutes}m ${seconds}s` : `${sign}${short(Math.abs(value))}s`
}

/** Go's reach: 64 bits of nanoseconds, cut to milliseconds. */
function toTime(seconds: number): GoTime {
  const nanoseconds = seconds * 1e9
  if (Math.abs(nanoseconds) > 2 ** 63)
    fail(`${goFloat(seconds)} cannot be represented as a nanoseconds timestamp since it overflows int64`)
  return { nanoseconds: (BigInt(Math.trunc(nanoseconds)) / 1_000_000n) * 1_000_000n }
}

function truth(value: GoValue): boolean {
  if (isList(value)) return value.length > 0
  if (isMap(value)) return value.values.size > 0
  return typeof value === 'number' ? value !== 0 : Boolean(value)
}

function isEqual(a: GoValue, b: GoValue): boolean {
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null)
  if (typeof a === 'object' || typeof b === 'object') return fail('non-comparable types')
  return typeof a === typeof b ? a === b : fail('incompatible types for comparison')
}

function isLess(a: GoValue, b: GoValue): boolean {
  if (typeof a !== typeof b) return fail('incompatible types for comparison')
  if (typeof a === 'string' || typeof a === 'number' || typeof a === 'bigint') return a < (b as typeof a)
  return fail('invalid type for comparison')
}

function lengthOf(value: GoValue): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length
  if (isList(value)) return value.length
  return isMap(value) ? value.values.size : fail(`len of type ${typeName(value)}`)
}

function indexInto(container: GoValue, key: GoValue): GoValue {
  if (isMap(container)) {
    const name = toText(key)
    return container.values.has(name) ? container.values.get(name) : container.missing
  }
  if (typeof key !== 'bigint') return fail(`cannot index slice/array with type ${typeName(key)}`)
  if (isList(container)) return container[Number(key)] ?? fail(`index out of range: ${key}`)
  if (typeof container !== 'string') return fail(`can't index item of type ${typeName(container)}`)
  const byte = new TextEncoder().encode(container)[Number(key)]
  return byte === undefined ? fail(`index out of range: ${key}`) : BigInt(byte)
}

/** A space goes between two values when neither is a text. */
function printAll(args: readonly GoValue[]): string {
  let out = ''
  for (const [index, arg] of args.entries())
    out +=
      (index > 0 && typeof arg !== 'string' && typeof args[index - 1] !== 'string' ? ' ' : '') + print(arg)
  return out
}
