import { dependencyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { jobs } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, worker } from './kit/metrics.ts'

const ready = { ...worker, messaging_destination_name: 'fulfilment', state: 'ready' } as const

export const QueueBacklog: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: () => ({
    expr: `sum by (job, messaging_destination_name) (${select(jobs.depth, { state: 'ready' })}) > ${dependencyBudgets.queueDepth}`,
    summary: 'Queue {{ $labels.messaging_destination_name }} is long',
    description: `{{ $value | humanize }} jobs are ready and not worked on; its budget is ${dependencyBudgets.queueDepth}`,
  }),
  tests: examples({
    labels: { job: 'worker', messaging_destination_name: 'fulfilment' },
    shown: '900',
    fires: gauge(jobs.depth, ready, 900),
    quiet: gauge(jobs.depth, ready, 20),
  }),
}
