import { targetRateInterval } from './target-rate-interval-rule.ts'
import { expectBroken, expr } from './testing.ts'

expectBroken(targetRateInterval, [expr('rate(a_total{job=~"$job", instance=~"$instance"}[5m])')])
