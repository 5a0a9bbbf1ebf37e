/** Random queries about what random traces have. */

import type { Random } from '../../random.ts'
import type { Question } from './ask.ts'
import { type RandomTraces, spansOf, words } from './data.ts'

export function randomQuestion(random: Random, traces: RandomTraces): Question {
  const spansPerSpanset = random.pick([1, 3, 100, 100])
  if (random.chance(0.8)) return { query: randomSearch(random, traces), spansPerSpanset }
  const start = random.below(60)
  const range = { start, end: start + 30 + random.below(100), step: random.pick([5, 10, 30]) }
  return { query: metricsQuery(random, traces), spansPerSpanset, range }
}

function randomSearch(random: Random, traces: RandomTraces): string {
  const vocabulary = { random, traces }
  const stages = [spansets(vocabulary, 2)]
  while (random.chance(0.35)) stages.push(stage(vocabulary))
  return `${stages.join(' | ')}${random.chance(0.1) ? ' with (most_recent=true)' : ''}`
}

interface Vocabulary {
  random: Random
  traces: RandomTraces
}

function spansets(v: Vocabulary, depth: number): string {
  const { random } = v
  if (depth === 0 || random.chance(0.6)) return filter(v)
  const op = random.pick([
    '&&',
    '||',
    '>',
    '>>',
    '<',
    '<<',
    '~',
    '!>',
    '!>>',
    '!<',
    '!<<',
    '!~',
    '&>',
    '&>>',
    '&<',
    '&<<',
    '&~',
  ])
  const side = () => {
    const text = spansets(v, depth - 1)
    return text.startsWith('{') && !/\} [^|]*\{/.test(text) ? text : `(${text})`
  }
  return `${side()} ${op} ${side()}`
}

function filter(v: Vocabulary): string {
  if (v.random.chance(0.15)) return v.random.pick(['{ }', '{ true }'])
  return `{ ${condition(v, v.random.below(3))} }`
}

function condition(v: Vocabulary, depth: number): string {
  const { random } = v
  if (depth === 0) return comparison(v)
  if (random.chance(0.12)) return `!(${condition(v, depth - 1)})`
  const side = () => (random.chance(0.3) ? `(${condition(v, depth - 1)})` : comparison(v))
  return `${side()} ${random.pick(['&&', '||'])} ${side()}`
}

function comparison(v: Vocabulary): string {
  const { random } = v
  const choice = random.below(20)
  if (choice < 9) return attributeComparison(v)
  if (choice < 17) return intrinsicComparison(v)
  if (choice === 17) return `${attribute(v)} ${random.pick(['!= nil', '= nil'])}`
  if (choice === 18) return `${attribute(v)} ${random.pick(['=', '!=', '>'])} ${attribute(v)}`
  return `${attribute(v)} ${random.pick(['+', '-', '*'])} ${random.below(3)} ${random.pick(['>', '=', '<='])} ${random.below(5)}`
}

function attribute({ random }: Vocabulary): string {
  const scope = random.pick([
    '.',
    '.',
    'span.',
    'span.',
    'span.',
    'resource.',
    'resource.',
    'event.',
    'link.',
    'instrumentation.',
  ])
  const keys =
    scope === 'resource.'
      ? [...words.resourceKey, 'service.name']
      : scope === 'event.' || scope === 'link.'
        ? ['foo', 'type', 'n', 'rel']
        : scope === 'instrumentation.'
          ? ['lib', 'foo']
          : [...words.key, 'env']
  const key = random.pick(keys)
  return scope + (key.includes(' ') ? `"${key}"` : key)
}

function attributeComparison(v: Vocabulary): string {
  const { random } = v
  const name = attribute(v)
  const [op, value] = random.pick<[string[], string]>([
    [['=', '!=', '>', '<='], JSON.stringify(random.pick(words.string))],
    [['=', '!='], JSON.stringify(random.pick(name.includes('service') ? words.service : words.string))],
    [['=~', '!~'], random.pick(['"a.*"', '".*"', '"GET|POST"', '"[ab]"', '""'])],
    [['=', '!=', '>', '>=', '<', '<='], `${random.pick([0, 1, 2, 3, 10, 200, 500, -1])}`],
    [['=', '>', '<'], `${random.pick(['1.0', '1.5', '0.0', '-2.25'])}`],
    [['=', '!='], random.pick(['true', 'false'])],
  ])
  if (random.chance(0.08)) return `${value} ${random.pick(['=', '!=', '<', '>'])} ${name}`
  if (random.chance(0.15)) {
    const isNegated = random.chance(0.5)
    const other = value.startsWith('"') ? JSON.stringify(random.pick(words.string)) : value
    return isNegated
      ? `(${name} != ${value} && ${name} != ${other})`
      : `(${name} = ${value} || ${name} = ${other})`
  }
  return `${name} ${random.pick(op)} ${value}`
}

