/**
 * The spans of a trace that the storage hands to a query, each with what the query's conditions let it see. This follows
 * Tempo's storage where that shows in answers; what the query itself says is decided in evaluate.ts.
 */

import { intrinsics } from '../language/intrinsics.ts'
import { duration, type Int, int, string, type Value } from '../language/value.ts'
import type { Condition, Event, Link, Span, Trace } from '../storage.ts'
import { type Collect, compileAttributes, type Entry } from './columns.ts'
import { merged, type Request } from './conditions.ts'
import {
  asksAll,
  durationPredicate,
  idPredicate,
  type Predicate,
  stringPredicate,
  wholePredicate,
} from './predicate.ts'

/** A span as a query sees it. */
export interface Candidate {
  span: Span
  trace: Trace
  /** The place in the tree, as far as it was asked for; otherwise 0. */
  left: number
  right: number
  parent: number
  ofSpan: Entry[]
  ofResource: Entry[]
  ofTrace: readonly Entry[]
  ofEvents: Entry[]
  ofLinks: Entry[]
  ofScope: Entry[]
}

interface Fetch {
  candidates(trace: Trace): Candidate[]
  /** Adds what these conditions let the query see to what it saw before. */
  addTo(candidate: Candidate): void
}

type Level = 'span' | 'resource' | 'event' | 'link' | 'instrumentation' | 'trace'

/** How an intrinsic is read; `unset` is seen where there is no event or link. */
interface Column {
  name: string
  /** Undefined where the conditions do not let it through. */
  read(candidate: Candidate): Value | undefined
}

export function compileFetch(request: Request): Fetch {
  const conditions = merged(request)
  const byLevel = { span: [], resource: [], event: [], link: [], instrumentation: [], trace: [] } as {
    [level in Level]: Condition[]
  }
  let isMixed = false
  for (const condition of conditions) {
    const { isIntrinsic, scope, name } = condition.attribute
    if (isIntrinsic) byLevel[condition.op === 'structure' ? 'span' : intrinsics[name]!.of].push(condition)
    else if (scope !== 'none') byLevel[scope].push(condition)
    else {
      isMixed = true
      byLevel.span.push(condition)
      byLevel.resource.push(condition)
    }
  }
  const needsAll = request.mustMeetAll && !isMixed
  const least = (level: Level) =>
    needsAll ? new Set(byLevel[level].map(({ attribute }) => attribute.name)).size : 0
  const needsOne = conditions.length > 0 && byLevel.trace.length === 0
  const spanLevel = compileSpan(byLevel.span, needsAll)
  const traceColumns = byLevel.trace.map(traceColumn)
  const events = compileItems<Event>(byLevel.event, 'event', needsAll, eventColumn)
  const links = compileItems<Link>(byLevel.link, 'link', needsAll, linkColumn)
  const collectResource = compileResource(byLevel.resource, needsAll)
  const collectScope = compileScope(byLevel.instrumentation, needsAll)

  /** Of a resource or a scope of one trace, which spans share. */
  function onceEach<T>(collect: (from: T, into: Entry[]) => boolean, leastCount: number) {
    let last: T | undefined
    let entries: Entry[] | undefined
    return (from: T): Entry[] | undefined => {
      if (from === last) return entries
      last = from
      const found: Entry[] = []
      const isMet = collect(from, found)
      entries = needsAll && (!isMet || found.length < leastCount) ? undefined : found
      return entries
    }
  }

  return {
    candidates(trace) {
      const candidates: Candidate[] = []
      const ofTrace: Entry[] = []
      for (const { entry, passes } of traceColumns) {
        if (passes(trace)) ofTrace.push(entry(trace))
        else if (needsAll) return candidates
      }
      const resourceOf = onceEach(collectResource, least('resource'))
      const scopeOf = onceEach(collectScope, least('instrumentation'))
      for (const span of trace.spans) {
        const ofResource = resourceOf(span.resource)
        const ofScope = ofResource && scopeOf(span.scope)
        if (ofResource === undefined || ofScope === undefined) continue
        const candidate: Candidate = {
          ...{ span, trace, left: 0, right: 0, parent: 0, ofTrace, ofScope, ofResource },
          ...{ ofSpan: [], ofEvents: [], ofLinks: [] },
        }
        if (!spanLevel.collect(candidate) && needsAll) continue
        if (!events(span.events, candidate.ofEvents, least('event')) && needsAll) continue
        if (!links(span.links, candidate.ofLinks, least('link')) && needsAll) continue
        const own = spanLevel.count(candidate)
        if (needsAll && own < least('span')) continue
        if (needsOne && own + count(ofResource) + count(ofScope) === 0) continue
        candidates.push(candidate)
      }
      return candidates
    },
    addTo(candidate) {
      const { span, trace } = candidate
      // These are shared with other spans of the trace.
      const [ofTrace, ofResource, ofScope] = [
        [...candidate.ofTrace],
        [...candidate.ofResource],
        [...candidate.ofScope],
      ]
      for (const { entry, passes } of traceColumns) if (passes(trace)) ofTrace.push(entry(trace))
      collectResource(span.resource, ofResource)
      collectScope(span.scope, ofScope)
      Object.assign(candidate, { ofTrace, ofResource, ofScope })
      spanLevel.collect(candidate)
      events(span.events, candidate.ofEvents, 0)
      links(span.links, candidate.ofLinks, 0)
    },
  }
}

