import { targetInstance } from './target-instance-rule.ts'
import { expectBroken, expr } from './testing.ts'

expectBroken(targetInstance, [expr('a{job=~"$job"}')])
