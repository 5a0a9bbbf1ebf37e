import { targetPromql } from './target-promql-rule.ts'
import { expectBroken, expr, panel } from './testing.ts'

expectBroken(targetPromql, [
  expr('sum('),
  // A query of another source stands in another field, so that the linter sees an empty one.
  panel(each => {
    each.type = 'table'
    delete each.targets![0]!.expr
  }),
])
