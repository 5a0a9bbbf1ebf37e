import { dependencyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { threadPool } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, shop } from './kit/metrics.ts'
import { jobOnInstance, services } from './kit/queries.ts'

const pool = { ...shop, pool: 'recommendations' } as const

export const ThreadPoolBacklog: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  rule: window => ({
    expr: `avg_over_time(${select(threadPool.queued, services)}[${window}]) > ${dependencyBudgets.threadPoolQueued}`,
    summary: `Tasks wait for threads of pool {{ $labels.pool }} of ${jobOnInstance}`,
    description: `{{ $value | humanize }} tasks are waiting; the pool is too small for the work it gets`,
  }),
  tests: examples({
    labels: pool,
    shown: '40',
    fires: gauge(threadPool.queued, pool, 40),
    quiet: gauge(threadPool.queued, pool, 2),
  }),
}
