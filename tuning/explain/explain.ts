/** Why did it page, and why did it not: how far each condition was from true, and what would have changed it. */
import { loadRules } from '../../engines/promql/rules/load.ts'
import type { Month, PolicyRules } from '../month.ts'
import { type Change, smallestChange } from './change.ts'
import { pastOf } from './month-past.ts'
import { alertsOf, isDetected, type Missing, type Past } from './past.ts'
import { explainTier, type TierExplanation } from './tier.ts'

export interface Explanation {
  scenario: string
  policy: string
  incidents: IncidentExplanation[]
  /** Notifications that were about nothing. */
  falseOnes: { severity: string; from: number; to: number | undefined; change: Change | undefined }[]
}

interface IncidentExplanation {
  id: string
  wanted: string
  start: number
  end: number
  detection: number | undefined
  tiers: TierExplanation[]
  /** Where nobody was told. */
  missing: Missing | undefined
  change: Change | undefined
}

export function explain(month: Month, policy: PolicyRules): Explanation {
  return explainPast(pastOf(month), policy)
}

export function explainPast(past: Past, policy: PolicyRules): Explanation {
  const groups = loadRules(policy.rules, policy.name)
  const run = past.run(groups)
  const verdict = past.judge(run.firings)
  return {
    scenario: past.name,
    policy: policy.name,
    incidents: verdict.incidents.map(({ id, wanted, start, end, detection }) => {
      const isMissed = detection === undefined
      return {
        id,
        wanted,
        start,
        end,
        detection,
        tiers: alertsOf(groups).map(rule => explainTier(past, groups, run, rule, start, end)),
        missing: isMissed ? past.missing?.(groups, id) : undefined,
        change: isMissed
          ? smallestChange(past, groups, 'catch', changed =>
              isDetected(past.judge(past.run(changed).firings), id),
            )
          : undefined,
      }
    }),
    falseOnes: verdict.notifications
      .filter(({ incident }) => incident === undefined)
      .map(({ severity, from, to }) => ({
        severity,
        from,
        to,
        change: smallestChange(past, groups, 'silence', changed => {
          const { incidents, notifications } = past.judge(past.run(changed).firings)
          const still = notifications.some(
            each =>
              each.severity === severity && each.from < (to ?? Infinity) && (each.to ?? Infinity) > from,
          )
          return (
            !still &&
            verdict.incidents.every(
              before => before.detection === undefined || isDetected({ incidents }, before.id),
            )
          )
        }),
      })),
  }
}
