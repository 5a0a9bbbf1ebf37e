import { select } from '../../contract/expr.ts'
import { resilience } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, shop } from './kit/metrics.ts'

const open = { ...shop, dependency: 'payments', state: 'open' } as const

export const CircuitBreakerOpen: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  atOnce: true,
  rule: window => ({
    expr: `max by (job, dependency) (max_over_time(${select(resilience.breakerState, { state: 'open' })}[${window}])) == 1`,
    summary: 'Circuit breaker of {{ $labels.job }} to {{ $labels.dependency }} opens',
    description: `{{ $labels.job }} has stopped calling {{ $labels.dependency }} at least once within ${window}`,
  }),
  tests: examples({
    labels: { job: 'shop', dependency: 'payments' },
    fires: gauge(resilience.breakerState, open, 1),
    quiet: gauge(resilience.breakerState, open, 0),
  }),
}
