/** What the documentation of OpenTelemetry gives who asks for everything: all instrumentations, SDK metrics and logs. */
import { register } from 'node:module'

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
process.env.OTEL_TRACES_EXPORTER = 'otlp'
process.env.OTEL_METRICS_EXPORTER = 'otlp'
process.env.OTEL_LOGS_EXPORTER = 'otlp'
// The detectors of clouds ask the network at start and cost no request anything.
process.env.OTEL_NODE_RESOURCE_DETECTORS = 'env,host,os,process'
await import('@opentelemetry/auto-instrumentations-node/register')
