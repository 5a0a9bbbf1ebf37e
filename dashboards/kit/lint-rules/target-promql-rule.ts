import { syntaxProblem } from '../../../contract/parse.ts'
import { hasQueries, isPrometheus, onTargets, type Rule } from './rule.ts'

/** Queries are PromQL by the grammar. */
export const targetPromql: Rule = {
  name: 'target-promql-rule',
  check: onTargets((dashboard, panel, { expr = '' }, report) => {
    if (!isPrometheus(dashboard) || !hasQueries.includes(panel.type)) return
    const problem = syntaxProblem('promql', expr)
    if (problem) report(`expected PromQL, got "${expr}", broken near "${problem.near}"`, panel)
  }),
}
