/**
 * A rule file of somebody else's, whole and as it stands: finds the counters and histograms that its rules read, and
 * shows a scenario's events under those names and labels.
 */
import { labelsOf } from '../../engines/labels.ts'
import { type LabelMatcher, predicateOf } from '../../engines/matchers.ts'
import { nodesOf } from '../../engines/promql/language/ast.ts'
import type { RuleGroup } from '../../engines/promql/rules/groups.ts'
import type { Metric } from '../../otel/signals.ts'
import type { Events } from '../scenarios/events.ts'
import type { InputSeries } from '../simulate/column-store.ts'
import { family, instanceName, timesOf } from '../simulate/exposition.ts'

/** A metric that the rules read and that a scenario can show. */
interface Shown {
  name: string
  kind: 'counter' | 'histogram'
  /** Label sets that satisfy all that is asked for: of events that succeeded and of those that failed. */
  succeeded: Record<string, string>[]
  failed: Record<string, string>[]
}

export interface Reading {
  shown: Shown[]
  readsUp: Record<string, string>[]
  /** Metrics that no scenario has, with the rules that read them. */
  unknown: { metric: string; rules: string[] }[]
  reads: { errors: boolean; slow: boolean }
  /** Seconds: the bound the rules take as too slow. */
  threshold: number | undefined
}

export function readingOf(groups: readonly RuleGroup[]): Reading {
  const rules = groups.flatMap(group => group.rules)
  const recorded = new Set(
    rules.flatMap(rule => (rule.kind === 'recording' ? [rule.name] : ['ALERTS', 'ALERTS_FOR_STATE'])),
  )
  const selected = new Map<string, { matchers: LabelMatcher[]; rule: string }[]>()
  for (const rule of rules)
    for (const node of nodesOf(rule.expr)) {
      if (node.kind !== 'selector') continue
      const name = node.matchers.find(({ name, operator }) => name === '__name__' && operator === '=')?.value
      if (name !== undefined && recorded.has(name)) continue
      const matchers = node.matchers.filter(({ name }) => name !== '__name__')
      const key = name ?? '(a selector without a name)'
      selected.set(key, [...(selected.get(key) ?? []), { matchers, rule: rule.name }])
    }
  const unknown: Reading['unknown'] = []
  const byMetric = new Map<string, { kind: Shown['kind']; selectors: LabelMatcher[][] }>()
  for (const [name, uses] of selected) {
    const counter = /^(.+)_(count|bucket|sum)$/.exec(name)
    const isCounter = /_total$/.test(name)
    if (name === 'up') continue
    if (counter === null && !isCounter) {
      unknown.push({ metric: name, rules: [...new Set(uses.map(({ rule }) => rule))] })
      continue
    }
    const base = counter === null ? name : counter[1]!
    const known = byMetric.get(base) ?? { kind: counter === null ? 'counter' : 'histogram', selectors: [] }
    known.selectors.push(...uses.map(({ matchers }) => matchers.filter(({ name }) => name !== 'le')))
    byMetric.set(base, known)
  }
  const shown = [...byMetric].map(([name, { kind, selectors }]) => shownAs(name, kind, selectors))
  const bounds = [...selected].flatMap(([name, uses]) =>
    name.endsWith('_bucket') ? uses.flatMap(({ matchers }) => boundsIn(matchers)) : [],
  )
  return {
    shown,
    readsUp: labelSets((selected.get('up') ?? []).map(({ matchers }) => matchers)),
    unknown,
    reads: {
      errors: shown.some(({ failed }) => failed.length > 0),
      slow: [...selected.keys()].some(name => name.endsWith('_bucket')),
    },
    threshold: bounds[0],
  }
}

/** The scenario's events as the rules read them. */
export function shownEvents(
  { shown, readsUp, threshold }: Reading,
  events: Events,
  scrapeInterval: number,
): InputSeries[] {
  return events.instances.flatMap((columns, index) => {
    const at = timesOf(columns, scrapeInterval)
    const everyScrape = Float64Array.from(columns.seen, (_, scrape) => scrape * scrapeInterval * 1000)
    const instance = { instance: instanceName(index) }
    const all = () => columns.succeeded.map((value, scrape) => value + columns.failed[scrape]!)
    return [
      ...readsUp.map(labels => ({
        labels: labelsOf(Object.entries({ __name__: 'up', ...instance, ...labels })),
        data: () => ({
          times: everyScrape,
          values: Float64Array.from(columns.seen),
          length: everyScrape.length,
          stale: [],
        }),
      })),
      ...shown.flatMap(({ name, kind, succeeded, failed }) => {
        const metric = metricOf(name, kind, threshold)
        const of = (
          labels: Record<string, string>,
          count: () => Float64Array,
          slow: () => Float64Array | undefined,
        ) => family({ metric, where: {} }, { ...instance, ...labels }, count, slow, threshold, at)
        // A metric that is never asked for its failures counts all events; one of failures alone counts those.
        if (isOfFailures(name))
          return succeeded.flatMap(labels =>
            of(
              labels,
              () => columns.failed,
              () => undefined,
            ),
          )
        if (failed.length === 0) return succeeded.flatMap(labels => of(labels, all, () => columns.slow))
        return [
          ...succeeded.flatMap(labels =>
            of(
              labels,
              () => columns.succeeded,
              () => columns.slow,
            ),
          ),
          ...failed.flatMap(labels =>
            of(
              labels,
              () => columns.failed,
              () => undefined,
            ),
          ),
        ]
      }),
    ]
  })
}