function compileSpan(conditions: readonly Condition[], needsAll: boolean) {
  const columns = grouped(conditions).flatMap(spanColumn)
  const structures = new Set(
    conditions.filter(({ op }) => op === 'structure').map(({ attribute }) => attribute.name),
  )
  const asked = (name: string) =>
    conditions.some(({ attribute }) => attribute.isIntrinsic && attribute.name === name)
  const seesLeft = structures.has('structure:child') || structures.has('structure:descendant')
  const seesRight = structures.has('structure:descendant')
  const seesParent = structures.has('structure:child') || structures.has('structure:sibling')
  const plain = conditions.filter(({ attribute }) => !attribute.isIntrinsic)
  const collectAttributes: Collect =
    plain.length === 0 ? () => true : compileAttributes(plain, 'span', needsAll)
  const readsStart = asked('spanStartTime')
  return {
    collect(candidate: Candidate): boolean {
      const { span, ofSpan } = candidate
      if (seesLeft) candidate.left = span.left
      if (seesRight) candidate.right = span.right
      if (seesParent) candidate.parent = span.parent
      let foundAll = true
      for (const { name, read } of columns) {
        const value = read(candidate)
        if (value !== undefined) ofSpan.push({ key: `:${name}`, name, value })
        else if (needsAll) return false
        else foundAll = false
      }
      return collectAttributes(span.attributes, ofSpan) && foundAll
    },
    /** What counts as found: a nil does not, the start and the place in the tree do. */
    count({ ofSpan, ofEvents, ofLinks, left, right, parent, span }: Candidate): number {
      const extra =
        (readsStart && span.start !== 0n ? 1 : 0) + (left > 0 || right > 0 || parent !== 0 ? 1 : 0)
      const id = ofSpan.some(({ key }) => key === ':span:id') ? 1 : 0
      return count(ofSpan) + count(ofEvents) + count(ofLinks) + extra + id
    },
  }
}

function count(entries: readonly Entry[]): number {
  let found = 0
  for (const { value } of entries) if (value.type !== 'nil') found++
  return found
}

/** Conditions on one intrinsic share its column: what one of them lets through, the query sees. */
function grouped(conditions: readonly Condition[]): Condition[][] {
  const groups = new Map<string, Condition[]>()
  for (const condition of conditions) {
    const { isIntrinsic, name } = condition.attribute
    if (!isIntrinsic || condition.op === 'structure' || name === 'spanStartTime') continue
    groups.set(name, [...(groups.get(name) ?? []), condition])
  }
  return [...groups.values()]
}

