/** Writes some hours of a month as a case for promtool, so that anybody can check what was simulated. */
import { parse, stringify } from 'yaml'
import type { Labels } from '../engines/labels.ts'
import type { QueryOptions } from '../engines/promql/engine/results.ts'
import { loadRules } from '../engines/promql/rules/load.ts'
import { clocks } from './clock.ts'
import type { Month, PolicyRules } from './month.ts'
import { hour, minute } from './scenarios/scenario.ts'
import type { ColumnData, InputSeries } from './simulate/column-store.ts'
import { type Firing, simulate } from './simulate/run.ts'

interface PromtoolCase {
  /** The rule file, without annotations and intervals: promtool evaluates all groups at one. */
  rules: string
  tests: string
  firings: Firing[]
}

/** From half an hour before it on, for as long as promtool takes to evaluate in a second. */
export function aroundFirstIncident({ events }: Month): { from: number; to: number } {
  const start = events.incidents[0]?.start ?? 0
  const from = Math.max(0, Math.floor((start - 30 * minute) / minute) * minute)
  return { from, to: from + 3 * hour + 30 * minute }
}

/** From and to are seconds of the month, and multiples of the scrape interval; `rulesFile` is how the test names the rules. */
export function promtoolCase(
  month: Month,
  policy: PolicyRules,
  { from, to }: { from: number; to: number },
  rulesFile: string,
  query: QueryOptions = {},
): PromtoolCase {
  const { scrapeInterval, evaluationInterval } = clocks[month.setting.resolution]
  const rules = plainRules(policy.rules)
  const groups = loadRules(rules, policy.name)
  const inputs = month.inputs.map(({ labels, data }) => ({ labels, data: () => part(data(), from, to) }))
  const end = (to - from) * 1000
  const { firings } = simulate(groups, inputs, { end, interval: evaluationInterval * 1000, query })
  const names = [...new Set(groups.flatMap(({ rules }) => rules.flatMap(alertNames)))]
  const evaluations = Array.from(
    { length: end / 1000 / evaluationInterval + 1 },
    (_, i) => i * evaluationInterval,
  )
  const tests = {
    rule_files: [rulesFile],
    evaluation_interval: `${evaluationInterval}s`,
    group_eval_order: groups.map(({ name }) => name),
    tests: [
      {
        interval: `${scrapeInterval}s`,
        input_series: inputs.map(input => ({
          series: written(input.labels),
          values: values(input, end, scrapeInterval * 1000),
        })),
        alert_rule_test: evaluations.flatMap(time =>
          names.map(alertname => ({
            eval_time: `${time}s`,
            alertname,
            exp_alerts: firings
              .filter(firing => firing.alert === alertname && firesAt(firing, time * 1000))
              .map(({ labels: { alertname: _, ...exp_labels } }) => ({ exp_labels })),
          })),
        ),
      },
    ],
  }
  return { rules, tests: stringify(tests, { aliasDuplicateObjects: false }), firings }
}

function firesAt({ firedAt, resolvedAt }: Firing, time: number): boolean {
  return firedAt !== undefined && firedAt <= time && (resolvedAt === undefined || time < resolvedAt)
}

function alertNames(rule: { kind: string; name: string }): string[] {
  return rule.kind === 'alerting' ? [rule.name] : []
}

function plainRules(text: string): string {
  const file = parse(text) as { groups: { interval?: string; rules: { annotations?: object }[] }[] }
  for (const group of file.groups) {
    delete group.interval
    for (const rule of group.rules) delete rule.annotations
  }
  return stringify(file)
}

/** The samples of a span, whose start becomes 0. */
function part({ times, values, length, stale }: ColumnData, from: number, to: number): ColumnData {
  const inside = Array.from({ length }, (_, place) => place).filter(
    place => times[place]! >= from * 1000 && times[place]! <= to * 1000,
  )
  return {
    times: Float64Array.from(inside, place => times[place]! - from * 1000),
    values: Float64Array.from(inside, place => values[place]!),
    length: inside.length,
    stale: stale.flatMap(place => (inside.includes(place) ? [inside.indexOf(place)] : [])),
  }
}

function written(labels: Labels): string {
  const pairs = [...labels].filter(([name]) => name !== '__name__')
  return `${labels.get('__name__')}{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ')}}`
}

/** A word for each scrape: promtool takes `_` for one that is missing. */
function values({ data }: InputSeries, end: number, step: number): string {
  const column = data()
  const words: string[] = Array.from({ length: end / step + 1 }, () => '_')
  for (let place = 0; place < column.length; place++)
    words[column.times[place]! / step] = column.stale.includes(place) ? 'stale' : String(column.values[place])
  return words.join(' ')
}
