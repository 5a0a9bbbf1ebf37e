import { dependencyBudgets } from '../../contract/budgets.ts'
import { httpClient } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { between, shop } from './kit/metrics.ts'
import { p99Above, valueAsDuration } from './kit/queries.ts'

const server = { server_address: 'payments', server_port: '8081' } as const

export const DependencySlow: AlertDefinition = {
  group: 'causes-dependency',
  dashboard: 'sightline-dependencies',
  rule: (window, preset) => ({
    expr: p99Above(
      dependencyBudgets.paymentsP99,
      'job, server_address, server_port',
      httpClient.duration,
      window,
      preset,
    ),
    summary: '{{ $labels.server_address }}:{{ $labels.server_port }} answers {{ $labels.job }} slowly',
    description: `The 99th percentile of the calls is ${valueAsDuration}; its budget is ${dependencyBudgets.paymentsP99} s`,
  }),
  tests: examples({
    labels: { job: 'shop', ...server },
    shown: '1.99s',
    fires: between(httpClient.duration, { ...shop, ...server }, 10, '1', '2'),
    quiet: between(httpClient.duration, { ...shop, ...server }, 10, '0.05', '0.1'),
  }),
}
