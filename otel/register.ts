/** Loaded before the service with `node --import ./otel/register.ts`: starts traces, runtime metrics and the endings. */

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { AlwaysOffSampler, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import { delivery } from './delivery.ts'
import { observeHttpClient } from './http-client.ts'
import { handleEndings } from './lifecycle.ts'
import { startMetricsExport } from './metrics-export.ts'
import { resourceAttributes } from './resource.ts'
import { observeRuntime } from './runtime.ts'
import { ratioFromEnv, samplerFromEnv } from './samplers.ts'
import { sdkDisabled } from './sdk-disabled.ts'
import { observeTelemetry } from './self.ts'
import { spanDelivery } from './span-delivery.ts'
import { checkStandardSettings, metricsExporters } from './standard-settings.ts'

/** Each one that is loaded costs every request; a service that needs more names them. */
process.env.OTEL_NODE_ENABLED_INSTRUMENTATIONS ??= 'http,undici'

if (!sdkDisabled) await startTelemetry()
handleEndings()

async function startTelemetry(): Promise<void> {
  checkStandardSettings(process.env)
  new NodeSDK({
    autoDetectResources: false,
    resource: resourceFromAttributes(resourceAttributes()),
    sampler: samplerFromEnv(process.env) ?? new ParentBasedSampler({ root: rootSampler() }),
    spanProcessors: [spanDelivery],
    metricReaders: [],
    logRecordProcessors: [],
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
  if (metricsExporters(process.env).has('otlp')) startMetricsExport(process.env)
}

/** Spans that nobody will receive are not worth recording; they still give every line and job its ids. */
function rootSampler() {
  return delivery.endpoint() !== undefined
    ? new TraceIdRatioBasedSampler(ratioFromEnv(process.env))
    : new AlwaysOffSampler()
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