function intrinsicComparison(v: Vocabulary): string {
  const { random, traces } = v
  const span = random.pick(spansOf(traces))
  const text = (list: readonly string[]) =>
    `${random.pick(['=', '!=', '=~', '!~'])} ${JSON.stringify(random.pick(list))}`
  const order = () => random.pick(['=', '!=', '>', '>=', '<', '<='])
  return random.pick<() => string>([
    () => `name ${text(words.name)}`,
    () => `status ${random.pick(['=', '!='])} ${random.pick(['ok', 'error', 'unset'])}`,
    () => `kind ${random.pick(['=', '!='])} ${random.pick(['server', 'client', 'internal', 'unspecified'])}`,
    () => `statusMessage ${text(words.string)}`,
    () => `duration ${order()} ${random.pick(['1ns', '1us', '1ms', '5ms', '1s', '1.5s', '100', '1.5'])}`,
    () => `traceDuration ${order()} ${random.pick(['1ms', '10ms', '1s', '2s'])}`,
    () => `rootName ${text(words.name)}`,
    () => `rootServiceName ${text(words.service)}`,
    () => `trace:id ${random.pick(['=', '!='])} "${span.traceId}"`,
    () => `span:id ${random.pick(['=', '!='])} "${span.spanId}"`,
    () => `span:parentID ${random.pick(['=', '!='])} "${span.parentSpanId ?? '0000000000000000'}"`,
    () => `nestedSet${random.pick(['Left', 'Right', 'Parent'])} ${order()} ${random.pick([-1, 0, 1, 2, 5])}`,
    () => `event:name ${text(words.event)}`,
    () => `event:timeSinceStart ${order()} ${random.pick(['0s', '1us', '500us', '1ms'])}`,
    () => `link:spanID ${random.pick(['=', '!='])} "${span.links[0]?.spanId ?? span.spanId}"`,
    () => `link:traceID ${random.pick(['=', '!='])} "${span.links[0]?.traceId ?? span.traceId}"`,
    () => `instrumentation:name ${text(words.scope)}`,
    () => `instrumentation:version ${text(['v1', 'v2', ''])}`,
  ])()
}

function stage(v: Vocabulary): string {
  const { random } = v
  return random.pick<() => string>([
    () => filter(v),
    () => `count() ${random.pick(['>', '>=', '=', '<', '!='])} ${random.below(4)}`,
    () =>
      `${random.pick(['min', 'max', 'avg', 'sum'])}(${random.pick(['duration', 'duration', attribute(v), 'nestedSetLeft', `${attribute(v)} * 2`])}) ${random.pick(['>', '<', '>=', '!='])} ${random.pick(['1ms', '1', '0', '2.5', '1s'])}`,
    () =>
      `by(${random.pick(['name', 'status', 'kind', 'resource.service.name', attribute(v), 'duration > 1ms', `${attribute(v)} = 1`])})`,
    () => 'coalesce()',
    () =>
      `select(${Array.from({ length: 1 + random.below(2) }, () => random.pick([attribute(v), 'name', 'status', 'kind', 'nestedSetLeft', 'rootName', 'event:name', 'instrumentation:name', 'span:parentID'])).join(', ')})`,
  ])()
}

function metricsQuery(random: Random, traces: RandomTraces): string {
  const v = { random, traces }
  const number = random.pick([
    'duration',
    'duration',
    'span.n',
    'span.http.status_code',
    '.foo',
    'traceDuration',
  ])
  const call = random.pick([
    'rate()',
    'count_over_time()',
    `min_over_time(${number})`,
    `max_over_time(${number})`,
    `avg_over_time(${number})`,
    `sum_over_time(${number})`,
    `quantile_over_time(${number}, 0, 0.5, 0.99)`,
    `histogram_over_time(${number})`,
  ])
  const by = random.some(
    ['name', 'status', 'kind', 'resource.service.name', 'span.foo', '.env', 'rootName'],
    0.2,
  )
  const stages = random.chance(0.2)
    ? random.pick([' | topk(2)', ' | bottomk(2)', ' > 0', ' >= 1', ' | topk(3) > 0', ' < 5'])
    : ''
  const source = random.chance(0.7) ? filter(v) : spansets(v, 1)
  return `${source} | ${call}${by.length > 0 ? ` by (${by.join(', ')})` : ''}${stages}`
}
