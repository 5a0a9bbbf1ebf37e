import { select } from '../../contract/expr.ts'
import { jobs } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, worker } from './kit/metrics.ts'

const queue = { ...worker, messaging_destination_name: 'fulfilment' } as const

export const DeadLetters: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  atOnce: true,
  rule: window => ({
    expr: `sum by (job, messaging_destination_name) (increase(${select(jobs.deadLettered)}[${window}])) > 0`,
    summary: 'Jobs of queue {{ $labels.messaging_destination_name }} end as dead letters',
    description: `Jobs were given up after their last attempt within ${window}; each waits for a person`,
  }),
  tests: examples({
    labels: { job: 'worker', messaging_destination_name: 'fulfilment' },
    fires: counter(jobs.deadLettered, queue, 1),
    quiet: counter(jobs.deadLettered, queue, 0),
  }),
}