function anyOf<T>(
  conditions: readonly Condition[],
  predicate: (condition: Condition) => Predicate<T>,
): Predicate<T> {
  // What does not fit throws, even beside a condition that lets everything through.
  const predicates = conditions.map(condition => (asksAll(condition) ? () => true : predicate(condition)))
  return predicates.length === 1 ? predicates[0]! : value => predicates.some(each => each(value))
}

function spanColumn(conditions: Condition[]): Column[] {
  const { name } = conditions[0]!.attribute
  const texts = (read: (span: Span) => string): Column[] => {
    const passes = anyOf(conditions, stringPredicate)
    return [
      {
        name,
        read({ span }) {
          const text = read(span)
          return passes(text) ? string(text) : undefined
        },
      },
    ]
  }
  const ids = (read: (span: Span) => string): Column[] => {
    const passes = anyOf(conditions, condition => idPredicate(condition, 16))
    return [
      { name, read: ({ span }) => (passes(read(span)) ? string(read(span).padStart(16, '0')) : undefined) },
    ]
  }
  const whole = (
    read: (span: Span) => Int,
    value: (of: Int) => Value,
    see?: (candidate: Candidate) => void,
  ): Column[] => {
    const passes = anyOf(conditions, condition => wholePredicate(condition, name))
    return [
      {
        name,
        read(candidate) {
          const number = read(candidate.span)
          if (!passes(number)) return undefined
          see?.(candidate)
          return value(number)
        },
      },
    ]
  }
  switch (name) {
    case 'name':
      return texts(span => span.name)
    case 'statusMessage':
      return texts(span => span.statusMessage)
    case 'span:id':
      return ids(span => span.id)
    case 'span:parentID':
      return ids(span => span.parentId)
    case 'duration': {
      const passes = anyOf(conditions, durationPredicate)
      return [{ name, read: ({ span }) => (passes(span.duration) ? duration(span.duration) : undefined) }]
    }
    case 'status':
      return whole(
        span => span.status,
        value => ({ type: 'status', value: Number(value) }),
      )
    case 'kind':
      return whole(
        span => span.kind,
        value => ({ type: 'kind', value: Number(value) }),
      )
    case 'span:childCount':
      return whole(span => span.childCount, int)
    case 'nestedSetLeft':
      return whole(
        span => span.left,
        int,
        seen => {
          seen.left = seen.span.left
        },
      )
    case 'nestedSetRight':
      return whole(
        span => span.right,
        int,
        seen => {
          seen.right = seen.span.right
        },
      )
    case 'nestedSetParent':
      return whole(
        span => span.parent,
        int,
        seen => {
          seen.parent = seen.span.parent
        },
      )
    default:
      return []
  }
}

function traceColumn(condition: Condition): { passes: Predicate<Trace>; entry: (trace: Trace) => Entry } {
  const { name } = condition.attribute
  const key = `:${name}`
  const everything = asksAll(condition)
  if (name === 'traceDuration') {
    const passes = everything ? () => true : durationPredicate(condition)
    return {
      passes: trace => passes(trace.duration),
      entry: trace => ({ key, name, value: duration(trace.duration) }),
    }
  }
  const read =
    name === 'trace:id'
      ? (trace: Trace) => trace.id
      : name === 'rootName'
        ? (trace: Trace) => trace.rootName
        : (trace: Trace) => trace.rootService
  const passes = everything
    ? () => true
    : name === 'trace:id'
      ? idPredicate(condition, 32)
      : stringPredicate(condition)
  const shown = (trace: Trace) => (name === 'trace:id' ? read(trace).replace(/^0+/, '') : read(trace))
  return {
    passes: trace => passes(read(trace)),
    entry: trace => ({ key, name, value: string(shown(trace)) }),
  }
}

type Item = Pick<Event | Link, 'attributes'>
type ItemColumn<T> = (condition: Condition) => (item: T) => Value | undefined

