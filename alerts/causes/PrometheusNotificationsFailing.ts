import { select } from '../../contract/expr.ts'
import { prometheusServer } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, prometheus } from './kit/metrics.ts'
import { hasGrown } from './kit/queries.ts'

export const PrometheusNotificationsFailing: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: window => ({
    expr: `${hasGrown(select(prometheusServer.notificationErrors), window)} or ${hasGrown(select(prometheusServer.notificationsDropped), window)}`,
    summary: 'Prometheus on {{ $labels.instance }} cannot deliver its alerts',
    description: 'Alertmanager refuses alerts or is not reached, so a page may be lost',
  }),
  tests: examples({
    labels: prometheus,
    fires: counter(prometheusServer.notificationsDropped, prometheus, 1),
    quiet: counter(prometheusServer.notificationsDropped, prometheus, 0),
  }),
}
