import { type Bundle, dashboardFiles, type Files, ruleFiles, yaml } from './bundle.ts'

/** File provisioning: a provider and the dashboards it reads. */
export function grafana(bundle: Bundle): Files {
  return {
    ...dashboardFiles(bundle),
    ...ruleFiles(bundle),
    'provisioning/dashboards.yaml': yaml({
      apiVersion: 1,
      providers: [
        {
          name: bundle.service,
          folder: bundle.service,
          type: 'file',
          disableDeletion: true,
          allowUiUpdates: false,
          options: { path: `/var/lib/grafana/dashboards/${bundle.service}` },
        },
      ],
    }),
  }
}
