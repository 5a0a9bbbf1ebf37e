/** Runs rules over what really happened, and judges them by incidents that are known. */
import type { RuleGroup } from '../../engines/promql/rules/groups.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { type Explanation, explainPast } from '../explain/explain.ts'
import type { Past } from '../explain/past.ts'
import type { PolicyRules } from '../month.ts'
import { judgeSpan } from '../score/judge.ts'
import type { Result } from '../score/result.ts'
import { createColumnStore, type InputSeries } from '../simulate/column-store.ts'
import { type Recorded, type Simulation, simulate } from '../simulate/run.ts'
import type { RealIncident } from './incidents.ts'

export interface History {
  series: readonly InputSeries[]
  /** Seconds since 1970. */
  from: number
  to: number
  /** Seconds of groups that name no interval. */
  interval: number
  /** Seconds before `from` at which rules begin to record what later ones read. */
  reach: number
  incidents: readonly RealIncident[]
}

export function replay(history: History, policies: readonly PolicyRules[]): Result[] {
  const past = pastOf(history)
  return policies.map(policy => {
    const { firings, errors } = past.run(loadRules(policy.rules, policy.name))
    return {
      scenario: 'history',
      objective: 'history',
      seed: 1,
      policy: policy.name,
      verdict: past.judge(firings),
      firings,
      errors,
    }
  })
}

export function explainReplay(history: History, policy: PolicyRules): Explanation {
  return explainPast(pastOf(history), policy)
}

export function storeOf({ series }: Pick<History, 'series'>) {
  return createColumnStore(series)
}

function pastOf({ series, from, to, interval, reach, incidents }: History): Past {
  const recorded: Recorded = new Map()
  return {
    name: 'history',
    end: to,
    interval: interval * 1000,
    run: (groups: readonly RuleGroup[]): Simulation =>
      simulate(
        groups,
        series,
        { start: (from - reach) * 1000, end: to * 1000, interval: interval * 1000 },
        recorded,
      ),
    judge: firings =>
      judgeSpan(
        incidents,
        firings.filter(({ resolvedAt }) => resolvedAt === undefined || resolvedAt > from * 1000),
        { start: from, end: to },
      ),
  }
}
