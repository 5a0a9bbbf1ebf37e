import { panelDatasource } from './panel-datasource-rule.ts'
import { expectBroken, panel } from './testing.ts'

expectBroken(panelDatasource, [
  panel(each => Object.assign(each, { datasource: { type: 'prometheus', uid: 'abc' } })),
])
