/** Traces in memory, as they come in, up to a number of spans; the traces that came first leave first. */

import { exact, statuses } from '../language/value.ts'
import type { Batch } from '../otlp/read.ts'
import type { InstrumentationScope, Resource, Span, Trace, TraceStorage } from '../storage.ts'
import { type Signature, sideBySide, signatureFilter, signatureOf } from './signature.ts'
import { numberSpans } from './tree.ts'

export interface TraceStore extends TraceStorage {
  add(batches: readonly Batch[]): void
  /** Quicker than `stats`, which puts the traces in order. */
  size(): { traces: number; spans: number; droppedSpans: number }
  stats(): {
    traces: number
    spans: number
    droppedSpans: number
    /** When the first and the last trace started. */
    oldest: bigint | undefined
    newest: bigint | undefined
  }
}

export interface TraceStoreOptions {
  /** Default 2 million, which take about a gigabyte. */
  mostSpans?: number
  /** Milliseconds; a trace whose last part came longer ago than this is dropped. All are kept by default. */
  retention?: number
}

/** Spans of a trace by resource, and within one by scope. */
interface Growing {
  id: string
  groups: { resource: Resource; scopes: { scope: InstrumentationScope; spans: Span[] }[] }[]
  spans: number
  /** When its last part came, in milliseconds. */
  cameAt: number
  /** Of several the last that came, as in Tempo. */
  root: Span | undefined
  /** Undefined when spans came in since it was put together. */
  whole: Whole | undefined
}

interface Whole {
  trace: Trace
  signature: Signature
}

export function createTraceStore(options: TraceStoreOptions = {}): TraceStore {
  const { mostSpans = 2_000_000, retention = Number.POSITIVE_INFINITY } = options
  const growing = new Map<string, Growing>()
  const resources = new Map<string, Resource>()
  const scopes = new Map<string, InstrumentationScope>()
  let spanCount = 0
  let droppedSpans = 0
  let sorted: ReturnType<typeof newestFirst> | undefined

  function shared<T extends { attributes: Resource['attributes'] }>(known: Map<string, T>, one: T): T {
    const key = JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size > 100_000) known.clear()
    known.set(key, one)
    return one
  }

  function addSpan(traceId: string, span: Span): void {
    let trace = growing.get(traceId)
    if (trace === undefined) {
      trace = { id: traceId, groups: [], spans: 0, cameAt: 0, root: undefined, whole: undefined }
      growing.set(traceId, trace)
    }
    let group = trace.groups.find(({ resource }) => resource === span.resource)
    if (group === undefined) {
      group = { resource: span.resource, scopes: [] }
      trace.groups.push(group)
    }
    let part = group.scopes.find(({ scope }) => scope === span.scope)
    if (part === undefined) {
      part = { scope: span.scope, spans: [] }
      group.scopes.push(part)
    }
    part.spans.push(span)
    trace.spans++
    trace.cameAt = Date.now()
    if (span.parentId === '' && !isChildByLink(traceId, span)) trace.root = span
    trace.whole = undefined
    spanCount++
  }

  function dropOldest(): void {
    const oldest = Date.now() - retention
    for (const [id, { spans, cameAt }] of growing) {
      if (spanCount <= mostSpans && cameAt >= oldest) return
      growing.delete(id)
      spanCount -= spans
      droppedSpans += spans
    }
  }

  function inOrder() {
    sorted ??= newestFirst(Array.from(growing.values(), wholeOf))
    return sorted
  }

  return {
    add(batches) {
      for (const batch of batches) {
        const resource = shared(resources, batch.resource)
        const scope = shared(scopes, batch.scope)
        for (const { traceId, span } of batch.spans) addSpan(traceId, { ...span, resource, scope })
      }
      sorted = undefined
      dropOldest()
    },
    *traces(request) {
      const { traces, signatures, firsts, lasts } = inOrder()
      const mayHave = signatureFilter(request.needs, signatures)
      const { start = 0n, end = 2n ** 63n } = request
      const [first, last] = [seconds(start), seconds(end)]
      for (let i = 0; i < traces.length; i++) {
        if (firsts[i]! > last || lasts[i]! < first || !mayHave(i)) continue
        const trace = traces[i]!
        if (trace.start <= end && trace.end >= start) yield trace
      }
    },
    trace(id) {
      const found = growing.get(id)
      return found && wholeOf(found).trace
    },
    size: () => ({ traces: growing.size, spans: spanCount, droppedSpans }),
    stats() {
      const { traces } = inOrder()
      const [newest, oldest] = [traces[0]?.start, traces.at(-1)?.start]
      return { traces: growing.size, spans: spanCount, droppedSpans, oldest, newest }
    },
  }
}

/** With what a search asks of each trace first, in numbers. */
function newestFirst(wholes: Whole[]) {
  wholes.sort(({ trace: one }, { trace: other }) =>
    one.start > other.start ? -1 : one.start < other.start ? 1 : 0,
  )
  const traces = wholes.map(({ trace }) => trace)
  return {
    traces,
    signatures: sideBySide(wholes.map(({ signature }) => signature)),
    firsts: Float64Array.from(traces, ({ start }) => seconds(start)),
    lasts: Float64Array.from(traces, ({ end }) => seconds(end)),
  }
}

/** In whole seconds, rounded down. */
const seconds = (nanoseconds: bigint) => Number(nanoseconds / 1_000_000_000n)

function wholeOf(growing: Growing): Whole {
  if (growing.whole === undefined) {
    const spans = growing.groups.flatMap(({ scopes }) => scopes.flatMap(scope => scope.spans))
    growing.whole = { trace: wholeTrace(growing.id, spans, growing.root), signature: signatureOf(spans) }
  }
  return growing.whole
}

/** A trace of spans in the order they came, for stores that keep them elsewhere. */
export function traceOf(id: string, spans: readonly Span[]): Trace {
  const isRoot = (span: Span) => span.parentId === '' && !isChildByLink(id, span)
  const byResource = [...Map.groupBy(spans, ({ resource }) => resource).values()]
  const grouped = byResource.flatMap(group => [...Map.groupBy(group, ({ scope }) => scope).values()].flat())
  return wholeTrace(id, grouped, spans.findLast(isRoot))
}

function wholeTrace(id: string, spans: Span[], root: Span | undefined): Trace {
  numberSpans(spans)
  let start = spans[0]!.start
  let end = 0n
  const services = new Map<string, { name: string; spans: number; errors: number }>()
  for (const span of spans) {
    const spanEnd = span.start + BigInt(span.duration)
    if (start === 0n || span.start < start) start = span.start
    if (spanEnd > end) end = spanEnd
    const { service: name } = span.resource
    const service = services.get(name) ?? { name, spans: 0, errors: 0 }
    service.spans++
    if (statuses[span.status] === 'error') service.errors++
    services.set(name, service)
  }
  return {
    ...{ id, start, end, spans },
    duration: exact(end - start),
    rootName: root?.name ?? '',
    rootService: root?.resource.service ?? '',
    services: [...services.values()],
  }
}

/** OpenTracing's way to say who the parent is. */
function isChildByLink(traceId: string, { links }: Span): boolean {
  return links.some(
    link =>
      link.traceId === traceId &&
      link.attributes.some(
        ({ key, value }) =>
          key === 'opentracing.ref_type' && value.type === 'string' && value.value === 'child_of',
      ),
  )
}
