/** The alerts of an earlier run, carried over as they were: a restart neither ends an alert nor begins its wait anew. */
import { keyOf, labelsOf } from '../../labels.ts'
import type { ActiveAlert, AlertState } from './alerts.ts'
import type { RuleState } from './evaluate-rule.ts'

type Pairs = (readonly [string, string])[]

export interface SavedAlert {
  file: string
  group: string
  rule: string
  /** An alert of a rule that reads otherwise now is another one. */
  query: string
  state: AlertState
  labels: Pairs
  annotations: Pairs
  value: number
  activeAt: number
  firedAt: number | undefined
  resolvedAt: number | undefined
  keepFiringSince: number | undefined
}

export function saveAlerts(ruleStates: readonly RuleState[]): SavedAlert[] {
  return ruleStates.flatMap(({ group, rule, active }) =>
    [...active.values()].map(alert => ({
      ...{ file: group.file, group: group.name, rule: rule.name, query: rule.query, state: alert.state },
      labels: [...alert.labels],
      annotations: [...alert.annotations()],
      ...{ value: alert.value, activeAt: alert.activeAt, firedAt: alert.firedAt },
      ...{ resolvedAt: alert.resolvedAt, keepFiringSince: alert.keepFiringSince },
    })),
  )
}

export function resumeAlerts(ruleStates: readonly RuleState[], saved: readonly SavedAlert[]): void {
  for (const ruleState of ruleStates) {
    const { group, rule, active } = ruleState
    if (rule.kind !== 'alerting') continue
    for (const each of saved) {
      if (each.file !== group.file || each.group !== group.name) continue
      if (each.rule !== rule.name || each.query !== rule.query) continue
      const { state, value, activeAt, firedAt, resolvedAt, keepFiringSince } = each
      const labels = labelsOf(each.labels)
      const annotations = labelsOf(each.annotations)
      const alert: ActiveAlert = {
        ...{ labels, annotations: () => annotations, state, value, activeAt, outputs: {} },
        ...{ firedAt, resolvedAt, keepFiringSince },
      }
      active.set(keyOf(labels), alert)
    }
  }
}
