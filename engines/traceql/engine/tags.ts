/** Which attributes spans have, and which values an attribute has; for what an editor suggests. */

import { type Limits, newBudget } from '../../budget.ts'
import type { Attribute, FieldExpression } from '../language/ast.ts'
import { intrinsic, intrinsics } from '../language/intrinsics.ts'
import { parse } from '../language/parse.ts'
import { Refusal } from '../language/refusal.ts'
import { valueText } from '../language/tempo-text.ts'
import { isArray, type Value } from '../language/value.ts'
import type { Condition, Pair, TraceStorage } from '../storage.ts'
import type { Candidate } from './candidate.ts'
import type { Request } from './conditions.ts'
import { compileField, reader } from './expression.ts'
import { compileFetch } from './fetch.ts'
import { elementsOf } from './operate.ts'

interface TagOptions {
  start?: bigint | undefined
  end?: bigint | undefined
  /** A filter such as `{ resource.service.name = "shop" }`; what of it cannot be read is left out. */
  query?: string | undefined
  /** Values or names at most (default 10,000). */
  limit?: number
  limits?: Partial<Limits>
  isCancelled?: () => boolean
}

export const tagScopes = ['resource', 'span', 'event', 'link', 'instrumentation'] as const
type TagScope = (typeof tagScopes)[number]

interface TagValue {
  type: 'string' | 'int' | 'float' | 'bool' | 'duration' | 'keyword'
  value: string
}

/** Names of attributes by scope, sorted. */
export function tagNames(storage: TraceStorage, options: TagOptions = {}): { [scope in TagScope]: string[] } {
  const names = Object.fromEntries(tagScopes.map(scope => [scope, new Set<string>()])) as {
    [scope in TagScope]: Set<string>
  }
  let left = options.limit ?? 10_000
  const add = (scope: TagScope, pairs: readonly Pair[]) => {
    for (const { key } of pairs) {
      if (left <= 0 || names[scope].has(key)) continue
      names[scope].add(key)
      left--
    }
  }
  for (const { span } of selected(storage, options, [])) {
    if (span.resource.service !== '') names.resource.add('service.name')
    add('resource', span.resource.attributes)
    add('span', span.attributes)
    add('instrumentation', span.scope.attributes)
    for (const { attributes } of span.events) add('event', attributes)
    for (const { attributes } of span.links) add('link', attributes)
  }
  return Object.fromEntries(tagScopes.map(scope => [scope, [...names[scope]].sort()])) as {
    [scope in TagScope]: string[]
  }
}

export const intrinsicTags = Object.keys(intrinsics).flatMap(name => {
  const { spellings } = intrinsics[name]!
  return name === 'parent' || name.startsWith('nestedSet') ? [] : spellings
})

/** The values an attribute has, such as `span.http.route`, `.env` or `status`. */
export function tagValues(storage: TraceStorage, attribute: Attribute, options: TagOptions = {}): TagValue[] {
  const limit = options.limit ?? 10_000
  const values = new Map<string, TagValue>()
  const read = reader(attribute)
  const scopes: Attribute[] =
    attribute.scope === 'none' && !attribute.isIntrinsic
      ? [
          { ...attribute, scope: 'span' },
          { ...attribute, scope: 'resource' },
        ]
      : [attribute]
  const reads = scopes.length > 1 ? scopes.map(reader) : [read]
  for (const candidate of selected(storage, options, scopes)) {
    for (const readOne of reads)
      for (const value of elementsOf(readOne(candidate) ?? { type: 'nil' })) {
        const told = tagValue(value)
        if (told !== undefined) values.set(`${told.type} ${told.value}`, told)
      }
    if (values.size >= limit) break
  }
  return [...values.values()].slice(0, limit).sort((one, other) => (one.value < other.value ? -1 : 1))
}

function tagValue(value: Value): TagValue | undefined {
  if (value.type === 'nil' || isArray(value.type)) return undefined
  const type =
    value.type === 'boolean'
      ? 'bool'
      : value.type === 'status' || value.type === 'kind'
        ? 'keyword'
        : value.type
  return { type: type as TagValue['type'], value: valueText(value) }
}

/** The spans that satisfy the filter, with what is asked of them. */
function* selected(storage: TraceStorage, options: TagOptions, wanted: Attribute[]): Generator<Candidate> {
  const budget = newBudget(options.limits ?? {}, options.isCancelled)
  const conditions = filterOf(options.query)
  const later: Condition[] = wanted.map(attribute => ({ attribute, op: 'exists' }))
  const request: Request = {
    mustMeetAll: conditions.length > 0,
    conditions:
      conditions.length > 0
        ? conditions.map(({ condition }) => condition)
        : [{ attribute: intrinsic('spanStartTime'), op: 'none' }],
    later: [],
  }
  const fetch = compileFetch(request)
  const fetchLater =
    later.length > 0 ? compileFetch({ mustMeetAll: false, conditions: later, later: [] }) : undefined
  const holds = conditions.map(({ field }) => compileField(field))
  const { start, end } = options
  const needs = conditions.map(({ condition }) => [condition])
  for (const trace of storage.traces({ start, end, needs })) {
    budget.spend(trace.spans.length)
    for (const candidate of fetch.candidates(trace)) {
      const isSelected = holds.every(evaluate => {
        const value = evaluate(candidate)
        return value.type === 'boolean' && value.value
      })
      if (!isSelected) continue
      fetchLater?.addTo(candidate)
      yield candidate
    }
  }
}

/** The comparisons joined by && of the first filter; while somebody still types, the rest is no query yet. */
function filterOf(query: string | undefined): { field: FieldExpression; condition: Condition }[] {
  if (query === undefined || query.trim() === '') return []
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(query)
  } catch (error) {
    if (error instanceof Refusal) return []
    throw error
  }
  const [first] = parsed.kind === 'search' ? parsed.pipeline.elements : []
  if (first?.kind !== 'filter' || first.condition === undefined) return []
  return comparisonsOf(first.condition)
}

function comparisonsOf(field: FieldExpression): { field: FieldExpression; condition: Condition }[] {
  if (field.kind !== 'binary') return []
  if (field.op === '&&') return [...comparisonsOf(field.left), ...comparisonsOf(field.right)]
  if (field.left.kind !== 'attribute' || field.right.kind !== 'static' || field.op === '||') return []
  return [{ field, condition: { attribute: field.left, op: field.op, operand: field.right.value } }]
}
