import { select } from '../../contract/expr.ts'
import { prometheusServer } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, prometheus } from './kit/metrics.ts'

export const PrometheusConfigStale: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: () => ({
    expr: `${select(prometheusServer.configReloaded)} == 0`,
    summary: 'Prometheus on {{ $labels.instance }} runs an old configuration',
    description: 'The last reload failed: rules on disk and rules in force differ',
  }),
  tests: examples({
    labels: prometheus,
    fires: gauge(prometheusServer.configReloaded, prometheus, 0),
    quiet: gauge(prometheusServer.configReloaded, prometheus, 1),
  }),
}
