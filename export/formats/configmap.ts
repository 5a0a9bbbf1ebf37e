import { serialise } from '../../dashboards/kit/render.ts'
import { type Bundle, type Files, perDashboard, ruleResources } from './bundle.ts'

/** For the sidecar of the Grafana Helm chart. */
export function configmap(bundle: Bundle): Files {
  return {
    ...perDashboard(bundle, dashboard => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `dashboard-${dashboard.uid}`, labels: { grafana_dashboard: '1' } },
      data: { [`${dashboard.uid}.json`]: serialise(dashboard) },
    })),
    ...ruleResources(bundle),
  }
}
