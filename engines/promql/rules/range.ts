import { QueryError } from '../../query-error.ts'
import { rangeQuery } from '../engine/query.ts'
import type { RangeSeries } from '../engine/results.ts'
import { readsItself, readsRange, stretches } from './dependencies.ts'
import { evaluateRule, type RuleState, recordedLabels, type Settings } from './evaluate-rule.ts'
import { outputOf } from './output.ts'
import { writeAlertRange } from './range-alerts.ts'
import { type OutputColumn, type Times, writeColumns } from './range-columns.ts'

/** Bounds the memory of one query; state is carried from one piece to the next. */
const stepsAtOnce = 10_000

/** Evaluates all rules over [start, end]: rule by rule over columns where that equals ticking, else tick by tick. */
export function evaluateRange(
  settings: Settings,
  ruleStates: readonly RuleState[],
  start: number,
  end: number,
): void {
  // A store that forgets would have done so at the end of one rule's range, before the next rule reads its start.
  const forgets = settings.store.retention !== undefined
  for (const stretch of forgets ? [ruleStates] : stretches(ruleStates)) {
    const [only] = stretch
    if (forgets || stretch.length > 1 || !canBatch(only!)) stepThrough(settings, stretch, start, end)
    else batch(settings, only!, start, end)
  }
}

function timesOf(settings: Settings, { group }: RuleState, start: number, end: number): Times {
  const step = group.interval ?? settings.interval
  return { first: Math.ceil(start / step) * step, last: Math.floor(end / step) * step, step }
}

/** At each time in turn the rules that are due, in their order. */
function stepThrough(settings: Settings, ruleStates: readonly RuleState[], start: number, end: number): void {
  const due = ruleStates.map(ruleState => ({ ruleState, ...timesOf(settings, ruleState, start, end) }))
  for (let time = Math.min(...due.map(({ first }) => first)); time <= end; ) {
    let next = Number.POSITIVE_INFINITY
    for (const { ruleState, step } of due) {
      if (time % step === 0) evaluateRule(settings, ruleState, time)
      next = Math.min(next, (Math.floor(time / step) + 1) * step)
    }
    time = next
  }
}

/** A limit counts per step, and `start()` and `end()` mean another time in a range. */
function canBatch({ group, rule }: RuleState): boolean {
  return group.limit === 0 && !readsItself(rule) && !readsRange(rule.expr)
}

function batch(settings: Settings, ruleState: RuleState, start: number, end: number): void {
  const { first, last, step } = timesOf(settings, ruleState, start, end)
  for (let from = first; from <= last; from += stepsAtOnce * step) {
    const to = Math.min(last, from + (stepsAtOnce - 1) * step)
    const result = askRange(settings, ruleState, { first: from, last: to, step })
    const isWritten =
      result !== undefined && writeRange(settings, ruleState, result, { first: from, last: to, step })
    if (!isWritten) stepThrough(settings, [ruleState], from, to)
  }
}

/** Undefined when the query fails somewhere in the range: then only its steps tell where. */
function askRange(
  settings: Settings,
  { group, rule }: RuleState,
  times: Times,
): readonly RangeSeries[] | undefined {
  const range = {
    start: times.first - group.queryOffset,
    end: times.last - group.queryOffset,
    step: times.step,
  }
  try {
    return rangeQuery(settings.store, rule.expr, range, settings.query).series
  } catch (error) {
    if (error instanceof QueryError) return undefined
    throw error
  }
}

/** False, with nothing written, when it has to be done step by step. */
function writeRange(
  settings: Settings,
  ruleState: RuleState,
  series: readonly RangeSeries[],
  times: Times,
): boolean {
  const { rule } = ruleState
  if (rule.kind === 'alerting') {
    writeAlertRange(settings, ruleState, rule, series, times)
    return true
  }
  const columns = new Map<string, OutputColumn>()
  for (const { labels, times: at, values } of series) {
    const output = outputOf(settings.store, recordedLabels(rule, labels))
    columns.set(output.key, { output, times: at, values })
  }
  if (columns.size < series.length) return false
  writeColumns(ruleState, [...columns.values()], times)
  return true
}
