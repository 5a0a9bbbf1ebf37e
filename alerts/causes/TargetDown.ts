import { select } from '../../contract/expr.ts'
import { prometheusOwn } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { gauge, shop } from './kit/metrics.ts'
import { jobOnInstance } from './kit/queries.ts'

export const TargetDown: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: () => ({
    expr: `${select(prometheusOwn.up)} == 0`,
    summary: `${jobOnInstance} cannot be scraped`,
    description: 'Prometheus gets no metrics from it: it is down, unreachable, or too slow to answer',
  }),
  tests: examples({
    labels: shop,
    fires: gauge(prometheusOwn.up, shop, 0),
    quiet: gauge(prometheusOwn.up, shop, 1),
  }),
}
