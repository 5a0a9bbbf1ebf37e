/**
 * One month as the search looks at it: for each pair of windows the steps at which both burned fast enough for some
 * tier to fire. The rules that ship are evaluated once for that; then thousands of tiers are tried without evaluation.
 */
import type { Objective } from '../../alerts/objectives.ts'
import { plainGroups, toYaml } from '../../alerts/rules.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { intervalOf, type Severity } from '../../contract/windows.ts'
import { rangeQuery } from '../../engines/promql/engine/query.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { clocks } from '../clock.ts'
import { alternativesOf } from '../explain/conditions.ts'
import type { Month, Setting } from '../month.ts'
import { day, type Scenario } from '../scenarios/scenario.ts'
import { type Firing, simulate } from '../simulate/run.ts'

export interface Pair {
  severity: Severity
  /** Seconds. */
  long: number
  short: number
}

export interface SearchMonth {
  scenario: Scenario
  setting: Setting
  seed: number
  events: Pick<Month['events'], 'incidents' | 'truth' | 'scrapes'>
  /** Of the alerts that no policy changes: those for data that is missing or cannot be read. */
  others: Firing[]
  /** By `keyOfPair`. */
  steps: Record<string, Steps>
}

/** The steps at which both windows burn faster than `leastFactor`. */
interface Steps {
  /** Of the evaluation clock, rising. */
  steps: Uint32Array
  /** The burn rate of the window that burns more slowly. */
  burn: Float64Array
  /** Errors in the long window. */
  errors: Float64Array
  /** Seconds of data in the long window. */
  history: Float64Array
}

/** The least factor tried is 1, and the search also asks what a tier would fire at a threshold a quarter lower. */
const leastFactor = 0.6

export function keyOfPair({ severity, long, short }: Pair): string {
  return `${severity} ${long} ${short}`
}

export function searchMonth(month: Month, pairs: readonly Pair[]): SearchMonth {
  const { scenario, setting, seed, events } = month
  const { firings, columns } = windowColumns(month, pairs)
  const steps = pairs.map((pair): [string, Steps] => {
    const long = columns.get(keyOfWindow(pair.severity, pair.long))!
    const short = columns.get(keyOfWindow(pair.severity, pair.short))!
    const all = Uint32Array.from(long.burn, (_, step) => step)
    const burning = all.filter(step => long.burn[step]! > leastFactor && short.burn[step]! > leastFactor)
    const interval = intervalOf(clocks[setting.resolution], pair.severity)
    return [
      keyOfPair(pair),
      {
        steps: burning,
        burn: Float64Array.from(burning, step => Math.min(long.burn[step]!, short.burn[step]!)),
        errors: Float64Array.from(burning, step => long.errors[step]!),
        history: Float64Array.from(burning, step => long.count[step]! * interval),
      },
    ]
  })
  return {
    scenario,
    setting,
    seed,
    events: { incidents: events.incidents, truth: events.truth, scrapes: events.scrapes },
    others: firings.filter(({ labels }) => labels.burn_tier === undefined),
    steps: Object.fromEntries(steps),
  }
}

/** NaN where there is no value. */
interface WindowColumns {
  burn: Float64Array
  errors: Float64Array
  count: Float64Array
}

function keyOfWindow(severity: Severity, window: number): string {
  return `${severity}-${window}`
}

/**
 * Generates the rules that ship with a tier for each window, which is its long and its short one, and runs them. The
 * alert of a tier compares its burn rate, errors and count with limits; here the left sides are asked for at every step.
 */
function windowColumns(month: Month, pairs: readonly Pair[]) {
  const { objective, resolution, days } = month.setting
  const clock = clocks[resolution]
  const windows = new Map(
    pairs.flatMap(({ severity, long, short }) =>
      [long, short].map(window => [keyOfWindow(severity, window), { severity, window }] as const),
    ),
  )
  const tiers = [...windows].map(([name, { severity, window }]) => ({
    name,
    severity,
    long: window,
    short: window,
    factor: 1,
    budget: window / clock.period,
    keepFiringFor: 0,
    history: 1,
  }))
  const groups = loadRules(rulesOf(objective, { ...clock, tiers }), 'windows')
  const end = days * day * 1000
  const { store, firings } = simulate(
    groups,
    month.inputs,
    { end, interval: clock.evaluationInterval * 1000 },
    month.recorded,
  )
  const columns = new Map<string, WindowColumns>()
  for (const { interval, rules } of groups)
    for (const rule of rules) {
      if (rule.kind !== 'alerting' || !rule.labels.has('burn_tier')) continue
      const [burn, , errors, count] = alternativesOf(rule.expr)[0]!.map(({ left }) => {
        const column = new Float64Array(end / interval! + 1).fill(Number.NaN)
        const [series] = rangeQuery(
          store,
          left,
          { start: 0, end, step: interval! },
          { limits: { samples: 1e12, milliseconds: 600_000 } },
        ).series
        series?.times.forEach((time, at) => {
          column[time / interval!] = series.values[at]!
        })
        return column
      })
      columns.set(rule.labels.get('burn_tier')!, { burn: burn!, errors: errors!, count: count! })
    }
  return { firings, columns }
}

function rulesOf(objective: Objective, preset: Parameters<typeof sloGroups>[1]): string {
  return toYaml({ groups: plainGroups(sloGroups([objective], preset)) }, '')
}
