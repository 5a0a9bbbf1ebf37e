import { plainGroups, type RuleGroup } from '../../alerts/rules.ts'

/** A PrometheusRule of the Prometheus operator. */
export function prometheusRule(name: string, groups: readonly RuleGroup[]): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, labels: { 'app.kubernetes.io/part-of': 'sightline' } },
    spec: { groups: plainGroups(groups) },
  }
}
