import { select } from '../../contract/expr.ts'
import { prometheusServer } from '../../contract/stack-signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, prometheus } from './kit/metrics.ts'
import { hasGrown } from './kit/queries.ts'

const group = { ...prometheus, rule_group: 'rules.yaml;slo' } as const

export const PrometheusMissedEvaluations: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: window => ({
    expr: hasGrown(select(prometheusServer.ruleIterationsMissed), window),
    summary: 'Rule group {{ $labels.rule_group }} on {{ $labels.instance }} skips evaluations',
    description: 'Evaluating the group takes longer than its interval, so its alerts come late',
  }),
  tests: examples({
    labels: group,
    fires: counter(prometheusServer.ruleIterationsMissed, group, 1),
    quiet: counter(prometheusServer.ruleIterationsMissed, group, 0),
  }),
}
