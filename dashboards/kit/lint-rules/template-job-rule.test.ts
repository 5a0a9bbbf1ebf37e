import { templateJob } from './template-job-rule.ts'
import { expectBroken, variable } from './testing.ts'

expectBroken(templateJob, [
  variable('job', { multi: false }),
  variable('job', { allValue: '.*' }),
  variable('job', { label: 'job' }),
])
