/** How a metric is written down, and the words and buckets that several definitions share. */

type Purpose = 'red' | 'use' | 'business' | 'telemetry' | 'info'
export type Kind = 'counter' | 'gauge' | 'histogram'
export type LabelSpec = { readonly [label: string]: readonly string[] | string }

export interface Metric<K extends Kind = Kind, N extends string = string, L extends LabelSpec = LabelSpec> {
  kind: K
  name: N
  unit: 'seconds' | 'bytes' | 'ratio' | 'info' | 'count'
  purpose: Purpose
  help: string
  /** Each label with its closed set of values, or with a sentence that says what bounds it. */
  labels: L
  /** Histograms only; every threshold of an objective or a budget must be one of them. */
  buckets?: readonly number[]
  /** Histograms only: samples carry `trace_id` exemplars. */
  exemplars?: boolean
}

/** The labels of a metric as the kit and the queries accept them: closed sets stay closed. */
export type Labels<M extends Metric> = {
  [L in keyof M['labels'] & string]: M['labels'][L] extends readonly (infer V extends string)[] ? V : string
}

/** Unknown methods collapse to `_OTHER`, as the semantic conventions ask. */
export const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] as const
export const route = 'route templates of the code; unknown paths collapse to "unmatched"'
export const statusCode = 'HTTP status codes the service answers'
export const errorType = 'empty without an error, else one of the names the code lists'
export const queueName = 'queues named in the code'

/** Contains the thresholds of the latency objectives and budgets. */
export const latencyBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10,
] as const

export function defineCounter<const N extends string, const L extends LabelSpec = Record<never, never>>(
  name: N,
  purpose: Purpose,
  help: string,
  labels?: L,
): Metric<'counter', N, L> {
  return checked({ kind: 'counter', name, unit: unitOf(name), purpose, help, labels: labels ?? ({} as L) })
}

export function defineGauge<const N extends string, const L extends LabelSpec = Record<never, never>>(
  name: N,
  purpose: Purpose,
  help: string,
  labels?: L,
): Metric<'gauge', N, L> {
  return checked({ kind: 'gauge', name, unit: unitOf(name), purpose, help, labels: labels ?? ({} as L) })
}

export function defineHistogram<const N extends string, const L extends LabelSpec>(
  name: N,
  purpose: Purpose,
  help: string,
  labels: L,
  options: { buckets: readonly number[]; exemplars?: boolean },
): Metric<'histogram', N, L> {
  return checked({ kind: 'histogram', name, unit: unitOf(name), purpose, help, labels, ...options })
}

/** The unit stands in the name, as Prometheus asks, and only there. */
function unitOf(name: string): Metric['unit'] {
  const unit = /_(seconds|bytes|ratio|info)(?:_total)?$/.exec(name)?.[1]
  return (unit as Metric['unit'] | undefined) ?? 'count'
}

function checked<M extends Metric>(metric: M): M {
  const problem = problemOf(metric)
  if (problem !== undefined)
    throw new Error(`Cannot define ${metric.name || 'a metric'}: expected ${problem}`)
  return metric
}

/** What Prometheus, or a reader of its data, would stumble over. */
function problemOf({ kind, name, help, labels, buckets }: Metric): string | undefined {
  if (!/^[a-z_][a-z\d_]*$/i.test(name)) return `a name of letters, digits and _, got "${name}"`
  if ((kind === 'counter') !== name.endsWith('_total'))
    return kind === 'counter' ? 'a counter to end with _total' : `_total on counters only, got a ${kind}`
  if (kind === 'histogram' && /_(bucket|sum|count)$/.test(name))
    return 'a name that does not end as the series of a histogram do'
  if (help.trim() === '') return 'a sentence that says what it is, got none'
  for (const [label, values] of Object.entries(labels)) {
    if (!/^(?!__)[a-z_][a-z\d_]*$/i.test(label) || label === 'le' || label === 'quantile')
      return `names of labels of letters, digits and _, without le and quantile, got "${label}"`
    if (values.length === 0)
      return `${label} to have values, or a sentence that says what bounds it, got none`
    if (typeof values !== 'string' && new Set(values).size < values.length)
      return `each value of ${label} once, got ${values.join(', ')}`
  }
  if (kind !== 'histogram') return undefined
  const bounds = buckets ?? []
  const isRising = bounds.every(
    (bound, place) => Number.isFinite(bound) && bound > (bounds[place - 1] ?? -Infinity),
  )
  return bounds.length > 0 && isRising ? undefined : `buckets that rise, got "${bounds.join(', ')}"`
}

/** Two files of a process may both have a metric only where it is the same one. */
export function checkSameDefinition(first: Metric, second: Metric): void {
  const [expected, got] = [shapeOf(first), shapeOf(second)]
  if (expected !== got)
    throw new Error(`Cannot define ${first.name} twice: expected ${expected} as before, got ${got}`)
}

/** `counter {outcome: placed|failed, shop}` */
function shapeOf({ kind, labels, buckets, exemplars }: Metric): string {
  const names = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, values]) =>
      typeof values === 'string' ? label : `${label}: ${values.toSorted().join('|')}`,
    )
  const shape = `${kind} {${names.join(', ')}}`
  if (kind !== 'histogram') return shape
  return `${shape} with buckets ${buckets?.join(' ')}${exemplars ? ' and exemplars' : ''}`
}
