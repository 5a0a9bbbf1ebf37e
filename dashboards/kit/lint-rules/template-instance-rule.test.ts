import { templateInstance } from './template-instance-rule.ts'
import { expectBroken, variable } from './testing.ts'

expectBroken(templateInstance, [
  variable('instance', { name: 'node' }),
  variable('instance', { type: 'custom' }),
])
