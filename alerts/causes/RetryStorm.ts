import { dependencyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { httpClient, resilience } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, type Metrics, shop } from './kit/metrics.ts'
import { rateBy } from './kit/queries.ts'

export const RetryStorm: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: window => {
    const retries = rateBy('job', select(resilience.retries), window)
    const attempts = rateBy('job', select(httpClient.duration, {}, 'count'), window)
    return {
      expr: `${retries} / (${attempts} - ${retries} > 0) > ${dependencyBudgets.retryRatio}`,
      summary: '{{ $labels.job }} retries more than it should',
      description: `{{ $value | humanize }} retries per call; beyond ${dependencyBudgets.retryRatio} they feed the overload they react to`,
    }
  },
  tests: examples({
    labels: { job: 'shop' },
    shown: '2',
    fires: retriesAmong30Attempts(20),
    quiet: retriesAmong30Attempts(1),
  }),
}

function retriesAmong30Attempts(retries: number): Metrics {
  return {
    ...counter(httpClient.duration, shop, 30, 'count'),
    ...counter(resilience.retries, { ...shop, dependency: 'payments' }, retries),
  }
}
