import { serialise } from '../../dashboards/kit/render.ts'
import { metadata } from '../platforms/kubernetes.ts'
import { type Bundle, type Files, perDashboard, ruleResources } from './bundle.ts'

/** For the sidecar of the Grafana Helm chart. */
export function configmap(bundle: Bundle): Files {
  return {
    ...perDashboard(bundle, dashboard => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(`dashboard-${dashboard.uid}`, { grafana_dashboard: '1' }, bundle.resource),
      data: { [`${dashboard.uid}.json`]: serialise(dashboard) },
    })),
    ...ruleResources(bundle),
  }
}
