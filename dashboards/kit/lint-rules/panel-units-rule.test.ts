import { panelUnits } from './panel-units-rule.ts'
import { expectBroken, panel } from './testing.ts'

expectBroken(panelUnits, [panel(each => Object.assign(each.fieldConfig!.defaults, { unit: 'parsec' }))])
