/** An objective as TypeScript, to be pasted into alerts/objectives.ts. */

import type { AnyObjective, Selection } from '../../alerts/objectives.ts'
import { signals } from '../../contract/shop-signals.ts'
import type { Metric } from '../../otel/signals.ts'

export function objectiveSource({ sli, ...objective }: AnyObjective): string {
  const literal = (value: unknown) => JSON.stringify(value)
  const fields = Object.entries(objective).map(([name, value]) => `${name}: ${literal(value)}`)
  const parts =
    sli.kind === 'queries'
      ? Object.entries(sli).map(([field, value]) => `${field}: ${literal(value)}`)
      : [
          `kind: '${sli.kind}'`,
          `total: ${selectionSource(sli.total)}`,
          'failed' in sli ? `failed: ${selectionSource(sli.failed)}` : `threshold: ${sli.threshold}`,
        ]
  return `{\n  ${fields.join(',\n  ')},\n  sli: {\n    ${parts.join(',\n    ')},\n  },\n}`
}

function selectionSource({ metric, where }: Selection): string {
  return `selection(${placeOf(metric)}, ${JSON.stringify(where)})`
}

function placeOf(metric: Metric): string {
  for (const [group, metrics] of Object.entries(signals))
    for (const [name, each] of Object.entries(metrics))
      if (each.name === metric.name) return `${group}.${name}`
  return JSON.stringify(metric)
}
