import { targetLogql } from './target-logql-rule.ts'
import { expectBroken, expr } from './testing.ts'

expectBroken(targetLogql, [expr('{a="b"', 'loki')])
