/** Answers a search: which traces have spans that a query selects, and which spans those are. */

import { type Limits, newBudget } from '../../budget.ts'
import type { Query } from '../language/ast.ts'
import { parse } from '../language/parse.ts'
import { refusal } from '../language/refusal.ts'
import { valueText } from '../language/tempo-text.ts'
import { readsSpan } from '../language/types.ts'
import { validate } from '../language/validate.ts'
import type { Value } from '../language/value.ts'
import type { Span, Trace, TraceStorage } from '../storage.ts'
import type { Candidate, Entry } from './candidate.ts'
import { conditionsOf, type Request } from './conditions.ts'
import { compileFetch } from './fetch.ts'
import { lower } from './lower.ts'
import { needsOf } from './needs.ts'
import { compilePipeline, type Spanset } from './pipeline.ts'

export interface SearchOptions {
  /** Nanoseconds since the epoch; traces that have a part in it are searched. */
  start?: bigint | undefined
  end?: bigint | undefined
  /** Traces (default 20); 0 is no limit. */
  limit?: number
  /** Spans for each spanset (default 3). */
  spansPerSpanset?: number
  limits?: Partial<Limits>
  isCancelled?: () => boolean
}

interface FoundTrace {
  trace: Trace
  spansets: FoundSpanset[]
}

export interface FoundSpanset {
  spans: FoundSpan[]
  /** How many spans there are, of which `spans` are the first. */
  matched: number
  attributes: { name: string; value: Value }[]
}

interface FoundSpan {
  span: Span
  /** '' where the query did not ask for it. */
  name: string
  /** What the query asked for and the span has. */
  attributes: { name: string; value: Value }[]
}

export interface SearchResult {
  traces: FoundTrace[]
  /** Spans the query looked at. */
  inspected: number
}

/** The newest traces come first, and are the ones kept by the limit; Tempo does so with `most_recent=true`. */
export function search(storage: TraceStorage, text: string, options: SearchOptions = {}): SearchResult {
  const query = parse(text)
  validate(text, query)
  if (query.kind !== 'search')
    throw refusal(text, query.expression.place, 'invalid', 'expected a search, got a metrics query')
  const { start, end, limit = 20, spansPerSpanset = 3, limits, isCancelled } = options
  const budget = newBudget(limits ?? {}, isCancelled)
  const result: SearchResult = { traces: [], inspected: 0 }
  if (findsNothing(query)) return result
  const pipeline = lower(query.pipeline)
  const request = conditionsOf(pipeline)
  const stage = compilePipeline(pipeline)
  const first = compileFetch(request)
  const later = compileLater(request)
  for (const trace of storage.traces({ start, end, needs: needsOf(pipeline) })) {
    budget.spend(trace.spans.length)
    result.inspected += trace.spans.length
    const candidates = first.candidates(trace)
    if (candidates.length === 0) continue
    const spansets = stage([{ spans: candidates, attributes: [] }])
    if (spansets.length === 0) continue
    const most = spansPerSpanset === 0 ? 3 : spansPerSpanset
    result.traces.push({
      trace,
      spansets: distinct(spansets).map(({ spans, attributes }) => ({
        matched: spans.length,
        attributes,
        spans: spans.slice(0, most).map(candidate => found(candidate, later)),
      })),
    })
    if (result.traces.length === limit) break
  }
  return result
}

/** Groups that look the same are one, the larger: nothing, and the text "nil". */
function distinct(spansets: Spanset[]): Spanset[] {
  const byText = new Map<string, Spanset>()
  for (const spanset of spansets) {
    const groups = spanset.attributes.filter(({ name }) => name.startsWith('by('))
    const key = JSON.stringify(groups.map(({ name, value }) => [name, asAttribute(value)]))
    const known = byText.get(key)
    if (known === undefined || known.spans.length < spanset.spans.length) byText.set(key, spanset)
  }
  return [...byText.values()]
}

/** Types that OTLP does not have are text in an answer. */
function asAttribute(value: Value): [string, string] {
  const isText = ['nil', 'string', 'duration', 'status', 'kind'].includes(value.type)
  return [isText ? 'string' : value.type, valueText(value)]
}

/** What the answer needs beyond what the query looked at. */
export function compileLater({ later }: Request): ((candidate: Candidate) => void) | undefined {
  if (later.length === 0) return undefined
  const fetch = compileFetch({ mustMeetAll: false, conditions: later, later: [] })
  return candidate => fetch.addTo(candidate)
}

/** `{ false }`, which Tempo answers without looking. */
function findsNothing({ pipeline }: Query & { kind: 'search' }): boolean {
  const { elements } = lower(pipeline)
  const isFalse = (element: (typeof elements)[number]): boolean => {
    if (element.kind === 'spansets') return isFalse(element.left) && isFalse(element.right)
    if (element.kind !== 'filter' || element.condition === undefined || readsSpan(element.condition))
      return false
    const { condition } = element
    return condition.kind === 'static' && condition.value.type === 'boolean' && !condition.value.value
  }
  return elements.every(isFalse)
}

/** Said in fields of their own, or of the trace. */
const notRepeated = [
  ':name',
  ':duration',
  ':traceDuration',
  ':rootServiceName',
  ':rootName',
  ':trace:id',
  ':span:id',
]

function found(candidate: Candidate, later: ((candidate: Candidate) => void) | undefined): FoundSpan {
  later?.(candidate)
  const entries = seenOf(candidate)
  const name = entries.get(':name')?.value
  return {
    span: candidate.span,
    name: name?.type === 'string' ? name.value : '',
    attributes: [...entries.values()].filter(({ key }) => !notRepeated.includes(key)),
  }
}

/** Everything the query asked of a span; of several events, the last is seen. */
export function seenOf({
  ofTrace,
  ofResource,
  ofSpan,
  ofEvents,
  ofLinks,
  ofScope,
}: Candidate): Map<string, Entry> {
  const seen = new Map<string, Entry>()
  for (const entries of [ofTrace, ofResource, ofSpan, ofEvents, ofLinks, ofScope])
    for (const entry of entries) if (entry.value.type !== 'nil') seen.set(entry.key, entry)
  return seen
}
