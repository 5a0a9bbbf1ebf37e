import { requiredMatcher } from './required-matcher.ts'
import type { Rule } from './rule.ts'

/** Selectors follow the variable `job`. */
export const targetJob: Rule = {
  name: 'target-job-rule',
  check: requiredMatcher('job'),
}
