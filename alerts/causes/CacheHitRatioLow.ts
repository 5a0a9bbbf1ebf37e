import { dependencyBudgets } from '../../contract/budgets.ts'
import { matches, select } from '../../contract/expr.ts'
import { cache, runtime } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, gauge, type Metrics, shop } from './kit/metrics.ts'
import { rateBy, valueAsPercentage } from './kit/queries.ts'

/** Of fewer look-ups in a window the share of hits is more chance than cache. */
const judgedFrom = 50
const labels = { job: 'shop', cache: 'products' }

export const CacheHitRatioLow: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: (window, preset) => {
    const hits = rateBy('job, cache', select(cache.requests, { result: matches('hit|shared') }), window)
    const lookups = rateBy('job, cache', select(cache.requests), window)
    // A cache that has just been started is empty, and fills within a few windows.
    const isYoung = `time() - max by (job) (${select(runtime.startTime)}) < ${3 * preset.cause.window}`
    return {
      expr:
        `(${hits} or 0 * ${lookups}) / (${lookups} > 0) < ${dependencyBudgets.cacheHitRatio}` +
        ` and ${lookups} * ${preset.cause.window} >= ${judgedFrom} unless on (job) ${isYoung}`,
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
    {
      title: 'once the process is no longer young',
      labels,
      shown: '0%',
      fires: { ...lookups('miss', 50), ...gauge(runtime.startTime, shop, -100_000) },
      quiet: { ...lookups('miss', 50), ...gauge(runtime.startTime, shop, 100_000) },
    },
  ),
}

function lookups(result: 'hit' | 'miss', perSecond: number): Metrics {
  return counter(cache.requests, { ...shop, cache: 'products', result }, perSecond)
}
