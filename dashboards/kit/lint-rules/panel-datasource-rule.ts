import { panelsOf } from '../native/dashboard.ts'
import type { Rule } from './rule.ts'

const asksSource = ['singlestat', 'graph', 'table', 'timeseries']

/** Panels ask the chosen data source and no fixed one. */
export const panelDatasource: Rule = {
  name: 'panel-datasource-rule',
  check: (dashboard, report) => {
    const known = dashboard.templating.list
      .filter(({ type }) => type === 'datasource')
      .flatMap(({ name }) => [`$${name}`, `\${${name}}`])
    for (const panel of panelsOf(dashboard).filter(({ type }) => asksSource.includes(type)))
      if (!known.includes(panel.datasource?.uid ?? ''))
        report(`expected a data source of ${known.join(', ')}, got "${panel.datasource?.uid}"`, panel)
  },
}
