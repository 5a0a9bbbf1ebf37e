/** Unit tests for the rules of an objective: what goes in is made up, what must come out is computed from theory. */

import type { Preset } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import { paceOf } from './checks.ts'
import {
  counterReset,
  lostScrapes,
  newService,
  noTraffic,
  twoInstances,
  unevenTraffic,
} from './conditions.ts'
import { bornBroken, ending, steadyErrors, tooShort, totalOutage } from './incidents.ts'
import type { RuleTest } from './promtool.ts'

export function pageTests(objective: Objective, preset: Preset): RuleTest[] {
  const pace = paceOf(preset, 'page')
  return [
    ...pace.tiers.map(tier => steadyErrors(objective, pace, tier, 2)),
    totalOutage(objective, pace),
    ...pace.tiers.map(tier => tooShort(objective, pace, tier)),
    ...pace.tiers.map(tier => ending(objective, pace, tier)),
    bornBroken(objective, pace),
    noTraffic(objective, pace),
    counterReset(objective, pace),
    lostScrapes(objective, pace),
    twoInstances(objective, pace),
  ]
}

/** Run at the slow interval, so weeks of production fit too. */
export function ticketTests(objective: Objective, preset: Preset): RuleTest[] {
  const pace = paceOf(preset, 'ticket')
  return [
    ...pace.tiers.map(tier => steadyErrors(objective, pace, tier, 2)),
    ...pace.tiers.map(tier => steadyErrors(objective, pace, tier, 3, tier.long)),
    steadyErrors(objective, pace, pace.tiers.at(-1)!, 10),
    totalOutage(objective, pace),
    ...pace.tiers.map(tier => tooShort(objective, pace, tier)),
    ...pace.tiers.map(tier => ending(objective, pace, tier)),
    bornBroken(objective, pace),
    noTraffic(objective, pace),
    counterReset(objective, pace),
    newService(objective, pace),
    unevenTraffic(objective, pace),
  ]
}
