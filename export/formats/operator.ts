import { serialise } from '../../dashboards/kit/render.ts'
import { metadata } from '../platforms/kubernetes.ts'
import { type Bundle, type Files, perDashboard, ruleResources } from './bundle.ts'

/** For grafana-operator. */
export function operator(bundle: Bundle): Files {
  return {
    ...perDashboard(bundle, dashboard => ({
      apiVersion: 'grafana.integreatly.org/v1beta1',
      kind: 'GrafanaDashboard',
      metadata: metadata(dashboard.uid, {}, bundle.resource),
      spec: {
        instanceSelector: { matchLabels: { dashboards: 'grafana' } },
        folder: bundle.service,
        json: serialise(dashboard),
      },
    })),
    ...ruleResources(bundle),
  }
}
