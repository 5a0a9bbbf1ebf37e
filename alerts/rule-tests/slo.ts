/** Tests of an objective's rules: the counters are made up, and what must come of them is computed from the windows. */

import type { Preset } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import { type AlertRule, isAlert, type RuleGroup } from '../rules.ts'
import { absenceAlert, brokenSignalAlert } from '../slo/rules.ts'
import type { RuleTest } from '../unit-tests.ts'
import { bornBroken, ending, steadyErrors, tooShort, totalOutage } from './incidents.ts'
import { paceOf } from './pace.ts'
import {
  brokenSignal,
  counterReset,
  lostScrapes,
  newService,
  noTraffic,
  twoInstances,
  unevenTraffic,
} from './unusual-data.ts'

/** `groups` are the groups whose rules are tested. */
export function pageTests(objective: Objective, groups: readonly RuleGroup[], preset: Preset): RuleTest[] {
  const pace = paceOf(preset, 'page')
  const alerts = alertsOf(groups)
  return [
    ...pace.tiers.map(tier => steadyErrors(objective, pace, tier, 2)),
    totalOutage(objective, pace),
    ...pace.tiers.map(tier => tooShort(objective, pace, tier)),
    ...pace.tiers.map(tier => ending(objective, pace, tier)),
    bornBroken(objective, pace, alerts),
    noTraffic(objective, pace),
    counterReset(objective, pace),
    lostScrapes(objective, pace, alerts.find(({ alert }) => alert === absenceAlert)!),
    brokenSignal(objective, pace, alerts.find(({ alert }) => alert === brokenSignalAlert)!),
    twoInstances(objective, pace),
  ]
}

/** Evaluated at the slow interval, so that even days of the production preset take few evaluations. */
export function ticketTests(objective: Objective, groups: readonly RuleGroup[], preset: Preset): RuleTest[] {
  const pace = paceOf(preset, 'ticket')
  const alerts = alertsOf(groups)
  return [
    ...pace.tiers.map(tier => steadyErrors(objective, pace, tier, 2)),
    ...pace.tiers.map(tier => steadyErrors(objective, pace, tier, 3, tier.long)),
    steadyErrors(objective, pace, pace.tiers.at(-1)!, 10),
    totalOutage(objective, pace),
    ...pace.tiers.map(tier => tooShort(objective, pace, tier)),
    ...pace.tiers.map(tier => ending(objective, pace, tier)),
    bornBroken(objective, pace, alerts),
    noTraffic(objective, pace),
    counterReset(objective, pace),
    newService(objective, pace),
    unevenTraffic(objective, pace),
  ]
}

function alertsOf(groups: readonly RuleGroup[]): AlertRule[] {
  return groups.flatMap(({ rules }) => rules.filter(isAlert))
}
