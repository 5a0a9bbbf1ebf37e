import type { Value } from '../language/value.ts'
import type { Span, Trace } from '../storage.ts'

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

/** Something of a span that the query can see. */
export interface Entry {
  key: string
  /** Of the attribute, or of the intrinsic; `.foo` looks for it in every scope. */
  name: string
  value: Value
}