function metricOf(name: string, kind: Shown['kind'], threshold = 0.3): Metric {
  const buckets = [0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30].filter(bound => bound !== threshold)
  return {
    kind,
    name,
    unit: 'count',
    purpose: 'red',
    help: '',
    labels: {},
    ...(kind === 'histogram' ? { buckets: [...buckets, threshold].toSorted((a, b) => a - b) } : {}),
  }
}

function isOfFailures(name: string): boolean {
  return /error|fail/i.test(name)
}

function shownAs(name: string, kind: Shown['kind'], selectors: readonly LabelMatcher[][]): Shown {
  const outcome = isOfFailures(name) ? undefined : outcomeLabel(selectors)
  const sets = labelSets(
    selectors.map(matchers => matchers.filter(matcher => matcher.name !== outcome?.label)),
  )
  if (outcome === undefined) return { name, kind, succeeded: sets, failed: isOfFailures(name) ? sets : [] }
  return {
    name,
    kind,
    succeeded: sets.map(set => ({ ...set, [outcome.label]: outcome.good })),
    failed: sets.map(set => ({ ...set, [outcome.label]: outcome.bad })),
  }
}

/** Words that say how a request ended, in the order they are tried. */
const outcomes = [
  '200',
  '500',
  '503',
  '2xx',
  '5xx',
  'OK',
  'Internal',
  'success',
  'ok',
  'error',
  'failure',
  'failed',
  'SERVER_ERROR',
  'SUCCESS',
  'true',
  'false',
]
const isOutcome = (label: string) => /code|status|outcome|result|success|error/.test(label)
const isBad = (value: string) => /^5|error|fail|internal/i.test(value)

function outcomeLabel(
  selectors: readonly LabelMatcher[][],
): { label: string; good: string; bad: string } | undefined {
  const all = selectors.flat().filter(({ name }) => isOutcome(name))
  for (const label of new Set(all.map(({ name }) => name))) {
    const matchers = all.filter(({ name }) => name === label)
    const values = [...new Set([...outcomes, ...matchers.flatMap(exampleValues)])]
    const selects = (value: string) => matchers.map(matcher => predicateOf(matcher)(value))
    const bad = values.find(
      value =>
        isBad(value) && matchers.some((matcher, index) => selects(value)[index] === isPositive(matcher)),
    )
    if (bad === undefined) continue
    const good = values.find(value => !isBad(value) && selects(value).join() !== selects(bad).join())
    if (good !== undefined) return { label, good, bad }
  }
  return undefined
}

function isPositive({ operator }: LabelMatcher): boolean {
  return operator === '=' || operator === '=~'
}

function exampleValues({ value, operator }: LabelMatcher): string[] {
  return operator === '=' || operator === '!='
    ? [value]
    : value.split('|').map(part => part.replaceAll(/[().^$]/g, match => (match === '.' ? '0' : '')))
}

/** A label set for each different set of conditions; one that asks for less is served by one that asks for more. */
function labelSets(selectors: readonly LabelMatcher[][]): Record<string, string>[] {
  const sets: Record<string, string>[] = []
  for (const matchers of selectors) {
    const set: Record<string, string> = {}
    for (const matcher of matchers) {
      const fits = predicateOf(matcher)
      if (!isPositive(matcher) || fits('')) continue
      const value = exampleValues(matcher).find(fits) ?? ['GET', 'POST', 'example', '1', 'a'].find(fits)
      if (value !== undefined) set[matcher.name] = value
    }
    sets.push(set)
  }
  const contains = (larger: Record<string, string>, smaller: Record<string, string>) =>
    Object.entries(smaller).every(([label, value]) => larger[label] === value)
  return sets.filter(
    (set, index) =>
      !sets.some(
        (other, at) => at !== index && contains(other, set) && (!contains(set, other) || at < index),
      ),
  )
}

function boundsIn(matchers: readonly LabelMatcher[]): number[] {
  return matchers.flatMap(({ name, value }) => {
    if (name !== 'le') return []
    const bound = Number(/^\d+(?:\.\d+)?/.exec(value.replaceAll('\\', ''))?.[0])
    return Number.isFinite(bound) ? [bound] : []
  })
}
