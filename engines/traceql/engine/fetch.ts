/**
 * The spans of a trace that the storage hands to a query, each with what the query's conditions let it see. This follows
 * Tempo's storage where that shows in answers; what the query itself says is decided in evaluate.ts.
 */

import { intrinsics } from '../language/intrinsics.ts'
import { string, type Value } from '../language/value.ts'
import type { Condition, Event, Link, Span, Trace } from '../storage.ts'
import type { Candidate, Entry } from './candidate.ts'
import { type Collect, compileAttributes } from './columns.ts'
import type { Request } from './conditions.ts'
import {
  eventColumn,
  grouped,
  isSeenByStructure,
  linkColumn,
  spanColumn,
  traceColumn,
} from './intrinsic-columns.ts'
import { asksAll, stringPredicate } from './predicate.ts'

interface Fetch {
  candidates(trace: Trace): Candidate[]
  /** Adds what these conditions let the query see to what it saw before. */
  addTo(candidate: Candidate): void
}

type Level = 'span' | 'resource' | 'event' | 'link' | 'instrumentation' | 'trace'

export function compileFetch(request: Request): Fetch {
  const { conditions } = request
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

  const [leastOfSpan, leastOfEvents, leastOfLinks] = [least('span'), least('event'), least('link')]
  const resourceOf = onceEach(collectResource, least('resource'))
  const scopeOf = onceEach(collectScope, least('instrumentation'))

  const moreOfResource = moreOf(collectResource)
  const moreOfScope = moreOf(collectScope)

  /** Of a resource or a scope, which many spans share; undefined where it does not meet its conditions. */
  function onceEach<T>(collect: (from: T, into: Entry[]) => boolean, leastCount: number) {
    const known = new Map<T, Entry[] | undefined>()
    return (from: T): Entry[] | undefined => {
      const entries = known.get(from)
      if (entries !== undefined || known.has(from)) return entries
      const found: Entry[] = []
      const isMet = collect(from, found)
      const result = needsAll && (!isMet || found.length < leastCount) ? undefined : found
      known.set(from, result)
      return result
    }
  }

  function isFetched(candidate: Candidate): boolean {
    const { span, ofEvents, ofLinks, ofResource, ofScope } = candidate
    if (!spanLevel.collect(candidate) && needsAll) return false
    if (!events(span.events, ofEvents, leastOfEvents) && needsAll) return false
    if (!links(span.links, ofLinks, leastOfLinks) && needsAll) return false
    const own = spanLevel.count(candidate)
    if (needsAll && own < leastOfSpan) return false
    return !needsOne || own + count(ofResource) + count(ofScope) > 0
  }

  /** A span that is not fetched leaves its lists to the next one. */
  let spare: Pick<Candidate, 'ofSpan' | 'ofEvents' | 'ofLinks'> | undefined

  return {
    candidates(trace) {
      const candidates: Candidate[] = []
      const ofTrace: Entry[] = []
      for (const { entry, passes } of traceColumns) {
        if (passes(trace)) ofTrace.push(entry(trace))
        else if (needsAll) return candidates
      }
      for (const span of trace.spans) {
        const ofResource = resourceOf(span.resource)
        const ofScope = ofResource && scopeOf(span.scope)
        if (ofResource === undefined || ofScope === undefined) continue
        const { ofSpan, ofEvents, ofLinks } = spare ?? { ofSpan: [], ofEvents: [], ofLinks: [] }
        spare = undefined
        const candidate: Candidate = {
          span,
          trace,
          left: 0,
          right: 0,
          parent: 0,
          ofSpan,
          ofResource,
          ofTrace,
          ofEvents,
          ofLinks,
          ofScope,
        }
        if (isFetched(candidate)) candidates.push(candidate)
        else {
          for (const list of [ofSpan, ofEvents, ofLinks]) list.length = 0
          spare = candidate
        }
      }
      return candidates
    },
    addTo(candidate) {
      const { span, trace } = candidate
      if (traceColumns.length > 0) {
        const found = traceColumns.filter(({ passes }) => passes(trace)).map(({ entry }) => entry(trace))
        candidate.ofTrace = [...candidate.ofTrace, ...found]
      }
      if (byLevel.resource.length > 0)
        candidate.ofResource = moreOfResource(candidate.ofResource, span.resource)
      if (byLevel.instrumentation.length > 0) candidate.ofScope = moreOfScope(candidate.ofScope, span.scope)
      spanLevel.collect(candidate)
      events(span.events, candidate.ofEvents, 0)
      links(span.links, candidate.ofLinks, 0)
    },
  }
}

