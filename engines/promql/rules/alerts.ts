import { type Labels, labelsOf, metricName } from '../../labels.ts'
import type { AlertingRule, RuleGroup } from './groups.ts'
import { type Output, outputOf, type RuleStore, type Sample } from './output.ts'

export type AlertState = 'pending' | 'firing' | 'inactive'

export interface Alert {
  group: RuleGroup
  rule: AlertingRule
  state: AlertState
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
  from: AlertState
  alert: Readonly<Alert>
}

/** What a rule's expression yields for one alert at one time. */
export interface ResultAlert {
  labels: Labels
  value: number
  /** Written when someone reads them, which for most evaluations nobody does. */
  annotations: () => Labels
}

/** An alert between evaluations. */
export interface ActiveAlert extends ResultAlert {
  state: AlertState
  activeAt: number
  firedAt: number | undefined
  resolvedAt: number | undefined
  keepFiringSince: number | undefined
  /** The series it is written as, by state; made once. */
  outputs: { [state in AlertState]?: Output } & { forState?: Output }
}

export type ActiveAlerts = Map<string, ActiveAlert>

/** How long a resolved alert is remembered, so that a notifier may be told again. */
const resolvedRetention = 15 * 60_000

/**
 * Brings the alerts of a rule to a time and returns those that wait or fire. The order of the checks is that of
 * Prometheus: a pending alert is dropped at once, a firing one is kept for `keepFiringFor`, and then as resolved.
 */
export function advance(
  rule: AlertingRule,
  active: ActiveAlerts,
  found: ReadonlyMap<string, ResultAlert>,
  time: number,
  onChange: (alert: ActiveAlert, from: AlertState) => void,
): ActiveAlert[] {
  const changed = new Map<ActiveAlert, AlertState>()
  for (const [key, { labels, value, annotations }] of found) {
    const known = active.get(key)
    if (known !== undefined && known.state !== 'inactive') {
      known.value = value
      known.annotations = annotations
      continue
    }
    const alert = newAlert(labels, value, annotations, time)
    active.set(key, alert)
    changed.set(alert, 'inactive')
  }
  const live: ActiveAlert[] = []
  for (const [key, alert] of active) {
    if (found.has(key)) alert.keepFiringSince = undefined
    else {
      const isKept = keepsFiring(rule, alert, time)
      const isForgotten = alert.resolvedAt !== undefined && time - alert.resolvedAt > resolvedRetention
      if (alert.state === 'pending' || isForgotten) active.delete(key)
      if (alert.state !== 'inactive' && !isKept) {
        changed.set(alert, alert.state)
        alert.state = 'inactive'
        alert.resolvedAt = time
      }
      if (!isKept) continue
    }
    if (alert.state === 'pending' && time - alert.activeAt >= rule.for) {
      if (!changed.has(alert)) changed.set(alert, 'pending')
      alert.state = 'firing'
      alert.firedAt = time
    }
    live.push(alert)
  }
  for (const [alert, from] of changed) onChange(alert, from)
  return live
}

/** When one of the alerts changes by itself, as long as a rule goes on to find the same ones. */
export function nextChange(rule: AlertingRule, active: ActiveAlerts): number {
  let next = Number.POSITIVE_INFINITY
  for (const { state, activeAt, keepFiringSince, resolvedAt } of active.values())
    if (state === 'pending') next = Math.min(next, activeAt + rule.for)
    else if (resolvedAt !== undefined) next = Math.min(next, resolvedAt + resolvedRetention + 1)
    else if (keepFiringSince !== undefined) next = Math.min(next, keepFiringSince + rule.keepFiringFor)
  return next
}

function newAlert(labels: Labels, value: number, annotations: () => Labels, time: number): ActiveAlert {
  return {
    labels,
    value,
    annotations,
    state: 'pending',
    activeAt: time,
    firedAt: undefined,
    resolvedAt: undefined,
    keepFiringSince: undefined,
    outputs: {},
  }
}

function keepsFiring(rule: AlertingRule, alert: ActiveAlert, time: number): boolean {
  if (alert.state !== 'firing' || rule.keepFiringFor === 0) return false
  alert.keepFiringSince ??= time
  return time - alert.keepFiringSince < rule.keepFiringFor
}

/** What an alert that waits or fires is written as: `ALERTS`, and `ALERTS_FOR_STATE` with the time when it began. */
export function samplesOf(store: RuleStore, rule: AlertingRule, alert: ActiveAlert): Sample[] {
  const { outputs, state, labels, activeAt } = alert
  outputs[state] ??= outputOf(
    store,
    seriesOf(rule, labels, [
      [metricName, 'ALERTS'],
      ['alertname', rule.name],
      ['alertstate', state],
    ]),
  )
  outputs.forState ??= outputOf(
    store,
    seriesOf(rule, labels, [
      [metricName, 'ALERTS_FOR_STATE'],
      ['alertname', rule.name],
    ]),
  )
  return [
    { output: outputs[state], value: 1 },
    { output: outputs.forState, value: Math.floor(activeAt / 1000) },
  ]
}

/** Prometheus starts from the rule's labels as written, templates and all, where the alert has no such label. */
export function seriesOf(
  rule: AlertingRule,
  labels: Labels,
  own: readonly (readonly [string, string])[],
): Labels {
  return labelsOf(new Map([...rule.labels, ...labels, ...own]))
}
