/** Tests of an objective's rules: the counters are made up, and what must come of them is computed from the windows. */

import type { Preset, Tier } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import { type AlertRule, isAlert, type RuleGroup } from '../rules.ts'
import { absenceAlert, brokenSignalAlert } from '../slo/rules.ts'
import type { RuleTest } from '../unit-tests.ts'
import { limitOf } from './checks.ts'
import { bornBroken, ending, steadyErrors, tooShort, totalOutage } from './incidents.ts'
import { type Pace, paceOf } from './pace.ts'
import {
  brokenSignal,
  counterReset,
  lostScrapes,
  newService,
  noTraffic,
  switchedOff,
  twoInstances,
  unevenTraffic,
} from './unusual-data.ts'

/** `groups` are the groups whose rules are tested. */
export function pageTests(objective: Objective, groups: readonly RuleGroup[], preset: Preset): RuleTest[] {
  const whole = paceOf(preset, 'page')
  const pace = { ...whole, tiers: tiersThatFire(objective, whole) }
  const alerts = alertsOf(groups)
  const absent = alerts.find(({ alert }) => alert === (objective.alerting?.absent?.name ?? absenceAlert))
  const broken = alerts.find(({ alert }) => alert === brokenSignalAlert)
  const unusual = [
    noTraffic(objective, whole),
    ...(absent === undefined ? [] : [lostScrapes(objective, whole, absent)]),
    ...(broken === undefined ? [] : [brokenSignal(objective, whole, broken)]),
  ]
  if (objective.alerting?.page?.disable) return [switchedOff(objective, whole), ...unusual]
  if (pace.tiers.length === 0) return unusual
  return [
    ...pace.tiers.map(tier => steadyErrors(objective, pace, tier, 2)),
    totalOutage(objective, pace),
    ...pace.tiers.map(tier => tooShort(objective, pace, tier)),
    ...pace.tiers.map(tier => ending(objective, pace, tier)),
    bornBroken(objective, pace, alerts),
    noTraffic(objective, pace),
    counterReset(objective, pace),
    ...unusual.slice(1),
    ...(limitOf(objective, preset, pace.tiers[0]!) < 0.5 ? [twoInstances(objective, pace)] : []),
  ]
}

/**
 * An objective as low as 90 % has budget for more errors than there can be in a short time, and one of 93.1 % for nearly as
 * many, which no test can tell from all.
 */
function tiersThatFire(objective: Objective, { preset, tiers }: Pace): readonly Tier[] {
  return tiers.filter(tier => limitOf(objective, preset, tier) <= 0.99)
}

/** Evaluated at the slow interval, so that even days of the production preset take few evaluations. */
export function ticketTests(objective: Objective, groups: readonly RuleGroup[], preset: Preset): RuleTest[] {
  const whole = paceOf(preset, 'ticket')
  const pace = { ...whole, tiers: tiersThatFire(objective, whole) }
  const alerts = alertsOf(groups)
  if (objective.alerting?.ticket?.disable)
    return [switchedOff(objective, whole), noTraffic(objective, whole), unevenTraffic(objective, whole)]
  if (pace.tiers.length === 0) return [noTraffic(objective, whole), unevenTraffic(objective, whole)]
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
