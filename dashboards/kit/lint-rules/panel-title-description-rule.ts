import { panelsOf } from '../native/dashboard.ts'
import { drawsNumbers, type Rule } from './rule.ts'

/** Panels that draw numbers have a title and a description. */
export const panelTitleDescription: Rule = {
  name: 'panel-title-description-rule',
  check: (dashboard, report) => {
    for (const panel of panelsOf(dashboard).filter(({ type }) => drawsNumbers.includes(type)))
      if (!panel.title || !panel.description) report('expected a title and a description', panel)
  },
}
