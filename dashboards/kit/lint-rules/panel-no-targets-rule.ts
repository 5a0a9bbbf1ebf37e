import { panelsOf } from '../native/dashboard.ts'
import { drawsNumbers, type Rule } from './rule.ts'

/** Panels that draw numbers have a query. */
export const panelNoTargets: Rule = {
  name: 'panel-no-targets-rule',
  check: (dashboard, report) => {
    for (const panel of panelsOf(dashboard).filter(({ type }) => drawsNumbers.includes(type)))
      if (!panel.targets?.length) report('expected a query, got none', panel)
  },
}
