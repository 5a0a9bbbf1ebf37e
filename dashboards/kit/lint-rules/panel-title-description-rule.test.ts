import { panelTitleDescription } from './panel-title-description-rule.ts'
import { expectBroken, panel } from './testing.ts'

expectBroken(panelTitleDescription, [panel(each => Object.assign(each, { description: '' }))])
