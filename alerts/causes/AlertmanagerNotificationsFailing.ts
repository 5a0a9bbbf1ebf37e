import { select } from '../../contract/expr.ts'
import { alertmanagerServer } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { alertmanager, counter } from './kit/metrics.ts'
import { hasGrown } from './kit/queries.ts'

const webhook = { ...alertmanager, integration: 'webhook' } as const

export const AlertmanagerNotificationsFailing: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: window => ({
    expr: hasGrown(select(alertmanagerServer.notificationsFailed), window),
    summary: 'Alertmanager on {{ $labels.instance }} cannot notify by {{ $labels.integration }}',
    description: 'Alerts fire and nobody hears of them',
  }),
  tests: examples({
    labels: webhook,
    fires: counter(alertmanagerServer.notificationsFailed, webhook, 1),
    quiet: counter(alertmanagerServer.notificationsFailed, webhook, 0),
  }),
}
