/** Why did it page, and why did it not: how far each condition was from true, and what would have changed it. */
import { rangeQuery } from '../../engines/promql/engine/query.ts'
import type { AlertingRule, RuleGroup } from '../../engines/promql/rules/groups.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { clocks } from '../clock.ts'
import type { Month, PolicyRules } from '../month.ts'
import { playMonth } from '../months.ts'
import { day, type Incident, minute, type Share } from '../scenarios/scenario.ts'
import { judge, severityOf, type Verdict } from '../score/judge.ts'
import { type Firing, type Simulation, simulate } from '../simulate/run.ts'
import { alternativesOf, type Condition, withThresholds } from './conditions.ts'

export interface Explanation {
  scenario: string
  policy: string
  incidents: IncidentExplanation[]
  /** Notifications that were about nothing. */
  falseOnes: { severity: string; from: number; to: number | undefined; change: Change | undefined }[]
}

interface IncidentExplanation {
  id: string
  wanted: string
  start: number
  end: number
  detection: number | undefined
  tiers: TierExplanation[]
  /** Where nobody was told: how much longer it should have lasted, and how many times as many events should have failed. */
  missing: { seconds: number | undefined; times: number | undefined } | undefined
  change: Change | undefined
}

export interface TierExplanation {
  alert: string
  severity: string
  tier: string
  /** Seconds after the start of the incident; undefined when it did not fire. */
  firedAfter: number | undefined
  /** At the moment it came closest to firing. */
  conditions: { text: string; value: number | undefined; limit: number | undefined; holds: boolean }[]
  /** Seconds for which everything held at most, and how long it would have had to. */
  held: number
  for: number
}

/** The smallest single change to one alert, in words, and what it does to the rest of the month. */
interface Change {
  text: string
  extraFalse: number
}

/** What rules are run over and judged by: a month that was played, or one that really happened. */
export interface Past {
  name: string
  /** Seconds. */
  end: number
  /** Milliseconds, of groups that name no interval. */
  interval: number
  run(groups: readonly RuleGroup[]): Simulation
  judge(firings: readonly Firing[]): Verdict
  /** Where incidents can be played again, what this one lacks. */
  missing?(groups: readonly RuleGroup[], id: string): IncidentExplanation['missing']
}

export function explain(month: Month, policy: PolicyRules): Explanation {
  return explainPast(pastOf(month), policy)
}

export function explainPast(past: Past, policy: PolicyRules): Explanation {
  const groups = loadRules(policy.rules, policy.name)
  const run = past.run(groups)
  const verdict = past.judge(run.firings)
  return {
    scenario: past.name,
    policy: policy.name,
    incidents: verdict.incidents.map(({ id, wanted, start, end, detection }) => {
      const isMissed = detection === undefined
      return {
        id,
        wanted,
        start,
        end,
        detection,
        tiers: alertsOf(groups).map(rule => explainTier(past, groups, run, rule, start, end)),
        missing: isMissed ? past.missing?.(groups, id) : undefined,
        change: isMissed
          ? smallestChange(past, groups, 'catch', changed =>
              isDetected(past.judge(past.run(changed).firings), id),
            )
          : undefined,
      }
    }),
    falseOnes: verdict.notifications
      .filter(({ incident }) => incident === undefined)
      .map(({ severity, from, to }) => ({
        severity,
        from,
        to,
        change: smallestChange(past, groups, 'silence', changed => {
          const { incidents, notifications } = past.judge(past.run(changed).firings)
          const still = notifications.some(
            each =>
              each.severity === severity && each.from < (to ?? Infinity) && (each.to ?? Infinity) > from,
          )
          return (
            !still &&
            verdict.incidents.every(
              before => before.detection === undefined || isDetected({ incidents }, before.id),
            )
          )
        }),
      })),
  }
}

function pastOf(month: Month): Past {
  const { resolution, days } = month.setting
  return {
    name: month.scenario.name,
    end: days * day,
    interval: clocks[resolution].evaluationInterval * 1000,
    run: groups => runOf(month, groups),
    judge: firings => judgeOf(month, firings),
    missing: (groups, id) => missingOf(month, groups, id),
  }
}

function alertsOf(groups: readonly RuleGroup[]): AlertingRule[] {
  return groups.flatMap(({ rules }) => rules.filter(rule => rule.kind === 'alerting'))
}

