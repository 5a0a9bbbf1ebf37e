/**
 * PromQL over metric definitions. Every selector is narrowed by the dashboard's job and instance unless told
 * otherwise; a metric or label that does not exist is a type error here and a generation error in a definition.
 */
import {
  havingLabelsOf,
  type LabelName,
  type Matchers,
  matches,
  type Queryable,
  selectorOf,
} from '../../contract/expr.ts'
import type { Query } from './model.ts'

export interface Scope<M extends Queryable> {
  where?: Matchers<M>
  by?: readonly (LabelName<M> | 'le')[]
  /** Which of the dashboard's variables narrow the series: both by default. */
  within?: 'instance' | 'job' | 'everything'
  /** The window, `$__rate_interval` by default. */
  over?: string
}

type Part = 'bucket' | 'count' | 'sum' | ''

/** The series of a metric, as they are. */
export function series<M extends Queryable>(metric: M, scope: Scope<M> = {}, part: Part = ''): string {
  const { job, instance } = scoped[scope.within ?? 'instance']
  return selectorOf(metric, { ...job, ...instance, ...scope.where } as Matchers<M>, part)
}

/** Events per second: of a counter, or of a histogram's observations. */
export function rate<M extends Queryable>(metric: M, scope: Scope<M> = {}): string {
  return aggregate('sum', ratePart(metric, scope, eventsOf(metric)), scope.by)
}

/** Events over the whole time range shown. */
export function total<M extends Queryable>(metric: M, scope: Scope<M> = {}): string {
  return aggregate(
    'sum',
    `increase(${series(metric, scope, eventsOf(metric))}[${scope.over ?? '$__range'}])`,
    scope.by,
  )
}

/** Seconds spent per second: of a histogram of durations. */
export function busy<M extends Queryable>(metric: M, scope: Scope<M> = {}): string {
  return aggregate('sum', ratePart(metric, scope, 'sum'), scope.by)
}

export function mean<M extends Queryable>(metric: M, scope: Scope<M> = {}): string {
  return ratio(busy(metric, scope), rate(metric, scope))
}

export function quantile<M extends Queryable>(of: number, metric: M, scope: Scope<M> = {}): string {
  return `histogram_quantile(${of}, ${buckets(metric, scope)})`
}

/** Observations per second by bucket. */
export function buckets<M extends Queryable>(metric: M, scope: Scope<M> = {}): string {
  return aggregate('sum', ratePart(metric, scope, 'bucket'), ['le', ...(scope.by ?? [])])
}

/** A gauge over all its series. */
export function value<M extends Queryable>(
  how: 'sum' | 'max' | 'min' | 'avg' | 'count',
  metric: M,
  scope: Scope<M> = {},
): string {
  return aggregate(how, series(metric, scope), scope.by)
}

/** The share of the events of `among` that are also `of`; 0 while none is, but nothing where no event has the labels of `of`. */
export function share<M extends Queryable>(
  metric: M,
  { of, among = {}, ...scope }: { of: Matchers<M>; among?: Matchers<M> } & Omit<Scope<M>, 'where'>,
): string {
  const all = rate(metric, { ...scope, where: among })
  const some = rate(metric, { ...scope, where: { ...among, ...of } })
  const having = havingLabelsOf(metric, of)
  const known =
    having === undefined ? all : rate(metric, { ...scope, where: { ...having, ...among } as Matchers<M> })
  return ratio(orZeroLike(some, known), all)
}

/** Nothing where there is nothing to divide by, so that an idle service shows no number instead of a wrong one. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`
}

/** 0 while a series does not exist yet: for counters whose first event creates them. */
export function orZero(expr: string): string {
  return `${expr} or vector(0)`
}

/** 0 for each series of `whole` that `part` lacks: for events that may not have happened to some of them. */
export function orZeroLike(part: string, whole: string): string {
  return `(${part} or 0 * ${whole})`
}

export function top(count: number, expr: string): string {
  return `topk(${count}, ${expr})`
}

export function promql(
  expr: string,
  legend?: string,
  options: Pick<Query, 'instant' | 'format' | 'exemplars'> = {},
): Query {
  return { language: 'promql', expr, ...(legend === undefined ? {} : { legend }), ...options }
}

/** The value at the end of the time range, one row per series. */
export function rows(expr: string): Query {
  return promql(expr, undefined, { instant: true, format: 'table' })
}

export function logql(expr: string, legend?: string): Query {
  return { language: 'logql', expr, ...(legend === undefined ? {} : { legend }) }
}

export function traceql(expr: string): Query {
  return { language: 'traceql', expr }
}

const job = { job: matches('$job') }
const instance = { instance: matches('$instance') }
const scoped = {
  instance: { job, instance },
  job: { job, instance: {} },
  everything: { job: {}, instance: {} },
}

function ratePart<M extends Queryable>(metric: M, scope: Scope<M>, part: Part): string {
  return `rate(${series(metric, scope, part)}[${scope.over ?? '$__rate_interval'}])`
}

function eventsOf(metric: Queryable): Part {
  return metric.kind === 'histogram' ? 'count' : ''
}

function aggregate(how: string, expr: string, by: readonly string[] = []): string {
  return by.length === 0 ? `${how}(${expr})` : `${how} by (${by.join(', ')}) (${expr})`
}
