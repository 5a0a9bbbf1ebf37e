import { requiredMatcher } from './required-matcher.ts'
import type { Rule } from './rule.ts'

/** Selectors follow the variable `instance`. */
export const targetInstance: Rule = {
  name: 'target-instance-rule',
  check: requiredMatcher('instance'),
}
