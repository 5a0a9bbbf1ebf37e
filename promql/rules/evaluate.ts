import type { QueryOptions } from '../engine/result.ts'
import type { Labels } from '../labels.ts'
import type { Storage } from '../storage.ts'
import type { AlertingRule, Rule, RuleGroup } from './groups.ts'

/** Where rules read from and write to; `Store` of store/memory.ts is one. */
export interface RuleStore extends Storage {
  append(labels: Labels, time: number, value: number): string
  markStale(labels: Labels, time: number): string
}

export interface EvaluatorOptions {
  /** For groups without an interval; 1m as in Prometheus. */
  interval?: number
  externalLabels?: Readonly<Record<string, string>>
  externalUrl?: string
  query?: QueryOptions
  /** Told of each alert that starts to wait, fires or ends. */
  onTransition?: (transition: Transition) => void
}

export interface Alert {
  group: RuleGroup
  rule: AlertingRule
  state: 'pending' | 'firing' | 'inactive'
  /** With the rule's labels and `alertname`. */
  labels: Labels
  annotations: Labels
  value: number
  activeAt: number
  firedAt: number | undefined
  resolvedAt: number | undefined
}

export interface Transition {
  time: number
  from: Alert['state']
  alert: Readonly<Alert>
}

export interface RuleStatus {
  group: RuleGroup
  rule: Rule
  /** When the rule was evaluated last, undefined before. */
  evaluatedAt: number | undefined
  error: string | undefined
}

export interface Evaluator {
  /** Evaluates every group at this time, whatever its interval; or one of them. */
  tick(time: number, group?: RuleGroup): void
  /** As ticking each group at every multiple of its interval in [start, end], but in one go where that is the same. */
  runRange(start: number, end: number): void
  /** Those that wait or fire. */
  alerts(): readonly Alert[]
  status(): readonly RuleStatus[]
  /** Takes the `for` state over from the ALERTS_FOR_STATE series of an earlier run, as after a restart. */
  restore(time: number): void
}

export function createEvaluator(
  _groups: readonly RuleGroup[],
  _store: RuleStore,
  _options: EvaluatorOptions = {},
): Evaluator {
  throw new Error('Cannot evaluate rules yet')
}