function runOf(month: Month, groups: readonly RuleGroup[]) {
  const { resolution, days } = month.setting
  return simulate(
    groups,
    month.inputs,
    { end: days * day * 1000, interval: clocks[resolution].evaluationInterval * 1000 },
    month.recorded,
  )
}

function judgeOf({ setting, events, reading }: Month, firings: Parameters<typeof judge>[2]) {
  const { scrapeInterval } = clocks[setting.resolution]
  return judge(setting.objective, events, firings, setting.days * day, scrapeInterval, reading?.reads)
}

function isDetected({ incidents }: Pick<ReturnType<typeof judge>, 'incidents'>, id: string): boolean {
  return incidents.some(each => each.id === id && each.detection !== undefined)
}

/** Conditions are looked at until a short window has forgotten the incident. */
function explainTier(
  past: Past,
  groups: readonly RuleGroup[],
  { store, firings }: Simulation,
  rule: AlertingRule,
  start: number,
  end: number,
): TierExplanation {
  const interval = groups.find(({ rules }) => rules.includes(rule))!.interval ?? past.interval
  const labels = Object.fromEntries(rule.labels)
  const own = firings.find(
    each =>
      each.alert === rule.name &&
      Object.entries(labels).every(([label, value]) => each.labels[label] === value) &&
      each.firedAt !== undefined &&
      each.firedAt / 1000 < end + 15 * minute &&
      (each.resolvedAt ?? Infinity) / 1000 > start,
  )
  const range = {
    start: Math.ceil((start * 1000) / interval) * interval,
    end: Math.min(past.end, end + 30 * minute) * 1000,
    step: interval,
  }
  const columns = alternativesOf(rule.expr).map(conditions =>
    conditions.map(condition => ({
      condition,
      left: valuesOf(store, condition.left, range),
      right: valuesOf(store, condition.right, range),
    })),
  )
  let best = { nearness: -1, conditions: [] as TierExplanation['conditions'] }
  let held = 0
  for (const alternative of columns) {
    let since: number | undefined
    for (let time = range.start; time <= range.end; time += interval) {
      const conditions = alternative.map(({ condition, left, right }) => {
        const [value, limit] = [left.get(time), right.get(time) ?? right.get(Number.NaN)]
        return {
          text: condition.text,
          value,
          limit,
          holds: holds(condition, value, limit),
          nearness: nearnessOf(condition, value, limit),
        }
      })
      const nearness = Math.min(...conditions.map(each => each.nearness))
      if (nearness > best.nearness)
        best = { nearness, conditions: conditions.map(({ nearness: _, ...rest }) => rest) }
      if (conditions.every(each => each.holds)) {
        since ??= time
        held = Math.max(held, (time - since) / 1000)
      } else since = undefined
    }
  }
  return {
    alert: rule.name,
    severity: severityOf({ labels }),
    tier: labels.burn_tier ?? labels.long ?? '',
    firedAfter: own === undefined ? undefined : Math.max(0, own.firedAt! / 1000 - start),
    conditions: best.conditions,
    held,
    for: rule.for / 1000,
  }
}

/** The first series' values by time. */
function valuesOf(
  store: Parameters<typeof rangeQuery>[0],
  expr: Condition['left'],
  range: { start: number; end: number; step: number },
) {
  const [series] = rangeQuery(store, expr, range).series
  return new Map(
    series === undefined ? [] : [...series.times].map((time, index) => [time, series.values[index]!]),
  )
}

function holds({ operator }: Condition, value: number | undefined, limit: number | undefined): boolean {
  if (value === undefined || limit === undefined) return false
  if (operator === '>') return value > limit
  if (operator === '>=') return value >= limit
  return operator === '<' ? value < limit : value <= limit
}

/** 1 and more where it holds, 0.5 where the value is half of what it would have to be. */
function nearnessOf({ operator }: Condition, value: number | undefined, limit: number | undefined): number {
  if (value === undefined || limit === undefined || Number.isNaN(value)) return 0
  return operator === '>' || operator === '>=' ? value / limit : limit / value
}

