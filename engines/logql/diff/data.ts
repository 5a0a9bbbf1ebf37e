/** Random log lines: clashing labels, malformed JSON and logfmt, Unicode, empty and absent values, equal times. */

import type { Labels } from '../../labels.ts'
import type { Random } from '../../random.ts'
import { createLogStore, type LogStore } from '../store/memory.ts'
import { ofNanoseconds } from '../text/instant.ts'
import type { PushedStream } from './real-loki.ts'

/** When random lines begin, in seconds: not long ago, as a Loki looks for older ones elsewhere. They go on for ten minutes. */
export const start = Math.floor(Date.now() / 60_000) * 60 - 1800
export const seconds = 600

export function randomStreams(random: Random): PushedStream[] {
  const count = 1 + random.below(5)
  const taken = new Set<string>()
  const times = uniqueTimes(random)
  const streams: PushedStream[] = []
  for (let index = 0; index < count; index++) {
    const stream: { [label: string]: string } = { app: random.pick(['shop', 'worker', 'payments']) }
    if (random.chance(0.6)) stream.env = random.pick(['prod', 'dev'])
    if (random.chance(0.3)) stream.level = random.pick(levels)
    if (random.chance(0.2)) stream.method = random.pick(['GET', 'stream'])
    const key = JSON.stringify(Object.entries(stream).sort())
    if (taken.has(key)) continue
    taken.add(key)
    const size = 1 + random.below(25)
    const values = Array.from({ length: size }, (): PushedStream['values'][number] => [
      times(),
      randomLine(random),
      randomMetadata(random),
    ])
    values.sort(([a], [b]) => (a.length - b.length || a < b ? -1 : 1))
    streams.push({ stream, values })
  }
  return streams
}

/** Within a stream two lines may have one time; between streams their order would be by chance. */
function uniqueTimes(random: Random): () => string {
  const used = new Set<string>()
  return () => {
    for (;;) {
      const nanos = random.chance(0.5) ? '000000000' : String(random.below(1_000_000_000)).padStart(9, '0')
      const time = `${start + random.below(seconds)}${nanos}`
      if (used.has(time)) continue
      used.add(time)
      return time
    }
  }
}

export function storeOf(streams: readonly PushedStream[]): LogStore {
  const store = createLogStore()
  for (const { stream, values } of streams) {
    const labels: Labels = new Map(Object.entries(stream).sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const [time, line, metadata] of values) {
      const kept = Object.entries(metadata).filter(([, value]) => value !== '')
      kept.sort(([a], [b]) => (a < b ? -1 : 1))
      store.append(labels, { ...ofNanoseconds(BigInt(time)), line, metadata: kept })
    }
  }
  return store
}

const levels = ['info', 'warn', 'error', 'debug', 'Error', '']
const words = [
  'order',
  'paid',
  'häßlich',
  '日本',
  '😀',
  'foo.bar',
  'a=b',
  'x y',
  '"q"',
  'back\\slash',
  '10.0.0.7',
  '',
  "it's",
]
const numbers = [
  '0',
  '1',
  '-3',
  '2.5',
  '1e3',
  '200',
  '404',
  '500',
  'NaN',
  '0x10',
  '1_000',
  'abc',
  '+Inf',
  '007',
]
const durations = ['1s', '250ms', '1m30s', '-2s', '1h', '5', 'fast', '1.5s', '1d', '']
const sizes = ['1KB', '2MiB', '10', '1.5kb', '3XB', '1,024', '']
const addresses = ['10.0.0.7', '192.168.1.300', '192.168.4.5', '::1', '2001:db8::7', 'fe80::1', 'none']

function randomMetadata(random: Random): { [name: string]: string } {
  const metadata: { [name: string]: string } = {}
  if (random.chance(0.3)) metadata.trace_id = random.pick(['abc', 'def', '0102'])
  if (random.chance(0.15)) metadata.level = random.pick(levels)
  if (random.chance(0.1)) metadata.app = 'meta'
  if (random.chance(0.1)) metadata.status = random.pick(numbers)
  if (random.chance(0.1)) metadata.took = random.pick(durations)
  return metadata
}

function fields(random: Random): [string, unknown][] {
  const all: [string, unknown][] = [
    ['level', random.pick(levels)],
    ['status', random.chance(0.5) ? Number(random.pick(['200', '404', '500'])) : random.pick(numbers)],
    ['took', random.pick(durations)],
    ['size', random.pick(sizes)],
    ['ip', random.pick(addresses)],
    ['msg', random.pick(words)],
    ['method', random.pick(['GET', 'POST', ''])],
    ['app', random.pick(words)],
    ['ok', random.chance(0.5)],
    ['none', null],
    ['user.id', random.pick(words)],
    ['9lives', 9],
    ['tags', [random.pick(words), 1, { a: random.pick(words) }]],
    ['user', { id: random.below(5), 'na me': random.pick(words), deep: { er: random.pick(numbers) } }],
  ]
  return random.some(all, 0.5)
}

function randomLine(random: Random): string {
  const kind = random.below(10)
  if (kind < 4) return jsonLine(random)
  if (kind < 7) return logfmtLine(random)
  if (kind === 7) return accessLine(random)
  if (kind === 8) return packedLine(random)
  return plainLine(random)
}

function jsonLine(random: Random): string {
  const members = fields(random).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
  if (random.chance(0.1)) members.push(`"msg":"again"`)
  if (random.chance(0.1))
    members.push(`"esc":"\\u00e9\\n\\t\\ud83d\\ude00\\"${random.pick(words).replace(/["\\]/g, '')}"`)
  if (random.chance(0.05))
    members.push(
      random.pick(['"bad":"\\x"', '"bad":\\u12', '"bad":"\\ud800"', '"open', '"v":tru', ':1', '{']),
    )
  const text = `{${members.join(random.pick([',', ', ']))}}`
  // Cut between characters: half of one is no text that could be pushed.
  const characters = [...text]
  return random.chance(0.08) ? characters.slice(0, random.below(characters.length + 1)).join('') : text
}

function logfmtLine(random: Random): string {
  const pairs = fields(random).map(([key, value]) => {
    const text = typeof value === 'object' ? '' : String(value)
    const name = key.replace(/ /g, '_')
    return /[\s"=\\]/.test(text) || random.chance(0.2) ? `${name}=${JSON.stringify(text)}` : `${name}=${text}`
  })
  if (random.chance(0.15))
    pairs.push(
      random.pick(['bare', 'bad="open', '=novalue', 'a==b', 'k=v"w', '"quoted"=1', 'dup=1 dup=2', 'e="\\q"']),
    )
  return pairs.join(' ')
}

function accessLine(random: Random): string {
  const path = random.pick(['/orders', '/cart/1', '/'])
  const method = random.pick(['GET', 'POST'])
  const status = random.pick(['200', '404', '500', 'abc'])
  return `${random.pick(addresses)} - ${method} ${path} ${status} ${random.pick(durations)}`
}

function packedLine(random: Random): string {
  const labels = { level: random.pick(levels), pod: random.pick(words), app: 'packed', n: 1 }
  return JSON.stringify({
    ...labels,
    ...(random.chance(0.8) ? { _entry: random.pick([logfmtLine(random), 'plain']) } : {}),
  })
}

function plainLine(random: Random): string {
  const text = Array.from({ length: 1 + random.below(4) }, () => random.pick(words)).join(' ')
  return random.chance(0.2) ? `\u001b[31m${text}\u001b[0m` : text
}
