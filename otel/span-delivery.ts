/** Hands each sampled span to the delivery as text when it ends, so that no span object outlives its work. */

import { TraceFlags } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { delivery } from './delivery.ts'
import { encodeScope, encodeSpan } from './otlp.ts'

export const spanDelivery: SpanProcessor = {
  onStart: () => {},
  onEnd: span => {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return
    delivery.span(scopeOf(span.instrumentationScope), encodeSpan(span))
  },
  forceFlush: () => delivery.flush(2000),
  shutdown: () => delivery.flush(2000),
}

const scopes = new WeakMap<InstrumentationScope, string>()

function scopeOf(scope: InstrumentationScope): string {
  let json = scopes.get(scope)
  if (json === undefined) {
    json = encodeScope(scope)
    scopes.set(scope, json)
  }
  return json
}
