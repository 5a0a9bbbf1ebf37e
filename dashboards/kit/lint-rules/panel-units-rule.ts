import { panelsOf } from '../native/dashboard.ts'
import { units } from '../units.ts'
import { drawsNumbers, type Rule } from './rule.ts'

/** Panels that draw numbers have a unit, unless they map their values to words. */
export const panelUnits: Rule = {
  name: 'panel-units-rule',
  check: (dashboard, report) => {
    const known: readonly string[] = Object.values(units)
    for (const panel of panelsOf(dashboard).filter(({ type }) => drawsNumbers.includes(type))) {
      const { defaults, overrides } = panel.fieldConfig ?? { defaults: {}, overrides: [] }
      const properties = overrides.flatMap(override => override.properties)
      const mapped = defaults.mappings?.length || properties.some(({ id }) => id === 'mappings')
      if (mapped || (panel.type === 'stat' && panel.options?.reduceOptions?.fields)) continue
      const unit = properties.findLast(({ id }) => id === 'unit')?.value ?? defaults.unit
      if (!known.includes(String(unit))) report(`expected a unit, got "${unit}"`, panel)
    }
  },
}
