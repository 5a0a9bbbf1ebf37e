/** The ways dashboards reach a Grafana, each as the files its users expect. */

import { plainGroups, type RuleGroup, toYaml } from '../alerts/rules.ts'
import type { NativeDashboard } from '../dashboards/kit/bridge.ts'
import { panelsOf } from '../dashboards/kit/lint.ts'
import { serialise } from '../dashboards/kit/render.ts'
import { prometheusRule } from './platforms.ts'

export interface Bundle {
  service: string
  dashboards: readonly NativeDashboard[]
  /** Groups by their subject, which names the file. */
  rules: Readonly<Record<string, readonly RuleGroup[]>>
}

export type Format = 'grafana' | 'sharing' | 'configmap' | 'operator' | 'terraform' | 'mixin'

export const formats: Record<Format, (bundle: Bundle) => Record<string, string>> = {
  /** File provisioning: a provider and the dashboards it reads. */
  grafana: bundle => ({
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
  }),
  /** The import dialog asks for the data sources. */
  sharing: bundle => ({
    ...Object.fromEntries(
      bundle.dashboards.map(dashboard => [
        `dashboards/${dashboard.uid}.json`,
        `${JSON.stringify(withInputs(dashboard), undefined, 2)}\n`,
      ]),
    ),
    ...ruleFiles(bundle),
  }),
  /** For the sidecar of the Grafana Helm chart. */
  configmap: bundle => ({
    ...perDashboard(bundle, dashboard => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `dashboard-${dashboard.uid}`, labels: { grafana_dashboard: '1' } },
      data: { [`${dashboard.uid}.json`]: serialise(dashboard) },
    })),
    ...ruleResources(bundle),
  }),
  /** For grafana-operator. */
  operator: bundle => ({
    ...perDashboard(bundle, dashboard => ({
      apiVersion: 'grafana.integreatly.org/v1beta1',
      kind: 'GrafanaDashboard',
      metadata: { name: dashboard.uid },
      spec: {
        instanceSelector: { matchLabels: { dashboards: 'grafana' } },
        folder: bundle.service,
        json: serialise(dashboard),
      },
    })),
    ...ruleResources(bundle),
  }),
  terraform: bundle => ({
    ...dashboardFiles(bundle),
    ...ruleFiles(bundle),
    'main.tf': terraform(bundle),
  }),
  /** A jsonnet library in the form of the monitoring mixins. */
  mixin: bundle => ({
    ...dashboardFiles(bundle),
    ...perSubject(
      bundle,
      'json',
      groups => `${JSON.stringify({ groups: plainGroups(groups) }, undefined, 2)}\n`,
    ),
    'mixin.libsonnet': [
      '{',
      '  grafanaDashboards+:: {',
      ...bundle.dashboards.map(({ uid }) => `    '${uid}.json': (import 'dashboards/${uid}.json'),`),
      '  },',
      '  prometheusAlerts+:: {',
      `    groups+: ${
        subjects(bundle)
          .map(([subject]) => `(import 'rules/${subject}.json').groups`)
          .join(' + ') || '[]'
      },`,
      '  },',
      '}',
      '',
    ].join('\n'),
  }),
}

function dashboardFiles({ dashboards }: Bundle): Record<string, string> {
  return Object.fromEntries(
    dashboards.map(dashboard => [`dashboards/${dashboard.uid}.json`, serialise(dashboard)]),
  )
}

function ruleFiles(bundle: Bundle): Record<string, string> {
  return perSubject(bundle, 'yaml', groups => yaml({ groups: plainGroups(groups) }))
}

function ruleResources(bundle: Bundle): Record<string, string> {
  return perSubject(bundle, 'yaml', (groups, subject) =>
    yaml(prometheusRule(`${bundle.service}-${subject}`, groups)),
  )
}

function perSubject(
  bundle: Bundle,
  extension: string,
  file: (groups: readonly RuleGroup[], subject: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    subjects(bundle).map(([subject, groups]) => [`rules/${subject}.${extension}`, file(groups, subject)]),
  )
}

function subjects({ rules }: Bundle) {
  return Object.entries(rules).filter(([, groups]) => groups.length > 0)
}

function perDashboard(
  { dashboards }: Bundle,
  resource: (dashboard: NativeDashboard) => object,
): Record<string, string> {
  return Object.fromEntries(
    dashboards.map(dashboard => [`dashboards/${dashboard.uid}.yaml`, yaml(resource(dashboard))]),
  )
}

const titles: Record<string, string> = { prometheus: 'Prometheus', loki: 'Loki', tempo: 'Tempo' }

function withInputs(dashboard: NativeDashboard): object {
  const sources = dashboard.templating.list
    .filter(({ type }) => type === 'datasource')
    .map(({ query }) => String(query))
  const input = (type: string) => `DS_${type.toUpperCase()}`
  return {
    __inputs: sources.map(type => ({
      name: input(type),
      label: titles[type] ?? type,
      description: '',
      type: 'datasource',
      pluginId: type,
      pluginName: titles[type] ?? type,
    })),
    __requires: [
      { type: 'grafana', id: 'grafana', name: 'Grafana', version: '12.0.0' },
      ...sources.map(type => ({
        type: 'datasource',
        id: type,
        name: titles[type] ?? type,
        version: '1.0.0',
      })),
      ...[...new Set(panelsOf(dashboard).map(({ type }) => type))]
        .toSorted()
        .map(type => ({ type: 'panel', id: type, name: type, version: '' })),
    ],
    ...dashboard,
    templating: {
      list: dashboard.templating.list.map(variable =>
        variable.type === 'datasource'
          ? {
              ...variable,
              current: {
                text: `\${${input(String(variable.query))}}`,
                value: `\${${input(String(variable.query))}}`,
              },
            }
          : variable,
      ),
    },
  }
}

function terraform({ service, dashboards }: Bundle): string {
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

function yaml(value: unknown): string {
  return toYaml(value, '')
}
