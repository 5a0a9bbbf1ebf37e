/** The names that queries may use. */
import type { Queryable } from '../../../contract/expr.ts'

export interface Catalogue {
  metrics: ReadonlyMap<string, Queryable>
  /** Labels and structured metadata of log lines. */
  logs: ReadonlySet<string>
  /** Attributes of spans and their resources. */
  spans: ReadonlySet<string>
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
