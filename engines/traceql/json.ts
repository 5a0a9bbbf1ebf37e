/** Answers in the form of Tempo's HTTP API. */

import type { MetricsResult } from './engine/metrics.ts'
import type { FoundSpanset, SearchResult } from './engine/search.ts'
import type { SeriesLabel } from './engine/series.ts'
import { valueText } from './language/tempo-text.ts'
import { kinds, statuses, type Value } from './language/value.ts'
import type { Pair, Span, Trace } from './storage.ts'

export function searchJson({ traces, inspected }: SearchResult): object {
  return {
    traces: traces.map(({ trace, spansets }) => ({
      traceID: shortId(trace.id),
      rootServiceName: trace.rootService || noRoot,
      ...(trace.rootName !== '' && { rootTraceName: trace.rootName }),
      startTimeUnixNano: `${trace.start}`,
      durationMs: Number(BigInt(trace.duration) / 1_000_000n),
      spanSet: spansetJson(spansets[0]!),
      spanSets: spansets.map(spansetJson),
      serviceStats: Object.fromEntries(
        trace.services.map(({ name, spans, errors }) => [
          name,
          { spanCount: spans, ...(errors > 0 && { errorCount: errors }) },
        ]),
      ),
    })),
    metrics: { inspectedSpans: `${inspected}` },
  }
}

const noRoot = '<root span not yet received>'

/** Tempo leaves out the zeros a trace's id begins with. */
function shortId(id: string): string {
  return id.replace(/^0+/, '')
}

function spansetJson({ spans, matched, attributes }: FoundSpanset): object {
  return {
    spans: spans.map(({ span, name, attributes }) => ({
      spanID: span.id,
      ...(name !== '' && { name }),
      startTimeUnixNano: `${span.start}`,
      durationNanos: `${span.duration}`,
      ...(attributes.length > 0 && { attributes: attributes.map(keyValue) }),
    })),
    matched,
    ...(attributes.length > 0 && { attributes: attributes.map(keyValue) }),
  }
}

const keyValue = ({ name, value }: SeriesLabel) => ({ key: name, value: anyValue(value) })

/** OTLP/JSON, but what OTLP has no type for is text. */
function anyValue(value: Value): object {
  switch (value.type) {
    case 'int':
      return { intValue: `${value.value}` }
    case 'float':
      return { doubleValue: Number.isFinite(value.value) ? value.value : `${value.value}` }
    case 'boolean':
      return { boolValue: value.value }
    case 'int[]':
    case 'float[]':
    case 'string[]':
    case 'boolean[]': {
      const type = value.type.slice(0, -2)
      const values = (value.value as readonly unknown[]).map(each => anyValue({ type, value: each } as Value))
      return { arrayValue: { values } }
    }
    default:
      return { stringValue: valueText(value) }
  }
}

export function metricsJson({ series, grid, inspected }: MetricsResult): object {
  return {
    series: series.map(({ labels, values, exemplars }) => ({
      labels: labels.map(keyValue),
      promLabels: promLabels(labels),
      samples: Array.from(values, (value, step) => ({ timestampMs: `${grid.timeOf(step)}`, value })).filter(
        ({ value }) => !Number.isNaN(value),
      ),
      ...(exemplars.length > 0 && {
        exemplars: exemplars.map(({ labels, value, time }) => ({
          labels: labels.map(keyValue),
          ...(!Number.isNaN(value) && { value }),
          timestampMs: `${time}`,
        })),
      }),
    })),
    metrics: { inspectedSpans: `${inspected}` },
  }
}

/** `{name="a", status="<nil>"}`, in the order of names. */
function promLabels(labels: readonly SeriesLabel[]): string {
  const texts = labels.map(({ name, value }) => [name, promValue(value)] as const)
  const sorted = texts.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  const isPlain = (name: string) => /^[a-zA-Z_][\w]*$/.test(name)
  return `{${sorted.map(([name, text]) => `${isPlain(name) ? name : JSON.stringify(name)}=${JSON.stringify(text)}`).join(', ')}}`
}

function promValue(value: Value): string {
  if (value.type === 'int') return `int(${value.value})`
  const text = valueText(value)
  if (value.type === 'nil' || (value.type === 'string' && text === 'nil')) return '<nil>'
  return value.type === 'string' && text === '' ? '<empty>' : text
}

/** A trace in OTLP/JSON; Tempo has ids in base64 here, OTLP in hexadecimal digits. */
export function resourceSpansJson({ id, spans }: Trace, idForm: 'base64' | 'hex' = 'base64'): object[] {
  const formed = (hex: string) => (idForm === 'hex' ? hex : base64(hex))
  const byResource = Map.groupBy(spans, ({ resource }) => resource)
  return Array.from(byResource, ([resource, ofResource]) => ({
    resource: {
      attributes: [
        ...(resource.service === ''
          ? []
          : [{ key: 'service.name', value: { stringValue: resource.service } }]),
        ...resource.attributes.map(pairJson),
      ],
    },
    scopeSpans: Array.from(
      Map.groupBy(ofResource, ({ scope }) => scope),
      ([{ name, version, attributes }, ofScope]) => ({
        scope: { name, version, ...(attributes.length > 0 && { attributes: attributes.map(pairJson) }) },
        spans: ofScope.map(span => spanJson(formed(id), span, formed)),
      }),
    ),
  }))
}

const statusCodes = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR']

function spanJson(traceId: string, span: Span, formed: (hex: string) => string): object {
  const status = statusCodes.find(code => code.endsWith(`_${statuses[span.status]?.toUpperCase()}`))
  return {
    traceId,
    spanId: formed(span.id),
    ...(span.parentId !== '' && { parentSpanId: formed(span.parentId) }),
    ...(span.traceState !== '' && { traceState: span.traceState }),
    name: span.name,
    kind: `SPAN_KIND_${kinds[span.kind]?.toUpperCase()}`,
    startTimeUnixNano: `${span.start}`,
    endTimeUnixNano: `${span.start + BigInt(span.duration)}`,
    attributes: span.attributes.map(pairJson),
    events: span.events.map(({ name, timeSinceStart, attributes }) => ({
      timeUnixNano: `${span.start + BigInt(timeSinceStart)}`,
      name,
      attributes: attributes.map(pairJson),
    })),
    links: span.links.map(link => ({
      traceId: formed(link.traceId),
      spanId: formed(link.spanId),
      attributes: link.attributes.map(pairJson),
    })),
    status: { code: status, ...(span.statusMessage !== '' && { message: span.statusMessage }) },
  }
}

function pairJson({ key, value }: Pair): object {
  return { key, value: value.type === 'nil' ? {} : anyValue(value) }
}

function base64(hex: string): string {
  const bytes = hex.match(/../g)!.map(pair => Number.parseInt(pair, 16))
  return btoa(String.fromCharCode(...bytes))
}
