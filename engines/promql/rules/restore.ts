import { keyOf, metricName } from '../../labels.ts'
import type { LabelMatcher } from '../../matchers.ts'
import type { Series, Storage } from '../storage.ts'
import { type ActiveAlert, seriesOf } from './alerts.ts'
import type { RuleState } from './evaluate-rule.ts'
import type { AlertingRule } from './groups.ts'

/** An older state is not taken over. */
const outageTolerance = 60 * 60_000
/** An alert that had to wait this long is given as much time again after a restart before it fires. */
const gracePeriod = 10 * 60_000

/** Sets back when a rule's alerts began to what an earlier run wrote, so that a restart doesn't restart the wait. */
export function restoreFor(storage: Storage, ruleState: RuleState, time: number): void {
  const { rule, active } = ruleState
  ruleState.isRestored = true
  if (rule.kind !== 'alerting' || rule.for < gracePeriod) return
  const series = new Map(
    storage.select(matchersOf(rule), time - outageTolerance, time).map(found => {
      const labels = new Map(found.labels)
      labels.delete(metricName)
      return [keyOf(labels), found]
    }),
  )
  for (const alert of active.values()) {
    const found = series.get(keyOf(alert.labels))
    if (found !== undefined) restoreAlert(rule, alert, found, time)
  }
}

function matchersOf(rule: AlertingRule): LabelMatcher[] {
  const labels = seriesOf(rule, new Map(), [
    [metricName, 'ALERTS_FOR_STATE'],
    ['alertname', rule.name],
  ])
  return [...labels].map(([name, value]) => ({ name, operator: '=', value }))
}

function restoreAlert(rule: AlertingRule, alert: ActiveAlert, series: Series, time: number): void {
  const { times, values, stale, length } = series.read(time - outageTolerance, time)
  const last = length - 1
  if (last < 0 || stale?.[last] === 1) return
  const downAt = Math.floor(times[last]! / 1000) * 1000
  const activeAt = Math.trunc(values[last]!) * 1000
  const remaining = rule.for - (downAt - activeAt)
  if (remaining <= 0) alert.activeAt = activeAt
  else if (remaining < gracePeriod) alert.activeAt = time + gracePeriod - rule.for
  else alert.activeAt = activeAt + (time - downAt)
}
