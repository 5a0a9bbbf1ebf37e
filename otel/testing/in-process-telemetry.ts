/** The SDK inside a test's own process, keeping its spans; for tests of single parts of the kit. */

import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

export interface KeptSpans {
  all: () => ReadableSpan[]
  named: (name: string) => ReadableSpan | undefined
  clear: () => void
}

export function keepSpans(): KeptSpans {
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  )
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  return {
    all: () => exporter.getFinishedSpans(),
    named: name => exporter.getFinishedSpans().find(span => span.name === name),
    clear: () => exporter.reset(),
  }
}
