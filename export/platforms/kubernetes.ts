import { plainGroups, type RuleGroup } from '../../alerts/rules.ts'

/** Where resources go, and by which labels they are selected, as kube-prometheus-stack does by `release`. */
export interface Resource {
  namespace?: string
  labels?: Readonly<Record<string, string>>
}

/** A PrometheusRule of the Prometheus operator. */
export function prometheusRule(name: string, groups: readonly RuleGroup[], resource: Resource = {}): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: metadata(name, { 'app.kubernetes.io/part-of': 'sightline' }, resource),
    spec: { groups: plainGroups(groups) },
  }
}

export function metadata(
  name: string,
  ours: Record<string, string>,
  { namespace, labels }: Resource,
): object {
  const all = { ...ours, ...labels }
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(Object.keys(all).length > 0 && { labels: all }),
  }
}
