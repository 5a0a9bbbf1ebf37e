import { select } from '../../contract/expr.ts'
import { alertmanagerServer } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { alertmanager, gauge } from './kit/metrics.ts'

export const AlertmanagerConfigStale: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: () => ({
    expr: `${select(alertmanagerServer.configReloaded)} == 0`,
    summary: 'Alertmanager on {{ $labels.instance }} runs an old configuration',
    description: 'The last reload failed: routes on disk and routes in force differ',
  }),
  tests: examples({
    labels: alertmanager,
    fires: gauge(alertmanagerServer.configReloaded, alertmanager, 0),
    quiet: gauge(alertmanagerServer.configReloaded, alertmanager, 1),
  }),
}
