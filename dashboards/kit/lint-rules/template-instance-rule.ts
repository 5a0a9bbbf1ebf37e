import type { Rule } from './rule.ts'
import { targetVariable } from './target-variable.ts'

/** A Prometheus dashboard has a variable `instance`. */
export const templateInstance: Rule = {
  name: 'template-instance-rule',
  check: targetVariable('instance', 'Instance'),
}
