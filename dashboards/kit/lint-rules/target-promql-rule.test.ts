import { targetPromql } from './target-promql-rule.ts'
import { expectBroken, expr } from './testing.ts'

expectBroken(targetPromql, [expr('sum(')])
