/** What the engine asks of a store of traces: whole traces, newest first. */

import type { Attribute, FieldOperator } from './language/ast.ts'
import type { Int, Value } from './language/value.ts'

export interface TraceStorage {
  /**
   * Traces that have a part in the time asked for, the one that started last first. A store may leave out traces that
   * do not have what is needed; the engine looks again in any case.
   */
  traces(request: TracesRequest): Iterable<Trace>
  /** By its 32 hexadecimal digits. */
  trace(id: string): Trace | undefined
}

export interface TracesRequest {
  /** Nanoseconds since the epoch, both included; undefined is any time. */
  start?: bigint | undefined
  end?: bigint | undefined
  /** Of each list, a trace has a span that meets one condition at least. */
  needs: readonly (readonly Condition[])[]
}

/** Something a query asks of spans. */
export interface Condition {
  attribute: Attribute
  /** `none` asks for the attribute whatever it is; `structure` for the place of spans in the tree. */
  op: FieldOperator | 'none' | 'exists' | 'missing' | 'structure'
  operand?: Value | undefined
}

export interface Trace {
  /** 32 hexadecimal digits. */
  id: string
  /** Nanoseconds since the epoch. */
  start: bigint
  end: bigint
  duration: Int
  /** '' where the root is missing. */
  rootName: string
  rootService: string
  services: { name: string; spans: number; errors: number }[]
  /** Grouped by resource, and within one by scope; what answers are ordered by. */
  spans: Span[]
}

export interface Span {
  /** 16 hexadecimal digits. */
  id: string
  /** '' for a root. */
  parentId: string
  name: string
  /** Indices into `statuses` and `kinds`. */
  status: number
  kind: number
  statusMessage: string
  traceState: string
  start: bigint
  /** Nanoseconds. */
  duration: Int
  attributes: readonly Pair[]
  events: readonly Event[]
  links: readonly Link[]
  resource: Resource
  scope: InstrumentationScope
  /**
   * A walk of the tree counts up at each span it enters and at each it leaves: the count at entering, at leaving, and of
   * the parent at entering (-1 for a root). 0 where the tree has no root or the span is not connected to one.
   */
  left: number
  right: number
  parent: number
  childCount: number
}

export interface Pair {
  key: string
  /** nil for what TraceQL has no type for, such as a map. */
  value: Value
}

export interface Resource {
  /** '' where it is missing. */
  service: string
  attributes: readonly Pair[]
}

export interface InstrumentationScope {
  name: string
  version: string
  attributes: readonly Pair[]
}

export interface Event {
  name: string
  timeSinceStart: Int
  attributes: readonly Pair[]
}

export interface Link {
  traceId: string
  spanId: string
  traceState: string
  attributes: readonly Pair[]
}
