import { panelNoTargets } from './panel-no-targets-rule.ts'
import { expectBroken, panel } from './testing.ts'

expectBroken(panelNoTargets, [panel(each => Object.assign(each, { targets: [] }))])
