/** Runs rules over what really happened, and judges them by incidents that are known. */
import type { RuleGroup } from '../../engines/promql/rules/groups.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { type Explanation, explainPast } from '../explain/explain.ts'
import { drawnOf } from '../explain/nearness.ts'
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

/** So many of the incidents are drawn from close by. */
const mostDrawn = 20

export function replay(history: History, policies: readonly PolicyRules[], isDrawn = false): Result[] {
  const past = pastOf(history)
  const whole = { start: history.from, end: history.to }
  return policies.map(policy => {
    const groups = loadRules(policy.rules, policy.name)
    const run = past.run(groups)
    const { firings, errors } = run
    const verdict = past.judge(firings)
    const how = { whole, interval: past.interval, closely: mostDrawn }
    return {
      scenario: 'history',
      objective: 'history',
      seed: 1,
      policy: policy.name,
      verdict,
      firings,
      errors,
      ...(isDrawn ? { drawn: drawnOf(groups, run, verdict, how) } : {}),
    }
  })
}

export function explainReplay(history: History, policy: PolicyRules): Explanation {
  return explainPast(pastOf(history), policy)
}

/** Seconds: the first sample there is. Before it there was nothing to be read, which is not that something was missing. */
export function firstSample({ series }: Pick<History, 'series'>): number {
  return series.reduce((first, { data }) => {
    const { times, length } = data()
    return length === 0 ? first : Math.min(first, times[0]! / 1000)
  }, Number.POSITIVE_INFINITY)
}

export function storeOf({ series }: Pick<History, 'series'>) {
  return createColumnStore(series)
}

function pastOf({ series, from, to, interval, reach, incidents }: History): Past {
  const recorded: Recorded = new Map()
  const start = Math.max(from - reach, firstSample({ series })) * 1000
  return {
    name: 'history',
    end: to,
    interval: interval * 1000,
    run: (groups: readonly RuleGroup[]): Simulation =>
      simulate(groups, series, { start, end: to * 1000, interval: interval * 1000 }, recorded),
    judge: firings =>
      judgeSpan(
        incidents,
        firings.filter(({ resolvedAt }) => resolvedAt === undefined || resolvedAt > from * 1000),
        { start: from, end: to },
      ),
  }
}

export function momentOf(at: number): string {
  return new Date(at * 1000).toISOString().replace(/(:00)?\.\d+Z$/, 'Z')
}
