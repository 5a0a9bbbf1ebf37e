import { expectBroken } from './testing.ts'
import { uneditableDashboard } from './uneditable-dashboard.ts'

expectBroken(uneditableDashboard, [each => Object.assign(each, { editable: true })])
