import { select } from '../../contract/expr.ts'
import { business } from '../../contract/shop-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, worker } from './kit/metrics.ts'

export const OrdersUnsettled: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: () => ({
    expr: `max by (job) (${select(business.unsettled)}) > 0`,
    summary: '{{ $value | humanize }} orders or payments are not settled',
    description:
      'The sweep settles within seconds what a crash or a failed payment left open; it cannot reach payments or the database, or the worker that runs it is stuck',
  }),
  tests: examples({
    labels: { job: 'worker' },
    shown: '12',
    fires: gauge(business.unsettled, worker, 12),
    quiet: gauge(business.unsettled, worker, 0),
  }),
}