/** Adds to what spans of one resource or scope share, once for all of them. */
function moreOf<T>(collect: (from: T, into: Entry[]) => boolean) {
  const known = new Map<readonly Entry[], { from: T; all: Entry[] }>()
  return (before: readonly Entry[], from: T): Entry[] => {
    const found = known.get(before)
    if (found?.from === from) return found.all
    const all = [...before]
    collect(from, all)
    known.set(before, { from, all })
    return all
  }
}

function compileSpan(conditions: readonly Condition[], needsAll: boolean) {
  const structures = new Set(
    conditions.filter(({ op }) => op === 'structure').map(({ attribute }) => attribute.name),
  )
  const columns = grouped(conditions).flatMap(each => spanColumn(each, structures))
  const asked = (name: string) =>
    conditions.some(({ attribute }) => attribute.isIntrinsic && attribute.name === name)
  const [seesLeft, seesRight, seesParent] = ['nestedSetLeft', 'nestedSetRight', 'nestedSetParent'].map(name =>
    isSeenByStructure(name, structures),
  )
  const plain = conditions.filter(({ attribute }) => !attribute.isIntrinsic)
  const collectAttributes: Collect =
    plain.length === 0 ? () => true : compileAttributes(plain, 'span', needsAll)
  const readsStart = asked('spanStartTime')
  const asksId = asked('span:id')
  const found: Entry[] = []
  return {
    /** Attributes come before columns, which shows where one name is asked for in both. */
    collect(candidate: Candidate): boolean {
      const { span, ofSpan } = candidate
      if (seesLeft) candidate.left = span.left
      if (seesRight) candidate.right = span.right
      if (seesParent) candidate.parent = span.parent
      let foundAll = true
      found.length = 0
      for (const { name, read } of columns) {
        const value = read(candidate)
        if (value !== undefined) found.push({ key: `:${name}`, name, value })
        else if (needsAll) return false
        else foundAll = false
      }
      if (!collectAttributes(span.attributes, ofSpan)) foundAll = false
      for (const entry of found) ofSpan.push(entry)
      return foundAll
    },
    /** What counts as found: a nil does not, the start and the place in the tree do. */
    count({ ofSpan, ofEvents, ofLinks, left, right, parent, span }: Candidate): number {
      const extra =
        (readsStart && span.start !== 0n ? 1 : 0) + (left > 0 || right > 0 || parent !== 0 ? 1 : 0)
      const id = asksId && ofSpan.some(({ key }) => key === ':span:id') ? 1 : 0
      return count(ofSpan) + count(ofEvents) + count(ofLinks) + extra + id
    },
  }
}

function count(entries: readonly Entry[]): number {
  let found = 0
  for (const { value } of entries) if (value.type !== 'nil') found++
  return found
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
      let foundAll = collect(item.attributes, found)
      for (const { name, read } of columns) {
        const value = read(item)
        if (value === undefined) foundAll = false
        else found.push({ key: `:${name}`, name, value })
      }
      if (needsAll && (!foundAll || found.length < least)) continue
      into.push(...found)
      isMet = true
    }
    return isMet
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
    let foundAll = collect(resource.attributes, into)
    for (const passes of predicates) {
      if (passes(resource.service))
        into.push({ key: 'resource.service.name', name: 'service.name', value: string(resource.service) })
      else foundAll = false
    }
    return foundAll
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
    let foundAll = collect(scope.attributes, into)
    for (const { name, passes } of columns) {
      const text = name === 'instrumentation:name' ? scope.name : scope.version
      if (passes(text)) into.push({ key: `:${name}`, name, value: string(text) })
      else foundAll = false
    }
    return foundAll
  }
}
