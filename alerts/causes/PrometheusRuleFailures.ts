import { select } from '../../contract/expr.ts'
import { prometheusServer } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, prometheus } from './kit/metrics.ts'
import { hasGrown } from './kit/queries.ts'

const group = { ...prometheus, rule_group: 'rules.yaml;slo' } as const

export const PrometheusRuleFailures: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: window => ({
    expr: hasGrown(select(prometheusServer.ruleFailures), window),
    summary: 'Rules of group {{ $labels.rule_group }} fail on {{ $labels.instance }}',
    description: 'A rule that fails records nothing and never fires',
  }),
  tests: examples({
    labels: group,
    fires: counter(prometheusServer.ruleFailures, group, 1),
    quiet: counter(prometheusServer.ruleFailures, group, 0),
  }),
}
