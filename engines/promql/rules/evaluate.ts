import type { Labels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import type { QueryOptions } from '../engine/results.ts'
import type { Storage } from '../storage.ts'
import type { ActiveAlert, Alert, AlertState, Transition } from './alerts.ts'
import { type Condition, evaluateRule, newCondition, write } from './evaluate-rule.ts'
import type { Rule, RuleGroup } from './groups.ts'
import { evaluateRange } from './range.ts'
import { restoreFor } from './restore.ts'

/** Where rules read from and write to; `Store` of store/memory.ts is one. */
export interface RuleStore extends Storage {
  /** Milliseconds a sample is kept, where not for good: then ranges are stepped through, lest they outrun it. */
  retention?: number
  append(labels: Labels, time: number, value: number): Appended
  markStale(labels: Labels, time: number): Appended
  /** Looks a series up once for many samples, where the store can. */
  series?(labels: Labels): SeriesWriter
}

export interface SeriesWriter {
  append(time: number, value: number): Appended
  /** Stores the samples from <= k < to as `append` would, and says how many it took before one to be asked for alone. */
  extend(times: Float64Array, values: Float64Array, from: number, to: number): number
  markStale(time: number): Appended
}

type Appended = 'stored' | 'repeated' | 'duplicate' | 'out of order'

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

export interface RuleStatus {
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
    onChange: (condition: Condition, alert: ActiveAlert, from: AlertState, time: number) =>
      options.onTransition?.({ time, from, alert: alertOf(condition, alert) }),
  }
  const conditions = groups.flatMap(group =>
    group.rules.map(rule => newCondition(group, rule, options.awaitsRestore === true)),
  )
  return {
    tick(time, group) {
      for (const condition of conditions)
        if (group === undefined || condition.group === group) evaluateRule(settings, condition, time)
    },
    runRange(start, end) {
      evaluateRange(settings, conditions, start, end)
    },
    alerts: () =>
      conditions.flatMap(condition =>
        [...condition.active.values()]
          .filter(alert => alert.state !== 'inactive')
          .map(alert => alertOf(condition, alert)),
      ),
    status: () =>
      conditions.map(({ group, rule, evaluatedAt, error, firstError }) => ({
        group,
        rule,
        evaluatedAt,
        error,
        firstError,
      })),
    restore(time) {
      for (const condition of conditions) restoreFor(store, condition, time)
    },
    end(time) {
      for (const condition of conditions) write(condition, [], time)
    },
  }
}

function alertOf(condition: Condition, alert: ActiveAlert): Alert {
  const { rule, group } = condition
  if (rule.kind !== 'alerting')
    throw new QueryError('execution', 'Cannot take an alert from a recording rule')
  const { state, labels, value, activeAt, firedAt, resolvedAt } = alert
  const annotations = alert.annotations()
  return { group, rule, state, labels, annotations, value, activeAt, firedAt, resolvedAt }
}
