import { targetCounterAgg } from './target-counter-agg-rule.ts'
import { expectBroken, expr } from './testing.ts'

expectBroken(targetCounterAgg, [expr('sum(a_total{job=~"$job", instance=~"$instance"})')])
