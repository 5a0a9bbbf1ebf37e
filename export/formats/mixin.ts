import { plainGroups } from '../../alerts/rules.ts'
import { type Bundle, dashboardFiles, type Files, perSubject, subjects } from './bundle.ts'

/** A jsonnet library in the form of the monitoring mixins. */
export function mixin(bundle: Bundle): Files {
  return {
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
  }
}
