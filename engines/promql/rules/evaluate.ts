import { QueryError } from '../../query-error.ts'
import type { QueryOptions } from '../engine/results.ts'
import type { ActiveAlert, Alert, AlertState, Transition } from './alerts.ts'
import { evaluateRule, newRuleState, type RuleState, write } from './evaluate-rule.ts'
import type { Rule, RuleGroup } from './groups.ts'
import type { RuleStore } from './output.ts'
import { evaluateRange } from './range.ts'
import { restoreFor } from './restore.ts'
import { resumeAlerts, type SavedAlert, saveAlerts } from './resume.ts'

export interface EvaluatorOptions {
  /** For groups without an interval; 1m as in Prometheus. */
  interval?: number
  externalLabels?: Readonly<Record<string, string>>
  externalUrl?: string
  query?: QueryOptions
  /** Told of each alert that starts to wait, fires or ends. */
  onTransition?: (transition: Transition) => void
  /** Writes no ALERTS before `restore`, as a server after its start. */
  awaitsRestore?: boolean
}

interface RuleStatus {
  group: RuleGroup
  rule: Rule
  /** When the rule was evaluated last, undefined before. */
  evaluatedAt: number | undefined
  /** Of the last evaluation. */
  error: string | undefined
  firstError: { time: number; message: string } | undefined
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
  /** All that the alerts remember, as data that JSON can hold. */
  save(): SavedAlert[]
  /** Goes on with the alerts that an earlier run saved, where their rules are still the same. */
  resume(saved: readonly SavedAlert[]): void
  /** Marks the series of all rules as ended, as when a group is taken away. */
  end(time: number): void
}

/** Evaluates groups in their order; within one, each rule sees what those before it wrote. */
export function createEvaluator(
  groups: readonly RuleGroup[],
  store: RuleStore,
  options: EvaluatorOptions = {},
): Evaluator {
  const settings = {
    store,
    interval: options.interval ?? 60_000,
    externalLabels: options.externalLabels ?? {},
    externalUrl: options.externalUrl ?? '',
    query: options.query ?? {},
    onChange: (ruleState: RuleState, alert: ActiveAlert, from: AlertState, time: number) =>
      options.onTransition?.({ time, from, alert: alertOf(ruleState, alert) }),
  }
  const ruleStates = groups.flatMap(group =>
    group.rules.map(rule => newRuleState(group, rule, options.awaitsRestore === true)),
  )
  return {
    tick(time, group) {
      for (const ruleState of ruleStates)
        if (group === undefined || ruleState.group === group) evaluateRule(settings, ruleState, time)
    },
    runRange(start, end) {
      evaluateRange(settings, ruleStates, start, end)
    },
    alerts: () =>
      ruleStates.flatMap(ruleState =>
        [...ruleState.active.values()]
          .filter(alert => alert.state !== 'inactive')
          .map(alert => alertOf(ruleState, alert)),
      ),
    status: () =>
      ruleStates.map(({ group, rule, evaluatedAt, error, firstError }) => ({
        group,
        rule,
        evaluatedAt,
        error,
        firstError,
      })),
    restore(time) {
      for (const ruleState of ruleStates) restoreFor(store, ruleState, time)
    },
    save: () => saveAlerts(ruleStates),
    resume: saved => resumeAlerts(ruleStates, saved),
    end(time) {
      for (const ruleState of ruleStates) write(ruleState, [], time)
    },
  }
}

function alertOf(ruleState: RuleState, alert: ActiveAlert): Alert {
  const { rule, group } = ruleState
  if (rule.kind !== 'alerting')
    throw new QueryError('execution', 'Cannot take an alert from a recording rule')
  const { state, labels, value, activeAt, firedAt, resolvedAt } = alert
  const annotations = alert.annotations()
  return { group, rule, state, labels, annotations, value, activeAt, firedAt, resolvedAt }
}
