import { syntaxProblem } from '../../../contract/parse.ts'
import type { NativeVariable } from '../native/dashboard.ts'
import { isPrometheus, type Rule } from './rule.ts'

/** Variables ask for label values of a selector that is PromQL. */
export const templateLabelPromql: Rule = {
  name: 'template-label-promql-rule',
  check: (dashboard, report) => {
    if (!isPrometheus(dashboard)) return
    for (const { name, query, type } of dashboard.templating.list) {
      if (type !== 'query') continue
      const [, called, inside] = /^([a-z_]+)\((.+)\)$/.exec(textOf(query)) ?? []
      const selector = inside?.replace(/,\s*\w+$/, '')
      if (
        called === undefined ||
        !['label_names', 'label_values', 'metrics', 'query_result'].includes(called)
      )
        report(`expected variable ${name} to ask label_values(…), got "${textOf(query)}"`)
      else if (selector !== undefined && syntaxProblem('promql', selector))
        report(`expected variable ${name} to ask about PromQL, got "${selector}"`)
    }
  },
}

function textOf(query: NativeVariable['query']): string {
  return typeof query === 'string' ? query : query.query
}
