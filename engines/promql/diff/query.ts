/** Random queries that keep the types, over the metrics of the random data. */

import type { Random } from '../../random.ts'
import { functions } from '../engine/functions/table.ts'
import type { When } from '../replay/promqltest-format.ts'
import type { RandomData } from './data.ts'

const metrics = [
  'requests_total',
  'temperature',
  'load',
  'latency_bucket',
  'latency_count',
  'build_info',
  'limit',
]
const ownLabels = ['job', 'instance', 'code', 'le', 'version', 'absent']
const matchers = [
  'job="api"',
  'job!="web"',
  'job=~"a.i|web"',
  'job=~"(?i)API"',
  'instance=~"[01]"',
  'instance!~"2"',
  'instance="0"',
  'code=~"4..|200"',
  'code!~"5.*"',
  'code!=""',
  'code=""',
  'le=~".+"',
  'le!="+Inf"',
  'absent=""',
  'absent!~".+"',
  'absent=~".*"',
  'version=~"(1|2).*"',
  'job="none"',
]

export function randomWhen(random: Random, { end, tick }: RandomData): When {
  const time = () => {
    const around = random.below(Math.floor((end + 200_000) / tick)) * tick
    return random.chance(0.8) ? around : around + random.below(tick)
  }
  const start = time()
  if (random.chance(0.5)) return { kind: 'instant', start, end: start, step: 0 }
  const step = random.pick([1000, 7000, 15_000, 30_000, 60_000, 60_000, 300_000])
  return { kind: 'range', start, end: start + step * random.below(30), step }
}

export function randomQuery(random: Random): string {
  return random.chance(0.93) ? vector(random, 4) : scalar(random, 3)
}

function vector(random: Random, depth: number): string {
  if (depth <= 0) return selector(random)
  const inner = () => vector(random, depth - 1)
  const kinds: [number, () => string][] = [
    [3, () => selector(random)],
    [6, () => overRange(random, depth)],
    [6, () => aggregation(random, inner)],
    [4, () => vectorMath(random, depth)],
    [3, () => withScalar(random, depth)],
    [1, () => setOperation(random, depth)],
    [3, () => simpleCall(random, depth)],
    [2, () => histogram(random, depth)],
    [1, () => labelCall(random, inner)],
    [1, () => `${random.pick(['-', '+', '-'])}${random.chance(0.5) ? selector(random) : `(${inner()})`}`],
    [1, () => `(${inner()})`],
  ]
  return weighted(random, kinds)
}

function weighted(random: Random, kinds: readonly [number, () => string][]): string {
  let place = random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, build] of kinds) {
    place -= weight
    if (place < 0) return build()
  }
  return kinds[0]![1]()
}

function selector(random: Random, metric = random.pick(metrics)): string {
  const chosen = random.some(matchers, 0.03)
  const isNamed = random.chance(0.95)
  if (!isNamed) chosen.unshift(`__name__=~"${random.pick(['temp.*', 'load|limit', '.*_total'])}"`)
  return `${isNamed ? metric : ''}${chosen.length > 0 ? `{${chosen.join(',')}}` : ''}${shift(random)}`
}

function shift(random: Random): string {
  if (random.chance(0.85)) return ''
  const at = random.chance(0.5)
    ? ` @ ${random.pick(['0', '100', '300.5', '600', '1000', '-10', 'start()', 'end()'])}`
    : ''
  const offset = random.chance(0.6)
    ? ` offset ${random.pick(['30s', '1m', '5m', '-1m', '-10s', '1ms', '1h'])}`
    : ''
  return at + offset
}

const span = (random: Random) =>
  random.pick(['45s', '1m', '2m', '2m', '5m', '5m', '10m', '1m30s', '7s', '30m'])

function matrix(random: Random, depth: number, metric?: string): string {
  if (depth <= 1 || random.chance(0.75)) {
    const text = selector(random, metric)
    const [, series = text, moved = ''] = /^(.*?)((?: @ \S+)?(?: offset \S+)?)$/.exec(text) ?? []
    return `${series}[${span(random)}]${moved}`
  }
  const inner = vector(random, depth - 2)
  const step = random.pick(['', '10s', '15s', '1m', '7s'])
  return `(${inner})[${random.pick(['1m', '2m', '5m', '90s'])}:${step}]${shift(random)}`
}

