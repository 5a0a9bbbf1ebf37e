/** Traces out of Tempo's answers, in the OTLP form of both versions of its API. */
import type { Target } from './dashboard.ts'
import type { Frame } from './frames.ts'

export interface Span {
  id: string
  parent?: string
  name: string
  service: string
  kind: string
  /** Milliseconds since the epoch, with fractions. */
  start: number
  duration: number
  isError: boolean
  attributes: Readonly<Record<string, string>>
  resource: Readonly<Record<string, string>>
  events: readonly { name: string; time: number; attributes: Readonly<Record<string, string>> }[]
  /** How deep below the root it stands. */
  depth: number
}

export interface FoundTrace {
  traceID: string
  rootServiceName?: string
  rootTraceName?: string
  startTimeUnixNano?: string
  durationMs?: number
}

export function searchFrame(traces: readonly FoundTrace[], target: Target): Frame[] {
  if (traces.length === 0) return []
  const of = <T extends string | number | null>(value: (trace: FoundTrace) => T) => traces.map(value)
  return [
    {
      refId: target.refId,
      fields: [
        { name: 'traceID', type: 'string', values: of(({ traceID }) => traceID) },
        { name: 'startTime', type: 'time', values: of(trace => millis(trace.startTimeUnixNano)) },
        { name: 'traceService', type: 'string', values: of(trace => trace.rootServiceName ?? '') },
        { name: 'traceName', type: 'string', values: of(trace => trace.rootTraceName ?? '') },
        { name: 'traceDuration', type: 'number', values: of(trace => trace.durationMs ?? 0) },
      ],
    },
  ]
}

interface OtlpValue {
  stringValue?: string
  intValue?: string | number
  doubleValue?: number
  boolValue?: boolean
  arrayValue?: { values?: OtlpValue[] }
}

type OtlpAttributes = readonly { key: string; value?: OtlpValue }[]

interface OtlpSpan {
  spanId: string
  parentSpanId?: string
  name?: string
  kind?: string | number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes?: OtlpAttributes
  status?: { code?: string | number; message?: string }
  events?: { name?: string; timeUnixNano?: string; attributes?: OtlpAttributes }[]
}

interface OtlpResourceSpans {
  resource?: { attributes?: OtlpAttributes }
  scopeSpans?: { spans?: OtlpSpan[] }[]
  instrumentationLibrarySpans?: { spans?: OtlpSpan[] }[]
}

export interface TraceAnswer {
  batches?: OtlpResourceSpans[]
  resourceSpans?: OtlpResourceSpans[]
  trace?: TraceAnswer
}

/** Parents before their children, siblings by time. A span whose parent is missing stands at the top. */
export function spansOf(answer: TraceAnswer): Span[] {
  const { batches, resourceSpans } = answer.trace ?? answer
  const spans = (batches ?? resourceSpans ?? []).flatMap(each => {
    const resource = attributesOf(each.resource?.attributes)
    return (each.scopeSpans ?? each.instrumentationLibrarySpans ?? []).flatMap(scope =>
      (scope.spans ?? []).map(span => spanOf(span, resource)),
    )
  })
  const known = new Set(spans.map(({ id }) => id))
  const children = Map.groupBy(
    spans.toSorted((a, b) => a.start - b.start),
    ({ parent }) => (parent !== undefined && known.has(parent) ? parent : ''),
  )
  const ordered: Span[] = []
  const seen = new Set<Span>()
  const waiting = (children.get('') ?? []).map(span => ({ span, depth: 0 }))
  while (waiting.length > 0) {
    const { span, depth } = waiting.shift()!
    if (seen.has(span)) continue
    seen.add(span)
    ordered.push({ ...span, depth })
    waiting.unshift(...(children.get(span.id) ?? []).map(child => ({ span: child, depth: depth + 1 })))
  }
  // Spans that are each other's parents hang on no root: they are shown, at the top.
  return [...ordered, ...spans.filter(span => !seen.has(span))]
}

function spanOf(span: OtlpSpan, resource: Readonly<Record<string, string>>): Span {
  const start = millis(span.startTimeUnixNano)
  const parent = span.parentSpanId ? hexId(span.parentSpanId) : undefined
  const message = span.status?.message
  return {
    id: hexId(span.spanId),
    ...(parent !== undefined && { parent }),
    name: span.name ?? '',
    service: resource['service.name'] ?? 'unknown',
    kind: kindOf(span.kind),
    start,
    duration: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
    isError: span.status?.code === 2 || span.status?.code === 'STATUS_CODE_ERROR',
    attributes: { ...attributesOf(span.attributes), ...(message && { 'status.message': message }) },
    resource,
    events: (span.events ?? []).map(event => ({
      name: event.name ?? '',
      time: millis(event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    })),
    depth: 0,
  }
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

function kindOf(kind: string | number = 0): string {
  return typeof kind === 'number' ? (kinds[kind] ?? '') : kind.replace('SPAN_KIND_', '').toLowerCase()
}

/** Tempo writes ids in base64, others in hexadecimal digits: `3q2+7w==` and `deadbeef` are the same. */
function hexId(id: string): string {
  if (/^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(id)) return id.toLowerCase()
  try {
    return [...atob(id)].map(each => each.charCodeAt(0).toString(16).padStart(2, '0')).join('')
  } catch {
    return id
  }
}

function attributesOf(attributes: OtlpAttributes = []): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, textOf(value)]))
}

function textOf(value: OtlpValue = {}): string {
  if (value.arrayValue !== undefined) return `[${(value.arrayValue.values ?? []).map(textOf).join(', ')}]`
  return String(value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? '')
}

function millis(nanos = '0'): number {
  const whole = BigInt(nanos)
  return Number(whole / 1_000_000n) + Number(whole % 1_000_000n) / 1e6
}
