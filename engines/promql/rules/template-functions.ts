/** The functions that templates of rules may call: Prometheus' own and those of Go's text/template. */

import { parseDuration } from '../../durations.ts'
import { goFloat, parseGoFloat } from '../../go/floats.ts'
import { eachCharacter, queryEscape, quote } from '../../go/strings.ts'
import {
  type GoTime,
  type GoValue,
  isList,
  isSample,
  print,
  printf,
  type Sample,
  typeName,
} from '../../go/template/format.ts'
import { coreFunctions, counted, fail, type TemplateFunction, toText } from '../../go/template/functions.ts'
import { replaceRegex, searchRegex } from '../../regex/regex.ts'

export interface TemplateData {
  labels: Iterable<readonly [string, string]>
  value: number
  externalLabels: Readonly<Record<string, string>>
  externalUrl: string
  /** Answers `query` in the order of the result. */
  query: (query: string) => Sample[]
}

type RuleFunction = TemplateFunction<TemplateData>

const text = (
  name: string,
  count: number,
  apply: (...texts: string[]) => GoValue,
): [string, RuleFunction] => [name, args => apply(...counted(args, count).map(toText))]

const number = (name: string, apply: (value: number) => GoValue): [string, RuleFunction] => [
  name,
  args => apply(toFloat(counted(args, 1)[0])),
]

export const templateFunctions: ReadonlyMap<string, RuleFunction> = new Map<string, RuleFunction>([
  ...coreFunctions,
  ['query', (args, data) => data.query(toText(counted(args, 1)[0]))],
  ['first', args => toSamples(counted(args, 1)[0])[0] ?? fail('first() called on vector with no elements')],
  ['label', args => toSample(counted(args, 2)[1]).Labels.values.get(toText(args[0])) ?? ''],
  ['value', args => toSample(counted(args, 1)[0]).Value],
  ['strvalue', args => toSample(counted(args, 1)[0]).Labels.values.get('__value__') ?? ''],
  ['sortByLabel', args => sortByLabel(toText(counted(args, 2)[0]), toSamples(args[1]))],
  ['args', args => ({ values: new Map(args.map((arg, index) => [`arg${index}`, arg])), missing: undefined })],
  ['externalURL', (args, data) => counted(args, 0) && data.externalUrl],
  ['pathPrefix', (args, data) => counted(args, 0) && pathOf(data.externalUrl)],
  text('reReplaceAll', 3, (pattern, replacement, value) => replaceRegex(pattern!, replacement!, value!)),
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
])

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

function sortByLabel(label: string, samples: Sample[]): Sample[] {
  const key = (sample: Sample) => String(sample.Labels.values.get(label) ?? '')
  return samples.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

const words = new Intl.Segmenter('en', { granularity: 'word' })

/** The first letter of each word. */
function title(value: string): string {
  return [...words.segment(value)]
    .map(({ segment }) => segment.replace(/\p{L}/u, letter => letter.toLocaleUpperCase('en-US')))
    .join('')
}

function pathOf(url: string): string {
  if (!URL.canParse(url)) return ''
  const { pathname } = new URL(url)
  return pathname === '/' && !url.endsWith('/') ? '' : pathname
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