const rangeFunctions = [...functions]
  .filter(([, { parameters }]) => parameters.includes('matrix'))
  .map(([name]) => name)
const counterFunctions = ['rate', 'increase', 'irate', 'resets', 'changes']

function overRange(random: Random, depth: number): string {
  const name = random.chance(0.4) ? random.pick(counterFunctions) : random.pick(rangeFunctions)
  const metric = counterFunctions.includes(name) && random.chance(0.7) ? 'requests_total' : undefined
  const range = matrix(random, depth, metric)
  if (name === 'quantile_over_time') return `${name}(${quantile(random)}, ${range})`
  if (name === 'predict_linear')
    return `${name}(${range}, ${random.pick(['60', '3600', '-10', scalar(random, 1)])})`
  return `${name}(${range})`
}

function quantile(random: Random): string {
  return random.pick(['0', '0.5', '0.9', '0.99', '1', '0.25', '-1', '2', 'NaN', scalar(random, 1)])
}

function aggregation(random: Random, inner: () => string): string {
  const name = random.pick([
    'sum',
    'sum',
    'avg',
    'min',
    'max',
    'count',
    'group',
    'stddev',
    'stdvar',
    'topk',
    'bottomk',
    'quantile',
    'count_values',
  ])
  const labels = random.some(ownLabels, 0.35).join(', ')
  const grouping = random.pick([`by (${labels})`, `by (${labels})`, `without (${labels})`, ''])
  const parameter =
    name === 'topk' || name === 'bottomk'
      ? `${random.pick(['1', '2', '3', '5', '0', '-1', '1.9'])}, `
      : name === 'quantile'
        ? `${quantile(random)}, `
        : name === 'count_values'
          ? `"${random.pick(['value', 'job', 'instance'])}", `
          : ''
  return random.chance(0.5)
    ? `${name} ${grouping} (${parameter}${inner()})`
    : `${name}(${parameter}${inner()}) ${grouping}`
}

const arithmetic = ['+', '-', '*', '/', '%', '^', 'atan2']
const comparisons = ['==', '!=', '>', '<', '>=', '<=']

function operator(random: Random): string {
  if (random.chance(0.65)) return random.pick(arithmetic)
  return `${random.pick(comparisons)}${random.chance(0.4) ? ' bool' : ''}`
}

function vectorMath(random: Random, depth: number): string {
  const sign = operator(random)
  if (random.chance(0.35)) {
    // The same series on both sides match one to one.
    const inner = vector(random, depth - 2)
    return `${operand(inner)} ${sign} ${operand(random.chance(0.5) ? inner : `${random.pick(['abs', 'ceil', 'sgn'])}(${inner})`)}`
  }
  if (random.chance(0.6)) {
    const [labels, one] = random.pick([
      ['job', 'build_info'],
      ['job', 'sum by (job) (requests_total)'],
      ['job, instance', 'temperature'],
      ['job, instance', 'max by (job, instance) (requests_total)'],
      ['', 'limit'],
    ] as const)
    const many = operand(vector(random, depth - 2))
    const include = random.chance(0.4) ? random.pick(['version', 'job', 'instance', 'absent']) : ''
    return random.chance(0.5)
      ? `${many} ${sign} on (${labels}) group_left (${include}) ${operand(one)}`
      : `${operand(one)} ${sign} on (${labels}) group_right (${include}) ${many}`
  }
  const labels = random.some(ownLabels, 0.4).join(', ')
  const matching = random.pick([`on (${labels})`, `ignoring (${labels})`, ''])
  return `${operand(vector(random, depth - 2))} ${sign} ${matching} ${operand(vector(random, depth - 2))}`
}

function operand(text: string): string {
  return /^[a-z_]+(?:\{[^}]*\})?$/.test(text) ? text : `(${text})`
}

