import type { NativeDashboard } from '../../dashboards/kit/native/dashboard.ts'
import { panelsOf } from '../../dashboards/kit/native/dashboard.ts'
import { type Bundle, type Files, ruleFiles } from './bundle.ts'

/** Dashboards for the import dialog, which asks for the data sources. */
export function sharing(bundle: Bundle): Files {
  return {
    ...Object.fromEntries(
      bundle.dashboards.map(dashboard => [
        `dashboards/${dashboard.uid}.json`,
        `${JSON.stringify(withInputs(dashboard), undefined, 2)}\n`,
      ]),
    ),
    ...ruleFiles(bundle),
  }
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
