/** Loaded before the service with `node --import ./otel/register.ts`: starts traces, runtime metrics and the endings. */

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { AlwaysOffSampler, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import { delivery } from './delivery.ts'
import { observeHttpClient } from './http-client.ts'
import { handleEndings } from './lifecycle.ts'
import { resourceAttributes } from './resource.ts'
import { observeRuntime } from './runtime.ts'
import { observeTelemetry } from './self.ts'
import { spanDelivery } from './span-delivery.ts'

/** Each one that is loaded costs every request; a service that needs more names them. */
process.env.OTEL_NODE_ENABLED_INSTRUMENTATIONS ??= 'http,undici'

new NodeSDK({
  autoDetectResources: false,
  resource: resourceFromAttributes(resourceAttributes()),
  sampler: new ParentBasedSampler({ root: rootSampler() }),
  spanProcessors: [spanDelivery],
  metricReaders: [],
  logRecordProcessors: [],
  textMapPropagator: new W3CTraceContextPropagator(),
  instrumentations: getNodeAutoInstrumentations({
    '@opentelemetry/instrumentation-http': {
      ...(await incomingRequests()),
      requireParentforOutgoingSpans: true,
    },
    '@opentelemetry/instrumentation-undici': { requireParentforSpans: true },
  }),
}).start()

// A built-in imported as an ES module shows what is patched only when its exports are synchronised.
const require = createRequire(import.meta.url)
for (const name of ['http', 'https', 'net', 'dns']) require(`node:${name}`)
syncBuiltinESMExports()

observeRuntime()
observeHttpClient()
observeTelemetry()
handleEndings()

/** Spans that nobody will receive are not worth recording; they still give every line and job its ids. */
function rootSampler() {
  return delivery.exportsTraces
    ? new TraceIdRatioBasedSampler(ratio(process.env.OTEL_TRACES_SAMPLER_ARG))
    : new AlwaysOffSampler()
}

function ratio(text = '1'): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 1))
    throw new Error(`Cannot read OTEL_TRACES_SAMPLER_ARG: expected a ratio from 0 to 1, got "${text}"`)
  return value
}

/** Loaded only when asked for: a process without an HTTP server does not claim its metrics. */
async function incomingRequests() {
  const by = process.env.TELEMETRY_HTTP_SERVER || 'adapter'
  if (by === 'adapter') return { disableIncomingRequestInstrumentation: true }
  if (by !== 'stock')
    throw new Error(`Cannot read TELEMETRY_HTTP_SERVER: expected adapter or stock, got "${by}"`)
  const { stockHttp } = await import('./stock-http.ts')
  return stockHttp()
}
