import { dependencyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { jobs } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, worker } from './kit/metrics.ts'
import { valueAsDuration } from './kit/queries.ts'

const queue = { ...worker, messaging_destination_name: 'fulfilment' } as const

export const QueueStale: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: () => ({
    expr: `max by (job, messaging_destination_name) (${select(jobs.oldestAge)}) > ${dependencyBudgets.queueOldestAge}`,
    summary: 'Jobs on queue {{ $labels.messaging_destination_name }} wait long',
    description: `The oldest ready job is ${valueAsDuration} old; its budget is ${dependencyBudgets.queueOldestAge} s`,
  }),
  tests: examples({
    labels: { job: 'worker', messaging_destination_name: 'fulfilment' },
    shown: '1m 30s',
    fires: gauge(jobs.oldestAge, queue, 90),
    quiet: gauge(jobs.oldestAge, queue, 1),
  }),
}
