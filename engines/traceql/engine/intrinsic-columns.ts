/** Reads intrinsics such as `duration` and `trace:id`, where a condition of the query lets their value through. */

import { duration, type Int, int, string, type Value } from '../language/value.ts'
import type { Condition, Event, Link, Span, Trace } from '../storage.ts'
import type { Candidate, Entry } from './candidate.ts'
import {
  asksAll,
  durationPredicate,
  idPredicate,
  type Predicate,
  passesMissing,
  stringPredicate,
  wholePredicate,
} from './predicate.ts'

interface Column {
  name: string
  /** Undefined where the conditions do not let it through. */
  read(candidate: Candidate): Value | undefined
}

const seenBy: { [name: string]: readonly string[] | undefined } = {
  nestedSetLeft: ['structure:child', 'structure:descendant'],
  nestedSetRight: ['structure:descendant'],
  nestedSetParent: ['structure:child', 'structure:sibling'],
}

/** Structural operators need the place of every span in the tree, so a condition on it must not hide it from them. */
export function isSeenByStructure(name: string, structures: ReadonlySet<string>): boolean {
  return seenBy[name]?.some(structure => structures.has(structure)) ?? false
}

/** The conditions on each intrinsic together: the query sees a value that one of them lets through. */
export function grouped(conditions: readonly Condition[]): Condition[][] {
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
  // Made even beside a condition that lets everything through: an operand that does not fit throws here.
  const predicates = conditions.map(condition => (asksAll(condition) ? () => true : predicate(condition)))
  return predicates.length === 1 ? predicates[0]! : value => predicates.some(each => each(value))
}

export function spanColumn(conditions: Condition[], structures: ReadonlySet<string>): Column[] {
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
    const isSeen = isSeenByStructure(name, structures)
    const predicate = anyOf(conditions, condition => wholePredicate(condition, name))
    const passes = isSeen ? () => true : predicate
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

export function traceColumn(condition: Condition): {
  passes: Predicate<Trace>
  entry: (trace: Trace) => Entry
} {
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

export function eventColumn(condition: Condition): (event: Event) => Value | undefined {
  const everything = asksAll(condition)
  if (condition.attribute.name === 'event:name') {
    const passes = everything ? () => true : stringPredicate(condition)
    return ({ name }) =>
      name === undefined
        ? passesMissing(condition)
          ? string('')
          : undefined
        : passes(name)
          ? string(name)
          : undefined
  }
  const passes = everything ? () => true : wholePredicate(condition, 'a duration')
  return ({ timeSinceStart: time }) =>
    time === undefined
      ? passesMissing(condition)
        ? duration(0)
        : undefined
      : passes(time)
        ? duration(time)
        : undefined
}

export function linkColumn(condition: Condition): (link: Link) => Value | undefined {
  const isTrace = condition.attribute.name === 'link:traceID'
  const passes = asksAll(condition) ? () => true : idPredicate(condition, isTrace ? 32 : 16)
  return ({ traceId, spanId }) => {
    const id = isTrace ? traceId : spanId
    if (id === undefined) return passesMissing(condition) ? string(isTrace ? '' : '0'.repeat(16)) : undefined
    return passes(id) ? string(isTrace ? id.replace(/^0+/, '') : id.padStart(16, '0')) : undefined
  }
}
