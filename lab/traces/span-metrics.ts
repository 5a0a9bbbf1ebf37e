/** Metrics of spans and of the calls between services, under the names of Tempo's metrics generator. */
import { kinds, statuses } from '../../engines/traceql/language/value.ts'
import type { Batch } from '../../engines/traceql/otlp/read.ts'
import type { Span } from '../../engines/traceql/storage.ts'
import { traceIdField } from '../../otel/signals.ts'
import { createFamily, type Family } from './family.ts'
import { createServiceGraph } from './service-graph.ts'

interface SpanMetrics {
  add(batches: readonly Batch[], now: number): void
  /** As OpenMetrics. */
  text(now: number): string
  series(): number
}

/** Tempo's own, in seconds. */
const latencyBuckets = [0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.02, 2.05, 4.1]
/** Label sets beyond these are left out: names of spans may have no end. */
const mostLabelSets = 2000

export function createSpanMetrics(): SpanMetrics {
  const calls = createFamily('traces_spanmetrics_calls', 'Spans seen', mostLabelSets)
  const latency = createFamily(
    'traces_spanmetrics_latency',
    'Duration of spans',
    mostLabelSets,
    latencyBuckets,
  )
  const graph = createServiceGraph()
  const families: Family[] = [calls, latency, ...graph.families]
  return {
    add(batches, now) {
      for (const { spans, resource } of batches)
        for (const { traceId, span } of spans) {
          const labels = labelsOf(span, resource.service)
          calls.add(labels, 1)
          latency.add(labels, secondsOf(span), { [traceIdField]: traceId })
          graph.add(span, resource.service, traceId, now)
        }
    },
    text(now) {
      graph.expire(now)
      return `${families.map(family => family.text()).join('')}# EOF\n`
    },
    series: () => families.reduce((sum, family) => sum + family.series(), 0),
  }
}

function labelsOf(span: Span, service: string): [string, string][] {
  return [
    ['service', service],
    ['span_kind', `SPAN_KIND_${kinds[span.kind]!.toUpperCase()}`],
    ['span_name', span.name],
    ['status_code', `STATUS_CODE_${statuses[span.status]!.toUpperCase()}`],
  ]
}

function secondsOf({ duration }: Span): number {
  return Number(duration) / 1e9
}
