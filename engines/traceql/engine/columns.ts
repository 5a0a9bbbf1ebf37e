/**
 * The attributes of one resource, scope, span, event or link that conditions ask for. All attributes of a type share a
 * column, so that a condition on `.a` also lets through a `.b` that is asked for with another value; a few names have a
 * column of their own. Both are as in Tempo's vParquet4 blocks with its default settings.
 */

import type { Int, Value } from '../language/value.ts'
import { nil, string } from '../language/value.ts'
import type { Condition, Pair } from '../storage.ts'
import type { Entry } from './candidate.ts'
import {
  asksAll,
  booleanPredicate,
  numberPredicate,
  type Predicate,
  passesMissing,
  stringPredicate,
} from './predicate.ts'

/** Adds what the conditions find; false when one finds nothing. */
export type Collect = (pairs: readonly Pair[], into: Entry[]) => boolean

type Level = 'span' | 'resource' | 'event' | 'link' | 'instrumentation'

const ownColumns: { [level in Level]?: { [name: string]: 'string' | 'int' } } = {
  span: {
    'http.method': 'string',
    'http.url': 'string',
    'http.status_code': 'int',
    'http.request.method': 'string',
    'url.path': 'string',
    'url.route': 'string',
    'server.address': 'string',
    'http.route': 'string',
  },
  resource: Object.fromEntries(
    [
      ...[
        'cluster',
        'namespace',
        'pod',
        'container',
        'k8s.cluster.name',
        'k8s.namespace.name',
        'k8s.pod.name',
      ],
      'k8s.container.name',
    ].map(name => [name, 'string' as const]),
  ),
}

const missing = string('nil')

export function compileAttributes(
  conditions: readonly Condition[],
  level: Level,
  mustMeetAll: boolean,
): Collect {
  const ofColumns: Collect[] = []
  const generic: Condition[] = []
  const own = new Map<string, Condition[]>()
  for (const condition of conditions) {
    const { name } = condition.attribute
    const type = ownColumns[level]?.[name]
    const operandType = condition.operand?.type.replace('[]', '')
    if (type !== undefined && (condition.operand === undefined || operandType === type))
      own.set(name, [...(own.get(name) ?? []), condition])
    else if (condition.op === 'missing') ofColumns.push(collectMissing(name, level))
    else generic.push(condition)
  }
  for (const [name, list] of own) ofColumns.push(...collectOwn(name, list, level))
  const shared = collectShared(generic, level, mustMeetAll)
  const collects = shared === undefined ? ofColumns : [shared, ...ofColumns]
  if (collects.length === 1) return collects[0]!
  return (pairs, into) => {
    let foundAll = true
    for (const collect of collects) if (!collect(pairs, into)) foundAll = false
    return foundAll
  }
}

function isInOwnColumn(level: Level, { key, value }: Pair): boolean {
  const type = ownColumns[level]?.[key]
  return type !== undefined && value.type === type
}

/** Tempo sees that a key is missing only among others: what has no attributes at all misses none. */
function collectMissing(name: string, level: Level): Collect {
  const entry = { key: `${level}.${name}`, name, value: missing }
  return (pairs, into) => {
    let hasOthers = false
    for (const pair of pairs) {
      if (isInOwnColumn(level, pair)) continue
      if (pair.key === name) return false
      hasOthers = true
    }
    if (hasOthers) into.push(entry)
    return hasOthers
  }
}

function collectOwn(name: string, conditions: Condition[], level: Level): Collect[] {
  const key = `${level}.${name}`
  const type = ownColumns[level]![name]!
  const inColumn = (pairs: readonly Pair[]) =>
    pairs.findLast(pair => pair.key === name && pair.value.type === type)
  const found = { key, name, value: missing }
  const absent = conditions.filter(({ op }) => op === 'missing')
  const present = conditions.filter(({ op }) => op !== 'missing')
  const collects: Collect[] = absent.map(() => (pairs, into) => {
    if (inColumn(pairs) !== undefined) return false
    into.push(found)
    return true
  })
  if (present.length === 0) return collects
  const isAsked = present.some(passesMissing)
  const predicates = present.filter(({ op }) => op !== 'none').map(condition => pairPredicate(condition))
  collects.push((pairs, into) => {
    const pair = inColumn(pairs)
    if (pair === undefined) {
      if (!isAsked) return false
      into.push(found)
      return true
    }
    if (!present.some(({ op }) => op === 'none') && !predicates.some(predicate => predicate(pair.value)))
      return false
    into.push({ key, name, value: pair.value })
    return true
  })
  return collects
}

