/** Alerts over a range: step by step where something changes, and at once where they only go on. */

import { keyOf, type Labels } from '../../labels.ts'
import type { RangeSeries } from '../engine/results.ts'
import { type ActiveAlert, nextChange, type ResultAlert, samplesOf } from './alerts.ts'
import { guard, type RuleState, resultAlert, type Settings, writeAlerts } from './evaluate-rule.ts'
import type { AlertingRule } from './groups.ts'
import { endOfRun, type Times, writeColumns } from './range-columns.ts'

/** One series of the rule's result and how far it has been read. */
interface Cursor extends RangeSeries {
  next: number
  /** Where the points that follow one another step by step end. */
  end: number
  /** Of its alert, where they are the same at all times. */
  alertLabels: Labels | undefined
}

export function writeAlertRange(
  settings: Settings,
  ruleState: RuleState,
  rule: AlertingRule,
  series: readonly RangeSeries[],
  times: Times,
): void {
  const { queryOffset } = ruleState.group
  const cursors: Cursor[] = series.map(one => ({ ...one, next: 0, end: 0, alertLabels: undefined }))
  const isSteady = rule.labelTemplates.every(({ template }) => template.isSteady)
  const { step } = times
  for (let time = times.first; time <= times.last; ) {
    const present = cursors.filter(cursor => cursor.times[cursor.next] === time - queryOffset)
    guard(ruleState, time, () => {
      const found = present.map(cursor => read(settings, rule, cursor, cursor.next, time, isSteady))
      writeAlerts(settings, ruleState, rule, found, time)
    })
    for (const cursor of present) {
      if (cursor.next >= cursor.end) cursor.end = endOfRun(cursor.times, cursor.next, step)
      cursor.next++
    }
    time += step
    if (ruleState.error !== undefined || !(isSteady || present.length === 0)) continue
    let change = Math.min(times.last + 1, nextChange(rule, ruleState.active))
    for (const cursor of cursors)
      change = Math.min(change, changeOf(cursor, time - queryOffset, step) + queryOffset)
    const count = Math.ceil((change - time) / step)
    if (count < 1) continue
    goOn(settings, ruleState, rule, present, { first: time, last: time + (count - 1) * step, step })
    time += count * step
  }
}

/** From `asked` on, when a series that was there a step before is missing first, or one that wasn't is there. */
function changeOf({ times, next, end }: Cursor, asked: number, step: number): number {
  const wasThere = times[next - 1] === asked - step
  return wasThere ? times[end - 1]! + step : (times[next] ?? Number.POSITIVE_INFINITY)
}

function read(
  settings: Settings,
  rule: AlertingRule,
  cursor: Cursor,
  index: number,
  time: number,
  isSteady: boolean,
): ResultAlert {
  const element = { labels: cursor.labels, value: cursor.values[index]! }
  const found = resultAlert(settings, rule, element, time, cursor.alertLabels)
  if (isSteady) cursor.alertLabels = found.labels
  return found
}

/** What steps write and leave behind at which the rule finds the same as before and no alert changes. */
function goOn(
  settings: Settings,
  ruleState: RuleState,
  rule: AlertingRule,
  present: readonly Cursor[],
  times: Times,
): void {
  const { active, group, isRestored } = ruleState
  const count = (times.last - times.first) / times.step + 1
  const steps = new Float64Array(count)
  for (let step = 0; step < count; step++) steps[step] = times.first - group.queryOffset + step * times.step
  const live = isRestored ? [...active.values()].filter(({ state }) => state !== 'inactive') : []
  const samples = live.flatMap(alert => samplesOf(settings.store, rule, alert))
  // Two alerts may be written as one series.
  const outputs = new Map(samples.map(sample => [sample.output.key, sample]))
  const columns = [...outputs.values()].map(({ output, value }) => ({
    output,
    times: steps,
    values: new Float64Array(count).fill(value),
  }))
  writeColumns(ruleState, columns, times)
  for (const cursor of present) {
    cursor.next += count
    const alert: ActiveAlert = active.get(keyOf(cursor.alertLabels!))!
    const { value, annotations } = read(settings, rule, cursor, cursor.next - 1, times.last, true)
    alert.value = value
    alert.annotations = annotations
  }
}
