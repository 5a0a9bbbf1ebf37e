import type { Rule } from './rule.ts'
import { targetVariable } from './target-variable.ts'

/** A Prometheus dashboard has a variable `job`. */
export const templateJob: Rule = {
  name: 'template-job-rule',
  check: targetVariable('job', 'Job'),
}