function missingOf(month: Month, groups: readonly RuleGroup[], id: string): IncidentExplanation['missing'] {
  const detectedWith = (change: (incident: Incident) => Incident) => {
    const { scenario, setting, seed } = month
    const incidents = scenario.incidents.map(incident => (incident.id === id ? change(incident) : incident))
    const changed = playMonth({ ...scenario, incidents }, setting, seed)
    return isDetected(judgeOf(changed, runOf(changed, groups).firings), id)
  }
  const incident = month.scenario.incidents.find(each => each.id === id)!
  const length = incident.end - incident.start
  const longer = leastThat(1, 32, times =>
    detectedWith(each => ({ ...each, end: Math.round(each.start + length * times) })),
  )
  const times = leastThat(1, 64, factor =>
    detectedWith(each => ({ ...each, effect: strengthened(each.effect, factor) })),
  )
  return { seconds: longer === undefined ? undefined : Math.ceil((longer - 1) * length), times }
}

function strengthened(effect: Incident['effect'], times: number): Incident['effect'] {
  const more = (share: Share) =>
    typeof share === 'number' ? Math.min(1, share * times) : { burn: share.burn * times }
  return {
    ...effect,
    ...(effect.errors === undefined ? {} : { errors: more(effect.errors) }),
    ...(effect.slow === undefined ? {} : { slow: more(effect.slow) }),
  }
}

/** To about one part in a hundred; undefined when not even `most` will do. */
function leastThat(least: number, most: number, works: (value: number) => boolean): number | undefined {
  if (!works(most)) return undefined
  let [low, high] = [least, most]
  while (high / low > 1.01) {
    const middle = Math.sqrt(low * high)
    if (works(middle)) high = middle
    else low = middle
  }
  return high
}

/** Tries the numbers of one alert at a time, and takes the change that is smallest in proportion. */
function smallestChange(
  past: Past,
  groups: readonly RuleGroup[],
  to: 'catch' | 'silence',
  works: (groups: readonly RuleGroup[]) => boolean,
): Change | undefined {
  const found: { size: number; text: string; groups: RuleGroup[] }[] = []
  for (const rule of alertsOf(groups)) {
    const name = [rule.name, rule.labels.get('burn_tier') ?? rule.labels.get('long')]
      .filter(Boolean)
      .join(' ')
    const withRule = (change: Partial<AlertingRule>) => replaced(groups, rule, { ...rule, ...change })
    const thresholds = (times: number) =>
      withRule({ expr: withThresholds(rule.expr, to === 'catch' ? 1 / times : times) })
    const times = leastThat(1, 16, value => works(thresholds(value)))
    if (times !== undefined)
      found.push({
        size: Math.log(times),
        text: `${name}: thresholds ${to === 'catch' ? 'lower' : 'higher'} by ${percentOf(to === 'catch' ? 1 - 1 / times : times - 1)}`,
        groups: thresholds(times),
      })
    if (to === 'catch' && rule.for > 0) {
      const part = leastThat(1, 64, value => works(withRule({ for: rule.for / value })))
      if (part !== undefined)
        found.push({
          size: Math.log(part),
          text: `${name}: for of ${Math.floor(rule.for / part / 1000)}s in place of ${rule.for / 1000}s`,
          groups: withRule({ for: rule.for / part }),
        })
    }
    if (to === 'silence') {
      const base = Math.max(rule.for, 60_000)
      const more = leastThat(1, 64, value => works(withRule({ for: base * value })))
      if (more !== undefined)
        found.push({
          size: Math.log(more) + (rule.for === 0 ? 0.5 : 0),
          text: `${name}: for of ${Math.ceil((base * more) / 1000)}s in place of ${rule.for / 1000}s`,
          groups: withRule({ for: base * more }),
        })
    }
  }
  const smallest = found.toSorted((a, b) => a.size - b.size)[0]
  if (smallest === undefined) return undefined
  const falseOnes = (tried: readonly RuleGroup[]) =>
    past.judge(past.run(tried).firings).notifications.filter(({ incident }) => incident === undefined).length
  return { text: smallest.text, extraFalse: falseOnes(smallest.groups) - falseOnes(groups) }
}

function replaced(groups: readonly RuleGroup[], rule: AlertingRule, by: AlertingRule): RuleGroup[] {
  return groups.map(group => ({ ...group, rules: group.rules.map(each => (each === rule ? by : each)) }))
}

function percentOf(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`
}
