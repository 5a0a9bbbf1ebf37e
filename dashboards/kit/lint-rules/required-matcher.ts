import { syntaxProblem } from '../../../contract/parse.ts'
import { isPrometheus, onTargets, type Rule, selectorsIn } from './rule.ts'

/** Checks that selectors are narrowed by the variable of that name. */
export function requiredMatcher(label: string): Rule['check'] {
  return onTargets((dashboard, panel, { expr = '' }, report) => {
    if (!isPrometheus(dashboard) || syntaxProblem('promql', expr)) return
    for (const { metric, matchers } of selectorsIn(expr))
      if (
        !matchers.some(
          found => found.label.text === label && found.operator === '=~' && found.value.text === `$${label}`,
        )
      )
        report(`expected ${label}=~"$${label}" in the selector of ${metric.text || expr}`, panel)
  })
}
