import { templateOnTimeChangeReload } from './template-on-time-change-reload-rule.ts'
import { expectBroken, variable } from './testing.ts'

expectBroken(templateOnTimeChangeReload, [variable('job', { refresh: 1 })])
