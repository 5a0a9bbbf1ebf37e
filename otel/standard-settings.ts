/**
 * Variables of the OpenTelemetry specification that choose between implementations. Each means what the specification
 * says, or ends the process with what the kit has instead: one that is ignored would look like a service without load.
 */

import { protocols } from './delivery-settings.ts'
import type { Env } from './sdk-disabled.ts'

/** What the SDK cannot do it only warns about, to a logger that nobody has set. */
export function checkStandardSettings(env: Env): void {
  const disabled = env.OTEL_SDK_DISABLED?.trim().toLowerCase() ?? ''
  if (!['', 'true', 'false'].includes(disabled))
    process.emitWarning(
      `Cannot read OTEL_SDK_DISABLED: expected true or false, got "${env.OTEL_SDK_DISABLED}", taken as false`,
    )
  for (const name of namesIn(env.OTEL_PROPAGATORS))
    if (!propagators.includes(name)) throw unknown('OTEL_PROPAGATORS', propagators, name)
  if (env.OTEL_CONFIG_FILE)
    throw new Error(
      `Cannot follow OTEL_CONFIG_FILE: expected it to be unset, because this kit is configured by variables, got "${env.OTEL_CONFIG_FILE}"`,
    )
  for (const [variable, ...known] of limited) {
    const value = env[variable]
    if (value && !known.includes(value)) throw unknown(variable, known, value)
  }
  metricsExporters(env)
  for (const signal of ['TRACES', 'LOGS', 'METRICS']) {
    const variable = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`
    const endpoint = env[variable]
    if (endpoint) throw unknown(variable, ['OTEL_EXPORTER_OTLP_ENDPOINT, one for all signals'], endpoint)
  }
}

/** Where metrics go: the page that is scraped, the OTLP endpoint, both or none. */
export function metricsExporters(env: Env): ReadonlySet<string> {
  const names = namesIn(env.OTEL_METRICS_EXPORTER)
  for (const name of names)
    if (!metricsExporterNames.includes(name))
      throw unknown('OTEL_METRICS_EXPORTER', metricsExporterNames, name)
  if (names.includes('none') && names.length > 1)
    throw unknown('OTEL_METRICS_EXPORTER', ['none alone'], names.join(','))
  return new Set(names.length === 0 ? ['prometheus'] : names)
}

/** Whether histograms go to OTLP with buckets that find their size by themselves. */
export function exponentialHistograms(env: Env): boolean {
  return env[histogramAggregation] === aggregations[1]
}

const metricsExporterNames: readonly string[] = ['prometheus', 'otlp', 'none']
const histogramAggregation = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'
const aggregations = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const

/** What the kit does one way only, or in few. */
const limited: readonly (readonly [variable: string, ...known: string[]])[] = [
  ['OTEL_EXPORTER_OTLP_PROTOCOL', ...protocols],
  ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', ...protocols],
  ['OTEL_EXPORTER_OTLP_LOGS_PROTOCOL', ...protocols],
  ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', ...protocols],
  ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'cumulative'],
  [histogramAggregation, ...aggregations],
  ['OTEL_TRACES_EXPORTER', 'otlp'],
  ['OTEL_LOGS_EXPORTER', 'otlp'],
]

const propagators: readonly string[] = ['tracecontext', 'baggage', 'b3', 'b3multi', 'none']

function namesIn(list = ''): string[] {
  return list.split(',').flatMap(name => (name.trim() === '' ? [] : [name.trim()]))
}

/** Of a variable whose value the kit does not know. */
export function unknown(variable: string, known: readonly string[], got: string): Error {
  return new Error(`Cannot follow ${variable}: expected ${known.join(', ')}, got "${got}"`)
}
