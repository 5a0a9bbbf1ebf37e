import { dependencyBudgets } from '../../contract/budgets.ts'
import { database } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { between, shop } from './kit/metrics.ts'
import { p99Above, valueAsDuration } from './kit/queries.ts'

const query = { ...shop, db_query_summary: 'search products' } as const

export const SlowQueries: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: (window, preset) => ({
    expr: p99Above(dependencyBudgets.queryP99, 'job, db_query_summary', database.duration, window, preset),
    summary: 'Query "{{ $labels.db_query_summary }}" of {{ $labels.job }} is slow',
    description: `Its 99th percentile is ${valueAsDuration}; its budget is ${dependencyBudgets.queryP99} s`,
  }),
  tests: examples({
    labels: { job: 'shop', db_query_summary: 'search products' },
    // All are between 0.5 and 1 s, so the 99th percentile is interpolated at 0.995 s.
    shown: '995ms',
    fires: between(database.duration, query, 10, '0.5', '1'),
    quiet: between(database.duration, query, 10, '0.005', '0.01'),
  }),
}
