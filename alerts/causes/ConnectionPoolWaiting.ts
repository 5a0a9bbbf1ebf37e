import { dependencyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { database } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { between, counter, gauge, shop } from './kit/metrics.ts'
import { p99By, rateBy } from './kit/queries.ts'

const poolLabels = 'job, db_client_connection_pool_name'
const pool = { ...shop, db_client_connection_pool_name: 'main' } as const
const labels = { job: 'shop', db_client_connection_pool_name: 'main' }

export const ConnectionPoolWaiting: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: window => ({
    expr:
      `${p99By(poolLabels, select(database.connectionWait, {}, 'bucket'), window)} > ${dependencyBudgets.poolWaitP99}` +
      ` or ${rateBy(poolLabels, select(database.connectionTimeouts), window)} > 0` +
      ` or sum by (${poolLabels}) (min_over_time(${select(database.connectionsPending)}[${window}])) > 0`,
    summary:
      'Callers of {{ $labels.job }} wait for connections of pool {{ $labels.db_client_connection_pool_name }}',
    description: `The 99th percentile of the wait is above ${dependencyBudgets.poolWaitP99} s, callers give up, or some wait all the time`,
  }),
  tests: examples(
    {
      title: 'by waiting time',
      labels,
      fires: between(database.connectionWait, pool, 10, '0.25', '0.5'),
      quiet: between(database.connectionWait, pool, 10, '0.0005', '0.001'),
    },
    {
      title: 'by callers that give up',
      labels,
      fires: counter(database.connectionTimeouts, pool, 1),
      quiet: counter(database.connectionTimeouts, pool, 0),
    },
    {
      title: 'by callers that wait all the time',
      labels,
      fires: gauge(database.connectionsPending, pool, 4),
      quiet: gauge(database.connectionsPending, pool, 0),
    },
  ),
}
