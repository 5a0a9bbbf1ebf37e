/**
 * Writes metrics as Prometheus reads them, by prom-client's registry: OpenMetrics, which alone carries exemplars, or the
 * older plain text.
 */

import { type OpenMetricsContentType, type Metric as RegisteredMetric, Registry } from 'prom-client'

export interface Family {
  /** Of counters with `_total`. */
  name: string
  help: string
  kind: string
  samples: FamilySample[]
}

export interface FamilySample {
  name: string
  labels: Record<string, string | number>
  value: number
  exemplar?: { labels: Record<string, string | number>; value: number; seconds: number }
}

export type ExpositionFormat = 'openmetrics' | 'text'

export const contentTypes = {
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
  text: Registry.PROMETHEUS_CONTENT_TYPE,
} as const

export function writeExposition(families: readonly Family[], format: ExpositionFormat): Promise<string> {
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(contentTypes[format] as OpenMetricsContentType)
  for (const family of families)
    registry.registerMetric(registered(family, format) as unknown as RegisteredMetric)
  return registry.metrics()
}

/** What the registry asks of a metric. */
function registered({ name, help, kind, samples }: Family, format: ExpositionFormat) {
  const isOpenMetrics = format === 'openmetrics'
  // Here a counter's family is called without `_total`, which the registry puts behind the name of each sample.
  const family = isOpenMetrics && kind === 'counter' ? name.replace(/_total$/, '') : name
  const values = samples.map(({ name: sample, labels, value, exemplar }) => ({
    metricName: kind === 'counter' ? family : sample,
    labels,
    value,
    ...(exemplar && {
      exemplar: { labelSet: exemplar.labels, value: exemplar.value, timestamp: exemplar.seconds },
    }),
  }))
  const type = isOpenMetrics && kind === 'untyped' ? 'unknown' : kind
  return { name: family, type, get: async () => ({ name: family, help, type, values }) }
}
