import { dependencyBudgets } from '../../contract/budgets.ts'
import { matches, select } from '../../contract/expr.ts'
import { cache } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, type Metrics, shop } from './kit/metrics.ts'
import { rateBy, valueAsPercentage } from './kit/queries.ts'

const labels = { job: 'shop', cache: 'products' }

export const CacheHitRatioLow: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: (window, preset) => {
    const hits = rateBy('job, cache', select(cache.requests, { result: matches('hit|shared') }), window)
    const lookups = rateBy('job, cache', select(cache.requests), window)
    return {
      expr:
        `(${hits} or 0 * ${lookups}) / (${lookups} > 0) < ${dependencyBudgets.cacheHitRatio}` +
        ` and ${lookups} * ${preset.cause.window} >= 20`,
      summary: 'Cache {{ $labels.cache }} of {{ $labels.job }} hardly helps',
      description: `Only ${valueAsPercentage} of its look-ups are answered without asking the database`,
    }
  },
  tests: examples(
    {
      labels,
      shown: '20%',
      fires: { ...lookups('hit', 20), ...lookups('miss', 80) },
      quiet: { ...lookups('hit', 90), ...lookups('miss', 10) },
    },
    {
      title: 'without a single hit',
      labels,
      shown: '0%',
      fires: lookups('miss', 50),
      quiet: lookups('hit', 50),
    },
  ),
}

function lookups(result: 'hit' | 'miss', perSecond: number): Metrics {
  return counter(cache.requests, { ...shop, cache: 'products', result }, perSecond)
}
