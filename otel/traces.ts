/** Spans of the service's own work; those of HTTP, Postgres and jobs are made by their own files. */

import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

export const tracer = trace.getTracer('otel-kit')

/** Runs `work` inside a span that records its error and ends with it. */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => T | Promise<T>,
  kind: SpanKind = SpanKind.INTERNAL,
): Promise<T> {
  return tracer.startActiveSpan(name, { attributes, kind }, async span => {
    try {
      return await work(span)
    } catch (error) {
      failSpan(span, error)
      throw error
    } finally {
      span.end()
    }
  })
}

/** Adds attributes to the active span; without one nothing happens. */
export function annotateSpan(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes)
}

export function failSpan(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error))
  span.setAttribute('error.type', errorType(error))
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.message : String(error),
  })
}

/** The error's code or class name; anything that does not look like one of the code's names would be unbounded. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER'
  const name =
    'code' in error && typeof error.code === 'string' && error.code !== '' ? error.code : error.name
  return /^[A-Za-z_][\w.]{0,49}$/.test(name) || /^[0-9A-Z]{5}$/.test(name) ? name : '_OTHER'
}
