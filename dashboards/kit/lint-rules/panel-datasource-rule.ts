import { panelsOf } from '../native/dashboard.ts'
import type { Rule } from './rule.ts'

/** The types of panels that Grafana's dashboard-linter looks at. */
const checkedTypes = ['singlestat', 'graph', 'table', 'timeseries']

/** Panels take their data source from a variable of the dashboard, such as `$datasource`, and name no fixed one. */
export const panelDatasource: Rule = {
  name: 'panel-datasource-rule',
  check: (dashboard, report) => {
    const known = dashboard.templating.list
      .filter(({ type }) => type === 'datasource')
      .flatMap(({ name }) => [`$${name}`, `\${${name}}`])
    for (const panel of panelsOf(dashboard).filter(({ type }) => checkedTypes.includes(type)))
      if (!known.includes(panel.datasource?.uid ?? ''))
        report(`expected a data source of ${known.join(', ')}, got "${panel.datasource?.uid}"`, panel)
  },
}
