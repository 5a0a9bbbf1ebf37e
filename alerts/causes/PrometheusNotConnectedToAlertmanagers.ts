import { select } from '../../contract/expr.ts'
import { prometheusServer } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, prometheus } from './kit/metrics.ts'

export const PrometheusNotConnectedToAlertmanagers: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: () => ({
    expr: `${select(prometheusServer.alertmanagers)} < 1`,
    summary: 'Prometheus on {{ $labels.instance }} knows no Alertmanager',
    description: 'No alert leaves this Prometheus',
  }),
  tests: examples({
    labels: prometheus,
    fires: gauge(prometheusServer.alertmanagers, prometheus, 0),
    quiet: gauge(prometheusServer.alertmanagers, prometheus, 1),
  }),
}
