/** Random queries over the metrics of the random data, whose parts have the types that their places ask for. */

import type { Random } from '../../random.ts'
import type { PromqlFunction, RandomArgument } from '../engine/functions/function.ts'
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

/** With `features`, also what Prometheus has only behind feature flags, such as `limitk` and `fill (0)`. */
export function randomQuery(random: Random, features = false): string {
  const chances = { ...random, hasFeatures: features }
  return random.chance(0.93) ? vector(chances, 4) : scalar(chances, 3)
}

type Chances = Random & { hasFeatures: boolean }

function vector(random: Chances, depth: number): string {
  if (depth <= 0) return selector(random)
  const inner = () => vector(random, depth - 1)
  const kinds: [number, () => string][] = [
    [3, () => selector(random)],
    ...(random.hasFeatures ? allCalls : stableCalls).map(([weight, names]): [number, () => string] => [
      weight,
      () => call(random, depth, names),
    ]),
    [6, () => aggregation(random, inner)],
    [4, () => vectorMath(random, depth)],
    [3, () => withScalar(random, depth)],
    [1, () => setOperation(random, depth)],
    [1, () => `${random.pick(['-', '+', '-'])}${random.chance(0.5) ? selector(random) : `(${inner()})`}`],
    [1, () => `(${inner()})`],
  ]
  return weighted(random, kinds)
}

function weighted(random: Chances, kinds: readonly [number, () => string][]): string {
  let place = random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, build] of kinds) {
    place -= weight
    if (place < 0) return build()
  }
  return kinds[0]![1]()
}

function selector(random: Chances, metric = random.pick(metrics)): string {
  const chosen = random.some(matchers, 0.03)
  const isNamed = random.chance(0.95)
  if (!isNamed) chosen.unshift(`__name__=~"${random.pick(['temp.*', 'load|limit', '.*_total'])}"`)
  return `${isNamed ? metric : ''}${chosen.length > 0 ? `{${chosen.join(',')}}` : ''}${shift(random)}`
}

function shift(random: Chances): string {
  if (random.chance(0.85)) return ''
  const at = random.chance(0.5)
    ? ` @ ${random.pick(['0', '100', '300.5', '600', '1000', '-10', 'start()', 'end()'])}`
    : ''
  const offset = random.chance(0.6)
    ? ` offset ${random.pick(['30s', '1m', '5m', '-1m', '-10s', '1ms', '1h'])}`
    : ''
  return at + offset
}

function span(random: Chances): string {
  if (random.hasFeatures && random.chance(0.05))
    return random.pick([
      '1m + 30s',
      'step() + 1m',
      'max_of(range(), 2m)',
      '5m * 2 - 90s',
      '(2m)',
      'min_of(1h, 7m)',
    ])
  return random.pick(['45s', '1m', '2m', '2m', '5m', '5m', '10m', '1m30s', '7s', '30m'])
}

function matrix(random: Chances, depth: number, metric?: string): string {
  if (depth <= 1 || random.chance(0.75)) {
    const text = selector(random, metric)
    const [, series = text, moved = ''] = /^(.*?)((?: @ \S+)?(?: offset \S+)?)$/.exec(text) ?? []
    const edges = random.hasFeatures && random.chance(0.1) ? random.pick([' anchored', ' smoothed']) : ''
    return `${series}[${span(random)}]${edges}${moved}`
  }
  const inner = vector(random, depth - 2)
  const step = random.pick(['', '10s', '15s', '1m', '7s'])
  return `(${inner})[${random.pick(['1m', '2m', '5m', '90s'])}:${step}]${shift(random)}`
}

/** The functions of each kind, with how often one of them is chosen relative to the other expressions in `vector`. */
function callsOf(features: boolean): [number, string[]][] {
  const names = (isKind: (one: PromqlFunction) => boolean) =>
    [...functions]
      .filter(([, one]) => one.returns === 'vector' && (features || !one.isExperimental) && isKind(one))
      .map(([name]) => name)
  const takesRange = ({ parameters }: PromqlFunction) => parameters.includes('matrix')
  const takes = (kind: RandomArgument) => (one: PromqlFunction) => one.random.includes(kind)
  return [
    [2.4, names(takes('range of a counter'))],
    [3.6, names(takesRange)],
    [2, names(takes('buckets'))],
    [4, names(one => !takesRange(one) && !takes('buckets')(one))],
  ]
}

