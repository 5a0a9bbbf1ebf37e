/** What every span, trace, event and link has, by the names Tempo prints; most have a second spelling with a scope. */

import type { Attribute, Place } from './ast.ts'
import type { StaticType } from './value.ts'

interface Intrinsic {
  type: StaticType
  /** Where its value comes from, when a condition on it is pushed down. */
  of: 'span' | 'trace' | 'event' | 'link' | 'instrumentation'
  /** How it is written; the first is printed. */
  spellings: string[]
}

/** `spanStartTime` has no syntax: it is what a query asks the storage for when it asks for nothing else. */
export const intrinsics: { [name: string]: Intrinsic } = {
  duration: { type: 'duration', of: 'span', spellings: ['duration', 'span:duration'] },
  name: { type: 'string', of: 'span', spellings: ['name', 'span:name'] },
  status: { type: 'status', of: 'span', spellings: ['status', 'span:status'] },
  statusMessage: { type: 'string', of: 'span', spellings: ['statusMessage', 'span:statusMessage'] },
  kind: { type: 'kind', of: 'span', spellings: ['kind', 'span:kind'] },
  'span:childCount': { type: 'int', of: 'span', spellings: ['span:childCount'] },
  'span:id': { type: 'string', of: 'span', spellings: ['span:id'] },
  'span:parentID': { type: 'string', of: 'span', spellings: ['span:parentID'] },
  spanStartTime: { type: 'attribute', of: 'span', spellings: [] },
  nestedSetLeft: { type: 'int', of: 'span', spellings: ['nestedSetLeft'] },
  nestedSetRight: { type: 'int', of: 'span', spellings: ['nestedSetRight'] },
  nestedSetParent: { type: 'int', of: 'span', spellings: ['nestedSetParent'] },
  parent: { type: 'nil', of: 'span', spellings: ['parent'] },
  rootName: { type: 'string', of: 'trace', spellings: ['rootName', 'trace:rootName'] },
  rootServiceName: { type: 'string', of: 'trace', spellings: ['rootServiceName', 'trace:rootService'] },
  traceDuration: { type: 'duration', of: 'trace', spellings: ['traceDuration', 'trace:duration'] },
  'trace:id': { type: 'string', of: 'trace', spellings: ['trace:id'] },
  'event:name': { type: 'string', of: 'event', spellings: ['event:name'] },
  'event:timeSinceStart': { type: 'duration', of: 'event', spellings: ['event:timeSinceStart'] },
  'link:traceID': { type: 'string', of: 'link', spellings: ['link:traceID'] },
  'link:spanID': { type: 'string', of: 'link', spellings: ['link:spanID'] },
  'instrumentation:name': { type: 'attribute', of: 'instrumentation', spellings: ['instrumentation:name'] },
  'instrumentation:version': {
    type: 'attribute',
    of: 'instrumentation',
    spellings: ['instrumentation:version'],
  },
}

/** From a spelling to the name. */
export const intrinsicNames: ReadonlyMap<string, string> = new Map(
  Object.entries(intrinsics).flatMap(([name, { spellings }]) =>
    spellings.map(spelling => [spelling, name] as const),
  ),
)

/** The attribute; one that no query spelled is in no place of it. */
export function intrinsic(name: string, place: Place = { start: 0, end: 0 }): Attribute {
  return { kind: 'attribute', scope: 'none', name, isIntrinsic: true, ofParent: false, place }
}
