/** What an explanation is drawn from, which can be run and judged again with other rules. */
import type { AlertingRule, RuleGroup } from '../../engines/promql/rules/groups.ts'
import type { Verdict } from '../score/judge.ts'
import type { Firing, Simulation } from '../simulate/run.ts'
import type { Condition } from './conditions.ts'

/** What rules are run over and judged by: a month that was played, or one that really happened. */
export interface Past {
  name: string
  /** Seconds. */
  end: number
  /** Milliseconds, of groups that name no interval. */
  interval: number
  run(groups: readonly RuleGroup[]): Simulation
  judge(firings: readonly Firing[]): Verdict
  /** Where incidents can be played again, what this one lacks. */
  missing?(groups: readonly RuleGroup[], id: string): Missing | undefined
}

/** How much longer it should have lasted, and how many times as many events should have failed. */
export interface Missing {
  seconds: number | undefined
  times: number | undefined
}

export function alertsOf(groups: readonly RuleGroup[]): AlertingRule[] {
  return groups.flatMap(({ rules }) => rules.filter(rule => rule.kind === 'alerting'))
}

export function isDetected({ incidents }: Pick<Verdict, 'incidents'>, id: string): boolean {
  return incidents.some(each => each.id === id && each.detection !== undefined)
}

/** What tells alerts of one name apart. */
export function tierOf({ labels }: Pick<AlertingRule, 'labels'>): string {
  return labels.get('burn_tier') ?? labels.get('long') ?? ''
}

export function nameOf(rule: AlertingRule): string {
  return [rule.name, tierOf(rule)].filter(Boolean).join(' ')
}

/** 1 and more where it holds, 0.5 where the value is half of what it would have to be. */
export function nearnessOf(
  { operator }: Pick<Condition, 'operator'>,
  value: number | undefined,
  limit: number | undefined,
): number {
  if (value === undefined || limit === undefined || Number.isNaN(value)) return 0
  return operator === '>' || operator === '>=' ? value / limit : limit / value
}