function withScalar(random: Random, depth: number): string {
  const sides = [operand(vector(random, depth - 1)), operand(scalar(random, depth - 1))]
  const [left, right] = random.chance(0.6) ? sides : sides.toReversed()
  return `${left} ${operator(random)} ${right}`
}

function setOperation(random: Random, depth: number): string {
  const labels = random.some(ownLabels, 0.4).join(', ')
  const matching = random.pick([`on (${labels})`, `ignoring (${labels})`, '', ''])
  const sign = random.pick(['and', 'or', 'unless'])
  return `${operand(vector(random, depth - 1))} ${sign} ${matching} ${operand(vector(random, depth - 1))}`
}

const ofVector = [...functions]
  .filter(
    ([, { parameters, returns }]) =>
      returns === 'vector' && parameters[0] === 'vector' && parameters.length === 1,
  )
  .map(([name]) => name)

function simpleCall(random: Random, depth: number): string {
  const inner = () => vector(random, depth - 1)
  const number = () => random.pick(['0', '1', '-1', '0.5', '10', 'NaN', scalar(random, depth - 2)])
  return random.pick([
    () => `${random.pick(ofVector)}(${inner()})`,
    () => `${random.pick(ofVector)}(${inner()})`,
    () => `clamp(${inner()}, ${number()}, ${number()})`,
    () => `${random.pick(['clamp_min', 'clamp_max'])}(${inner()}, ${number()})`,
    () =>
      `round(${inner()}${random.chance(0.5) ? `, ${random.pick(['0.1', '10', '0.3', '0', '-5', number()])}` : ''})`,
    () => `vector(${scalar(random, depth - 1)})`,
    () => `timestamp(${selector(random)})`,
    () => `absent(${selector(random)})`,
    () =>
      `${random.pick(['hour', 'minute', 'month', 'day_of_week', 'year', 'days_in_month', 'day_of_year'])}(${inner()} * 86400)`,
  ])()
}

function histogram(random: Random, depth: number): string {
  const buckets = random.pick([
    'latency_bucket',
    `rate(latency_bucket[${span(random)}])`,
    `sum by (le) (rate(latency_bucket[${span(random)}]))`,
    `sum by (job, le) (latency_bucket)`,
    `increase(latency_bucket[5m])`,
    vector(random, depth - 2),
  ])
  if (random.chance(0.75)) return `histogram_quantile(${quantile(random)}, ${buckets})`
  const bound = () => random.pick(['0', '0.1', '0.3', '1', '-1', '100', '+Inf', '-Inf', 'NaN'])
  return `histogram_fraction(${bound()}, ${bound()}, ${buckets})`
}

function labelCall(random: Random, inner: () => string): string {
  const target = random.pick(['job', 'new', 'instance', '__name__', 'code'])
  if (random.chance(0.4))
    return `label_join(${inner()}, "${target}", "${random.pick(['-', '', '/'])}", ${random.pick(['"job"', '"job", "instance"', '"absent", "code"'])})`
  const pattern = random.pick(['(.*)', '(a)(.*)', '.*', '([0-9]+)', 'nothing', '(?P<first>.).*', ''])
  const replacement = random.pick(['$1', 'x$2', '', 'fixed', '${1}y', '$first', '$0'])
  return `label_replace(${inner()}, "${target}", "${replacement}", "${random.pick(['job', 'instance', 'absent', '__name__'])}", "${pattern}")`
}

function scalar(random: Random, depth: number): string {
  const literal = () => random.pick(['0', '1', '2', '0.5', '-3', '1e3', 'Inf', 'NaN', '100', '3m', '0x1F'])
  if (depth <= 0) return literal()
  return random.pick([
    literal,
    literal,
    () => 'time()',
    () => 'pi()',
    () => `scalar(${vector(random, depth - 1)})`,
    () => `(${scalar(random, depth - 1)} ${random.pick(arithmetic)} ${scalar(random, depth - 1)})`,
    () => `(${scalar(random, depth - 1)} ${random.pick(comparisons)} bool ${scalar(random, depth - 1)})`,
    () => `-(${scalar(random, depth - 1)})`,
  ])()
}
