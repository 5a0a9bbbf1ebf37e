import { targetJob } from './target-job-rule.ts'
import { expectBroken, expr } from './testing.ts'

expectBroken(targetJob, [expr('a{instance=~"$instance"}'), expr('a{job="$job", instance=~"$instance"}')])
