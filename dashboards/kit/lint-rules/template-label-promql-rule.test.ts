import { templateLabelPromql } from './template-label-promql-rule.ts'
import { expectBroken, variable } from './testing.ts'

expectBroken(templateLabelPromql, [
  variable('job', { query: 'values(up, job)' }),
  variable('job', { query: 'label_values(up{, job)' }),
])