const stableCalls = callsOf(false)
const allCalls = callsOf(true)

function call(random: Chances, depth: number, names: readonly string[]): string {
  const name = random.pick(names)
  const { random: kinds, optional } = functions.get(name)!
  const skipped = typeof optional === 'number' && random.chance(0.5) ? optional : 0
  const args = kinds.slice(0, kinds.length - skipped).map(kind => argument(random, depth, kind))
  return `${name}(${args.join(', ')})`
}

function argument(random: Chances, depth: number, kind: RandomArgument): string {
  switch (kind) {
    case 'vector':
      return vector(random, depth - 1)
    case 'selector':
      return selector(random)
    case 'scalar':
      return scalar(random, depth - 1)
    case 'range':
      return matrix(random, depth)
    case 'range of a counter':
      return matrix(random, depth, random.chance(0.7) ? 'requests_total' : undefined)
    case 'quantile':
      return quantile(random)
    case 'buckets':
      return bucketsOf(random, depth)
    default:
      return random.pick(kind)
  }
}

function quantile(random: Chances): string {
  return random.pick(['0', '0.5', '0.9', '0.99', '1', '0.25', '-1', '2', 'NaN', scalar(random, 1)])
}

function aggregation(random: Chances, inner: () => string): string {
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
    ...(random.hasFeatures ? ['limitk', 'limit_ratio'] : []),
  ])
  const labels = random.some(ownLabels, 0.35).join(', ')
  const grouping = random.pick([`by (${labels})`, `by (${labels})`, `without (${labels})`, ''])
  const parameter =
    name === 'topk' || name === 'bottomk' || name === 'limitk'
      ? `${random.pick(['1', '2', '3', '5', '0', '-1', '1.9'])}, `
      : name === 'limit_ratio'
        ? `${random.pick(['0.5', '-0.5', '0', '1', '0.1', '2'])}, `
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

function operator(random: Chances): string {
  if (random.chance(0.65)) return random.pick(arithmetic)
  return `${random.pick(comparisons)}${random.chance(0.4) ? ' bool' : ''}`
}

function vectorMath(random: Chances, depth: number): string {
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
  const fill =
    random.hasFeatures && random.chance(0.2)
      ? random.pick(['fill (0)', 'fill_left (1)', 'fill_right (-1)'])
      : ''
  const matching = `${random.pick([`on (${labels})`, `ignoring (${labels})`, ''])} ${fill}`
  return `${operand(vector(random, depth - 2))} ${sign} ${matching} ${operand(vector(random, depth - 2))}`
}

function operand(text: string): string {
  return /^[a-z_]+(?:\{[^}]*\})?$/.test(text) ? text : `(${text})`
}

function withScalar(random: Chances, depth: number): string {
  const sides = [operand(vector(random, depth - 1)), operand(scalar(random, depth - 1))]
  const [left, right] = random.chance(0.6) ? sides : sides.toReversed()
  return `${left} ${operator(random)} ${right}`
}

function setOperation(random: Chances, depth: number): string {
  const labels = random.some(ownLabels, 0.4).join(', ')
  const matching = random.pick([`on (${labels})`, `ignoring (${labels})`, '', ''])
  const sign = random.pick(['and', 'or', 'unless'])
  return `${operand(vector(random, depth - 1))} ${sign} ${matching} ${operand(vector(random, depth - 1))}`
}

function bucketsOf(random: Chances, depth: number): string {
  return random.pick([
    'latency_bucket',
    `rate(latency_bucket[${span(random)}])`,
    `sum by (le) (rate(latency_bucket[${span(random)}]))`,
    `sum by (job, le) (latency_bucket)`,
    `increase(latency_bucket[5m])`,
    vector(random, depth - 2),
  ])
}

function scalar(random: Chances, depth: number): string {
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
