/** A month that was played, for explanations to run and judge; its incidents can be played again, longer or worse. */
import type { RuleGroup } from '../../engines/promql/rules/groups.ts'
import { clocks } from '../clock.ts'
import { judgeFirings, type Month, runRules } from '../month.ts'
import { playMonth } from '../months.ts'
import { day, type Incident, type Share } from '../scenarios/scenario.ts'
import { leastThat } from './least.ts'
import { isDetected, type Missing, type Past } from './past.ts'

export function pastOf(month: Month): Past {
  const { resolution, days } = month.setting
  return {
    name: month.scenario.name,
    end: days * day,
    interval: clocks[resolution].evaluationInterval * 1000,
    run: groups => runRules(month, groups),
    judge: firings => judgeFirings(month, firings),
    missing: (groups, id) => missingOf(month, groups, id),
  }
}

/** How much longer the incident, or how many times worse, it takes until some alert detects it. */
function missingOf(month: Month, groups: readonly RuleGroup[], id: string): Missing {
  const detectedWith = (change: (incident: Incident) => Incident) => {
    const { scenario, setting, seed } = month
    const incidents = scenario.incidents.map(incident => (incident.id === id ? change(incident) : incident))
    const changed = playMonth({ ...scenario, incidents }, setting, seed)
    return isDetected(judgeFirings(changed, runRules(changed, groups).firings), id)
  }
  const incident = month.scenario.incidents.find(each => each.id === id)!
  const length = incident.end - incident.start
  const timesAsLong = leastThat(1, 32, times =>
    detectedWith(each => ({ ...each, end: Math.round(each.start + length * times) })),
  )
  const times = leastThat(1, 64, factor =>
    detectedWith(each => ({ ...each, effect: strengthened(each.effect, factor) })),
  )
  return { seconds: timesAsLong === undefined ? undefined : Math.ceil((timesAsLong - 1) * length), times }
}

function strengthened(effect: Incident['effect'], times: number): Incident['effect'] {
  const more = (share: Share) =>
    typeof share === 'number' ? Math.min(1, share * times) : { burn: share.burn * times }
  return {
    ...effect,
    ...(effect.errors === undefined ? {} : { errors: more(effect.errors) }),
    ...(effect.slow === undefined ? {} : { slow: more(effect.slow) }),
  }
}