/** Events or links: where all conditions must be met, one event has to meet them. */
function compileItems<T extends Item>(
  conditions: readonly Condition[],
  level: 'event' | 'link',
  needsAll: boolean,
  column: ItemColumn<T>,
) {
  const columns = conditions
    .filter(({ attribute }) => attribute.isIntrinsic)
    .map(condition => ({ name: condition.attribute.name, read: column(condition), condition }))
  const plain = conditions.filter(({ attribute }) => !attribute.isIntrinsic)
  const collect: Collect = plain.length === 0 ? () => true : compileAttributes(plain, level, needsAll)
  const none = { attributes: [] } as unknown as T
  return (items: readonly T[], into: Entry[], least: number): boolean => {
    if (conditions.length === 0) return true
    let isMet = false
    // A span without events has a row of its own all the same, with what is missing in it.
    for (const item of items.length === 0 ? [none] : items) {
      const found: Entry[] = []
      let foundAll = true
      for (const { name, read } of columns) {
        const value = read(item)
        if (value === undefined) foundAll = false
        else found.push({ key: `:${name}`, name, value })
      }
      if (!collect(item.attributes, found)) foundAll = false
      if (needsAll && (!foundAll || found.length < least)) continue
      into.push(...found)
      isMet = true
    }
    return isMet
  }
}

function eventColumn(condition: Condition): (event: Event) => Value | undefined {
  const everything = asksAll(condition)
  if (condition.attribute.name === 'event:name') {
    const passes = everything ? () => true : stringPredicate(condition)
    return ({ name }) =>
      name === undefined
        ? condition.op === 'none'
          ? string('')
          : undefined
        : passes(name)
          ? string(name)
          : undefined
  }
  const passes = everything ? () => true : wholePredicate(condition, 'a duration')
  return ({ timeSinceStart: time }) =>
    time === undefined
      ? condition.op === 'none'
        ? duration(0)
        : undefined
      : passes(time)
        ? duration(time)
        : undefined
}

function linkColumn(condition: Condition): (link: Link) => Value | undefined {
  const isTrace = condition.attribute.name === 'link:traceID'
  const passes = asksAll(condition) ? () => true : idPredicate(condition, isTrace ? 32 : 16)
  return ({ traceId, spanId }) => {
    const id = isTrace ? traceId : spanId
    if (id === undefined) return condition.op === 'none' ? string(isTrace ? '' : '0'.repeat(16)) : undefined
    return passes(id) ? string(isTrace ? id.replace(/^0+/, '') : id.padStart(16, '0')) : undefined
  }
}

function compileResource(conditions: readonly Condition[], needsAll: boolean) {
  const ofService = conditions.filter(
    ({ attribute, operand }) =>
      attribute.name === 'service.name' && (operand === undefined || operand.type.startsWith('string')),
  )
  const rest = conditions.filter(condition => !ofService.includes(condition))
  const collect: Collect = rest.length === 0 ? () => true : compileAttributes(rest, 'resource', needsAll)
  const predicates = ofService.map(condition =>
    condition.op === 'missing' ? () => false : asksAll(condition) ? () => true : stringPredicate(condition),
  )
  return (resource: Span['resource'], into: Entry[]): boolean => {
    let foundAll = true
    for (const passes of predicates) {
      if (passes(resource.service))
        into.push({ key: 'resource.service.name', name: 'service.name', value: string(resource.service) })
      else foundAll = false
    }
    return collect(resource.attributes, into) && foundAll
  }
}

function compileScope(conditions: readonly Condition[], needsAll: boolean) {
  const columns = conditions
    .filter(({ attribute }) => attribute.isIntrinsic)
    .map(condition => ({
      name: condition.attribute.name,
      passes: asksAll(condition) ? () => true : stringPredicate(condition),
    }))
  const plain = conditions.filter(({ attribute }) => !attribute.isIntrinsic)
  const collect: Collect =
    plain.length === 0 ? () => true : compileAttributes(plain, 'instrumentation', needsAll)
  return (scope: Span['scope'], into: Entry[]): boolean => {
    let foundAll = true
    for (const { name, passes } of columns) {
      const text = name === 'instrumentation:name' ? scope.name : scope.version
      if (passes(text)) into.push({ key: `:${name}`, name, value: string(text) })
      else foundAll = false
    }
    return collect(scope.attributes, into) && foundAll
  }
}
