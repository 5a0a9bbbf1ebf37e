/** Every name a query of ours may use, from the signals, the recorded series and the stack. */

import type { Queryable } from '../contract/expr.ts'
import { namedSeries } from '../contract/recorded-series.ts'
import { allMetrics, spanAttributes } from '../contract/shop-signals.ts'
import { allStackMetrics } from '../contract/stack-signals.ts'
import { logFields, resourceAttributes } from '../otel/signals.ts'
import type { Catalogue } from './kit/check/catalogue.ts'

export const catalogue: Catalogue = {
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
