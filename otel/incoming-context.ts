/** The trace and the baggage a caller sent along; what cannot be taken is dropped and counted, never a failed request. */

import type { IncomingHttpHeaders } from 'node:http'
import { type Context, defaultTextMapGetter, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { counter } from './metrics.ts'
import { telemetry } from './signals.ts'

const dropped = counter(telemetry.contextsDropped)

export function incomingContext(headers: IncomingHttpHeaders): Context {
  const context = propagation.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
  const { traceparent, baggage } = headers
  if (traceparent !== undefined && trace.getSpanContext(context) === undefined) drop('traceparent')
  if (typeof baggage === 'string' && !isWhole(context, baggage)) drop('baggage')
  return context
}

/** The propagator takes at most 8,192 bytes and 180 pairs, and leaves out a pair that it cannot read. */
function isWhole(context: Context, baggage: string): boolean {
  const taken = propagation.getBaggage(context)?.getAllEntries().length ?? 0
  return taken === baggage.split(',').filter(pair => pair.trim() !== '').length
}

/** What nobody has asked to be read is not dropped. */
function drop(header: 'traceparent' | 'baggage'): void {
  if (propagation.fields().includes(header)) dropped.add({ header })
}
