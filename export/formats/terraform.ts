import { type Bundle, dashboardFiles, type Files, ruleFiles } from './bundle.ts'

/** For the Grafana provider of Terraform. */
export function terraform(bundle: Bundle): Files {
  return {
    ...dashboardFiles(bundle),
    ...ruleFiles(bundle),
    'main.tf': mainFile(bundle),
  }
}

function mainFile({ service, dashboards }: Bundle): string {
  const name = (uid: string) => uid.replaceAll('-', '_')
  return [
    'terraform {',
    '  required_providers {',
    '    grafana = {',
    '      source = "grafana/grafana"',
    '    }',
    '  }',
    '}',
    '',
    `resource "grafana_folder" "${name(service)}" {`,
    `  title = "${service}"`,
    '}',
    ...dashboards.flatMap(({ uid }) => [
      '',
      `resource "grafana_dashboard" "${name(uid)}" {`,
      `  folder      = grafana_folder.${name(service)}.uid`,
      `  config_json = file("\${path.module}/dashboards/${uid}.json")`,
      '  overwrite   = true',
      '}',
    ]),
    '',
  ].join('\n')
}
