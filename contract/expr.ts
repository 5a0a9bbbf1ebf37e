/**
 * Writes PromQL from typed metric definitions, so that a renamed metric or label is a type error and not an empty
 * panel. Knows nothing of any particular metric.
 */

export interface Queryable {
  name: string
  kind: 'counter' | 'gauge' | 'histogram'
  /** The values of each label, or a sentence about them; it begins with "empty" where a series may lack the label. */
  labels: { readonly [label: string]: readonly string[] | string }
  buckets?: readonly number[] | undefined
}

/** Labels of a metric, those Prometheus adds at the scrape included. */
export type LabelName<M extends Queryable> = (keyof M['labels'] & string) | 'job' | 'instance'

export interface Matcher {
  operator: '=' | '!=' | '=~' | '!~'
  value: string
}

export type Matchers<M extends Queryable> = { readonly [L in LabelName<M>]?: string | Matcher }

export const not = (value: string): Matcher => ({ operator: '!=', value })
export const matches = (value: string): Matcher => ({ operator: '=~', value })
export const matchesNot = (value: string): Matcher => ({ operator: '!~', value })

/** `name{label="value"}`; `part` picks a series of a histogram. */
export function select<M extends Queryable>(
  metric: M,
  where: Matchers<M> = {},
  part: 'bucket' | 'count' | 'sum' | '' = '',
): string {
  if (part !== '' && metric.kind !== 'histogram')
    throw new Error(`Cannot select ${metric.name}_${part}: expected a histogram, got a ${metric.kind}`)
  const unknown = Object.keys(where).find(label => !hasLabel(metric, label))
  if (unknown !== undefined)
    throw new Error(
      `Cannot select ${metric.name} by "${unknown}": expected one of ${[...Object.keys(metric.labels), 'job', 'instance'].join(', ')}`,
    )
  return selectorOf(metric, where, part)
}

/** The selector as told, without a check: for definitions that are checked as a whole, so that all faults show at once. */
export function selectorOf<M extends Queryable>(
  metric: M,
  where: Matchers<M> = {},
  part: 'bucket' | 'count' | 'sum' | '' = '',
): string {
  const name = part === '' ? metric.name : `${metric.name}_${part}`
  const matchers = Object.entries<string | Matcher | undefined>(where).flatMap(([label, condition]) =>
    condition === undefined ? [] : [matcher(label, condition)],
  )
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`
}

/**
 * Matches the series that have the labels by which `where` picks. Without such a series a pick that finds nothing says
 * nothing: the label may have another name. Undefined where the labels may be missing, as `error_type` on a success.
 */
export function havingLabelsOf<M extends Queryable>(metric: M, where: Matchers<M>): Matchers<M> | undefined {
  const always = Object.entries<string | Matcher | undefined>(where).filter(([label, condition]) => {
    const values = metric.labels[label]
    const mayBeMissing = typeof values === 'string' && values.startsWith('empty')
    const isPresence = typeof condition === 'object' && condition.operator === '!=' && condition.value === ''
    return !mayBeMissing && !isPresence
  })
  if (always.length === 0) return undefined
  return Object.fromEntries(always.map(([label]) => [label, not('')])) as Matchers<M>
}

/** A bucket's selector by its bound; Prometheus 2 writes `le="1"`, Prometheus 3 `le="1.0"`: both are matched. */
export function selectBucket<M extends Queryable>(metric: M, bound: number, where: Matchers<M> = {}): string {
  if (!metric.buckets?.includes(bound))
    throw new Error(
      `Cannot select a bucket of ${metric.name}: expected a bound of ${metric.buckets?.join(', ') ?? 'a histogram'}, got ${bound}`,
    )
  const le = Number.isInteger(bound) ? matches(`${bound}(\\.0)?`) : bound.toString()
  return select(
    { ...metric, labels: { ...metric.labels, le: 'bounds' } },
    { ...where, le } as Matchers<M>,
    'bucket',
  )
}

/** A label value inside double quotes. */
export function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

function matcher(label: string, condition: string | Matcher): string {
  const { operator, value } = typeof condition === 'string' ? { operator: '=', value: condition } : condition
  return `${label}${operator}${quote(value)}`
}

function hasLabel(metric: Queryable, label: string): boolean {
  return label in metric.labels || label === 'job' || label === 'instance'
}
