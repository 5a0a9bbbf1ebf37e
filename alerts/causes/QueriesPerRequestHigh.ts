import { dependencyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { database, httpServer } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, type Metrics, shop } from './kit/metrics.ts'
import { rateBy } from './kit/queries.ts'

export const QueriesPerRequestHigh: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: window => ({
    expr: `${rateBy('job', select(database.duration, {}, 'count'), window)} / (${rateBy('job', select(httpServer.duration, {}, 'count'), window)} > 0) > ${dependencyBudgets.queriesPerRequest}`,
    summary: '{{ $labels.job }} runs many queries per request',
    description: `{{ $value | humanize }} database operations per request; more than ${dependencyBudgets.queriesPerRequest} mean that rows are read one by one`,
  }),
  tests: examples({
    labels: { job: 'shop' },
    shown: '12',
    fires: queriesOf10Requests(120),
    quiet: queriesOf10Requests(20),
  }),
}

function queriesOf10Requests(queries: number): Metrics {
  return {
    ...counter(database.duration, shop, queries, 'count'),
    ...counter(httpServer.duration, shop, 10, 'count'),
  }
}