function pairPredicate(condition: Condition): Predicate<Value> {
  if (asksAll(condition)) return () => true
  const isString = condition.operand?.type.startsWith('string')
  const predicate = (
    isString ? stringPredicate(condition) : numberPredicate(condition, 'a number')
  ) as Predicate<unknown>
  return value => predicate((value as { value: unknown }).value)
}

/** The predicates of one column; undefined where nothing asks for its type. */
interface Columns {
  string?: Predicate<string>[]
  int?: Predicate<Int>[]
  float?: Predicate<number>[]
  boolean?: Predicate<boolean>[]
}

function collectShared(
  conditions: readonly Condition[],
  level: Level,
  mustMeetAll: boolean,
): Collect | undefined {
  if (conditions.length === 0) return undefined
  const columns: Columns = {}
  for (const condition of conditions) addColumns(columns, condition)
  const count = Object.keys(columns).length
  if (count === 0) return () => false
  const names = new Set(conditions.map(({ attribute }) => attribute.name))
  const [only] = names
  const isOne = names.size === 1
  const dropsUnfit = mustMeetAll && count === 1 && !conditions.some(passesMissing)
  return (pairs, into) => {
    let isFound = false
    for (const pair of pairs) {
      if (isOne ? pair.key !== only : !names.has(pair.key)) continue
      if (isInOwnColumn(level, pair)) continue
      const value = passed(columns, pair.value)
      if (dropsUnfit && value.type === 'nil') continue
      into.push({ key: `${level}.${pair.key}`, name: pair.key, value })
      isFound = true
    }
    return isFound
  }
}

function addColumns(columns: Columns, condition: Condition): void {
  if (asksAll(condition)) {
    for (const column of ['string', 'int', 'float', 'boolean'] as const) {
      columns[column] ??= []
      columns[column].push(() => true)
    }
    return
  }
  switch (condition.operand?.type) {
    case 'string':
    case 'string[]':
      columns.string ??= []
      columns.string.push(stringPredicate(condition))
      return
    case 'int':
    case 'int[]':
      columns.int ??= []
      columns.int.push(numberPredicate(condition, 'a number'))
      return
    case 'float':
    case 'float[]':
      columns.float ??= []
      columns.float.push(numberPredicate(condition, 'a number'))
      return
    case 'boolean':
    case 'boolean[]':
      columns.boolean ??= []
      columns.boolean.push(booleanPredicate(condition))
  }
}

/** What passes of a value: of an array, the elements that do. */
function passed(columns: Columns, value: Value): Value {
  switch (value.type) {
    case 'string':
      return passes(columns.string, value.value) ? value : nil
    case 'int':
      return passes(columns.int, value.value) ? value : nil
    case 'float':
      return passes(columns.float, value.value) ? value : nil
    case 'boolean':
      return passes(columns.boolean, value.value) ? value : nil
    case 'string[]':
      return ofElements(
        value,
        value.value.filter(each => passes(columns.string, each)),
      )
    case 'int[]':
      return ofElements(
        value,
        value.value.filter(each => passes(columns.int, each)),
      )
    case 'float[]':
      return ofElements(
        value,
        value.value.filter(each => passes(columns.float, each)),
      )
    case 'boolean[]':
      return ofElements(
        value,
        value.value.filter(each => passes(columns.boolean, each)),
      )
    default:
      return nil
  }
}

function passes<T>(predicates: Predicate<T>[] | undefined, value: T): boolean {
  if (predicates === undefined) return false
  for (const predicate of predicates) if (predicate(value)) return true
  return false
}

/** One element is no array any more. */
function ofElements(array: Value, elements: readonly unknown[]): Value {
  if (elements.length === 0) return nil
  if (elements.length === 1) return { type: array.type.slice(0, -2), value: elements[0] } as Value
  return { type: array.type, value: elements } as Value
}
