/** Every name a query may use, from the contract, the recorded series and the stack. */

import type { Queryable } from '../../contract/expr.ts'
import { namedSeries } from '../../contract/recorded-series.ts'
import { allMetrics, spanAttributes } from '../../contract/shop-signals.ts'
import { allStackMetrics } from '../../contract/stack-signals.ts'
import { logFields, resourceAttributes } from '../../otel/signals.ts'

export interface Catalogue {
  metrics: ReadonlyMap<string, Queryable>
  /** Labels and structured metadata of log lines. */
  logs: ReadonlySet<string>
  /** Attributes of spans and their resources. */
  spans: ReadonlySet<string>
}

export const contract: Catalogue = {
  metrics: new Map(
    [...allMetrics, ...allStackMetrics, ...Object.values<Queryable>(namedSeries)].map(metric => [
      metric.name,
      metric,
    ]),
  ),
  /** Loki adds the level it detects. */
  logs: new Set([...Object.keys(logFields), 'detected_level']),
  spans: new Set([...spanAttributes, ...resourceAttributes]),
}

/** The metric behind a series' name and the part of a histogram it is. */
export function metricOf(
  { metrics }: Catalogue,
  series: string,
): { metric: Queryable; part: 'bucket' | 'count' | 'sum' | '' } | undefined {
  const metric = metrics.get(series)
  if (metric !== undefined) return { metric, part: '' }
  const [, base, part] = /^(.+)_(bucket|count|sum)$/.exec(series) ?? []
  const histogram = base === undefined ? undefined : metrics.get(base)
  return histogram?.kind === 'histogram'
    ? { metric: histogram, part: part as 'bucket' | 'count' | 'sum' }
    : undefined
}
