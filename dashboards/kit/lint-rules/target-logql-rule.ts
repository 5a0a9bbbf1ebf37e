import { syntaxProblem } from '../../../contract/parse.ts'
import { isLoki, onTargets, type Rule } from './rule.ts'

/** Queries are LogQL by the grammar. */
export const targetLogql: Rule = {
  name: 'target-logql-rule',
  check: onTargets((_dashboard, panel, target, report) => {
    const problem = isLoki(panel, target) ? syntaxProblem('logql', target.expr ?? '') : undefined
    if (problem) report(`expected LogQL, got "${target.expr}", broken near "${problem.near}"`, panel)
  }),
}
