import { targetLogqlAuto } from './target-logql-auto-rule.ts'
import { expectBroken, expr } from './testing.ts'

expectBroken(targetLogqlAuto, [expr('count_over_time({a="b"}[5m])', 'loki')])
