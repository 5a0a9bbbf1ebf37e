import { plainGroups } from '../../alerts/rules.ts'
import { type Bundle, dashboardFiles, type Files, perGroup, testFiles } from './bundle.ts'

/** A jsonnet library in the form of the monitoring mixins. */
export function mixin(bundle: Bundle): Files {
  return {
    ...dashboardFiles(bundle),
    ...perGroup(
      bundle,
      'rules',
      'json',
      group => `${JSON.stringify({ groups: plainGroups([group]) }, undefined, 2)}\n`,
    ),
    ...testFiles(bundle, group => `../rules/${group}.json`),
    'mixin.libsonnet': [
      '{',
      '  grafanaDashboards+:: {',
      ...bundle.dashboards.map(({ uid }) => `    '${uid}.json': (import 'dashboards/${uid}.json'),`),
      '  },',
      '  prometheusAlerts+:: {',
      `    groups+: ${
        bundle.rules.map(({ name }) => `(import 'rules/${name}.json').groups`).join(' + ') || '[]'
      },`,
      '  },',
      '}',
      '',
    ].join('\n'),
  }
}
