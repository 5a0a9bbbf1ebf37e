/** Words and numbers that are values. */

import { intrinsicNames } from './intrinsics.ts'
import type { Token } from './tokens.ts'
import { duration, exact, float, int, isFalse, isTrue, kinds, statuses, string, type Value } from './value.ts'

const values: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', isTrue],
  ['false', isFalse],
  ['minInt', int(-(2n ** 63n))],
  ['maxInt', int(2n ** 63n - 1n)],
  ...statuses.map((name, value): [string, Value] => [name, { type: 'status', value }]),
  ...kinds.map((name, value): [string, Value] => [name, { type: 'kind', value }]),
])

export function literalOf(token: Token): Value | undefined {
  if (token.kind === 'string') return string(token.text)
  if (token.kind === 'word') return values.get(token.text)
  return token.kind === 'int' || token.kind === 'float' || token.kind === 'duration'
    ? numberOf(token)
    : undefined
}

export function numberOf(token: Token & { kind: 'int' | 'float' | 'duration' }): Value {
  if (token.kind === 'float') return float(token.value)
  return token.kind === 'int' ? int(token.value) : duration(token.value)
}

export function negative(value: Value): Value {
  if (value.type === 'float') return float(-value.value)
  const number = (value as { value: number | bigint }).value
  return { type: value.type as 'int', value: exact(typeof number === 'bigint' ? -number : 0 - number) }
}

export const comparisons: readonly string[] = ['=', '!=', '<', '<=', '>', '>=']

/** How tightly operators bind; `^` alone groups to the right. */
export const strengths: { [operator: string]: number } = {
  '&&': 1,
  '||': 1,
  ...Object.fromEntries([...comparisons, '=~', '!~'].map(each => [each, 2])),
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
}

export const aggregates: readonly string[] = ['count', 'min', 'max', 'avg', 'sum']
export const metricsFunctions: readonly string[] = [
  ...['rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time'],
  ...['quantile_over_time', 'histogram_over_time', 'compare'],
]

const reserved = new Set([
  ...[...values.keys()].filter(name => !/Int$/.test(name)),
  ...intrinsicNames.keys(),
  ...['nil', 'by', 'coalesce', 'select', 'with', 'topk', 'bottomk', 'id', 'traceID', 'spanID', 'parentID'],
  ...['rootService', 'childCount', 'timeSinceStart', 'version'],
  ...aggregates,
  ...metricsFunctions,
])

/** A word of the language cannot name a hint. */
export function isReserved(name: string): boolean {
  return reserved.has(name) || name.endsWith(':')
}
