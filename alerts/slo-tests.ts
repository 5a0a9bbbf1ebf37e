/** Unit tests for the rules of an objective: what goes in is made up, what must come out is computed from theory. */
import { select } from '../promql/expr.ts'
import { duration } from './durations.ts'
import { alertName, type Objective, type Selection } from './objectives.ts'
import { type Check, counterValues, type InputSeries, type Phase, type RuleTest } from './promtool-tests.ts'
import { isAlert } from './rules.ts'
import * as recorded from './series.ts'
import { absenceAlert, errorBudget, sloGroups, threshold } from './slo-rules.ts'
import { detectionTime, resetTime } from './theory.ts'
import { isStaged, type Preset, type Tier } from './windows.ts'

/** Events per scrape; large, so that error ratios of a thousandth are whole events. */
const events = 10_000

/** Everything that is quick enough to check for each objective. */
export function sloTests(objective: Objective, preset: Preset): RuleTest[] {
  return [
    ...preset.tiers.map(tier => steadyErrors(objective, preset, tier, 2)),
    steadyErrors(objective, preset, preset.tiers.at(-1)!, 10),
    totalOutage(objective, preset),
    ...preset.tiers.slice(0, 2).map(tier => tooShort(objective, preset, tier)),
    ...preset.tiers.slice(0, 2).map(tier => ending(objective, preset, tier)),
    bornBroken(objective, preset),
    noTraffic(objective, preset),
    counterReset(objective, preset),
    newService(objective, preset),
    lostScrapes(objective, preset),
    twoInstances(objective, preset),
    unevenTraffic(objective, preset),
  ]
}

/** The few that fit a preset whose windows are long. */
export function slowSloTests(objective: Objective, preset: Preset): RuleTest[] {
  return [
    steadyErrors(objective, preset, preset.tiers[0]!, 2),
    totalOutage(objective, preset),
    tooShort(objective, preset, preset.tiers[0]!),
    ending(objective, preset, preset.tiers[0]!),
    lostScrapes(objective, preset),
    unevenTraffic(objective, preset),
  ]
}

interface Stretch {
  seconds: number
  /** Share of the events that fail. */
  errors: number
  /** Events per scrape. */
  traffic?: number
  reset?: boolean
  lost?: boolean
}

function steadyErrors(objective: Objective, preset: Preset, tier: Tier, times: number): RuleTest {
  const errors = wholeEvents(Math.min(1, times * limitOf(objective, preset, tier)))
  const history = cleanHistory(preset)
  const length = longestDetection(objective, preset, errors, history)
  return {
    ...common(objective, preset, `errors at ${errors} of all events, ${times} times tier ${tier.name}`, [
      { seconds: history, errors: 0 },
      { seconds: length, errors },
    ]),
    checks: [
      ...preset.tiers.flatMap(each => detectionChecks(objective, preset, each, errors, history, length)),
      notANumber(history + length),
    ],
  }
}

function totalOutage(objective: Objective, preset: Preset): RuleTest {
  const history = cleanHistory(preset)
  const length = longestDetection(objective, preset, 1, history)
  return {
    ...common(objective, preset, 'total outage', [
      { seconds: history, errors: 0 },
      { seconds: length, errors: 1 },
    ]),
    checks: [
      ...preset.tiers.flatMap(tier => detectionChecks(objective, preset, tier, 1, history, length)),
      burnsAt(objective, preset.tiers[0]!, 'short', history + length, 1),
    ],
  }
}

/** The incident ends before the theory lets the tier fire, with the tolerance on top. */
function tooShort(objective: Objective, preset: Preset, tier: Tier): RuleTest {
  const errors = wholeEvents(2 * limitOf(objective, preset, tier))
  const history = cleanHistory(preset)
  const detection = detectionTime(objective, preset, tier, incident(preset, errors, history))!
  // What the base window still holds back at the end of the incident comes in after it.
  const lag = isStaged(preset, tier.long) ? preset.base / 2 : 0
  const length = onScrape(preset, detection - lag - 2 * tolerance(preset))
  const after = onScrape(preset, tier.long / 2)
  const end = history + length + after
  return {
    ...common(objective, preset, `incident too short for tier ${tier.name}`, [
      { seconds: history, errors: 0 },
      { seconds: length, errors },
      { seconds: after, errors: 0 },
    ]),
    checks: [
      {
        at: end,
        expr: `count_over_time(${firing(objective, tier)}[${duration(end)}])`,
        samples: [],
      },
      notANumber(end),
    ],
  }
}

function ending(objective: Objective, preset: Preset, tier: Tier): RuleTest {
  const errors = wholeEvents(Math.min(1, 5 * limitOf(objective, preset, tier)))
  const history = cleanHistory(preset)
  const detection = detectionTime(objective, preset, tier, incident(preset, errors, history))!
  const length = onScrape(preset, detection + tier.short + 2 * preset.base)
  const end = history + length
  const reset = resetTime(objective, preset, tier, errors)
  const after = onScrape(preset, reset + 2 * tolerance(preset))
  return {
    ...common(objective, preset, `end of an incident for tier ${tier.name}`, [
      { seconds: history, errors: 0 },
      { seconds: length, errors },
      { seconds: after, errors: 0 },
    ]),
    checks: [
      fires(objective, tier, onGrid(preset, end + reset - tolerance(preset), 'down'), true),
      fires(objective, tier, onGrid(preset, end + reset + tolerance(preset), 'up'), false),
      notANumber(end + after),
    ],
  }
}

/** Errors from the first event on: every window shows the same ratio, so labels and texts are known to the letter. */
function bornBroken(objective: Objective, preset: Preset): RuleTest {
  const errors = objective.objective > 95 ? 0.5 : 1
  const end = Math.max(...preset.tiers.map(tier => tier.history)) + 2 * preset.base
  const alerts = sloGroups([objective], preset)
    .flatMap(group => group.rules)
    .filter(isAlert)
    .filter(rule => rule.alert === alertName(objective))
  return {
    ...common(objective, preset, 'broken from the start', [{ seconds: end, errors }]),
    checks: [
      {
        at: end,
        alert: alertName(objective),
        firing: alerts.map(({ labels, annotations }) => ({
          labels: { ...labels, ...exampleGroup(objective) },
          annotations: Object.fromEntries(
            Object.entries(annotations).map(([name, text]) => [
              name,
              text.replace('{{ $value | humanizePercentage }}', `${errors * 100}%`),
            ]),
          ),
        })),
      },
      ...preset.tiers
        .filter(tier => tier.history > 0)
        .map(tier => fires(objective, tier, onGrid(preset, tier.history / 2, 'down'), false)),
      ...preset.tiers.flatMap(tier =>
        (['long', 'short'] as const).map(window => burnsAt(objective, tier, window, end, errors)),
      ),
    ],
  }
}

function noTraffic(objective: Objective, preset: Preset): RuleTest {
  const end = 4 * preset.base
  return {
    ...common(objective, preset, 'no traffic', [{ seconds: end, errors: 0, traffic: 0 }]),
    checks: [
      { at: end, expr: `{__name__=~"slo:error_ratio:.+", slo="${objective.name}"}`, samples: [] },
      { at: end, expr: `count(${select(recorded.requests, { slo: objective.name })} == 0)`, samples: one(1) },
      { at: end, expr: `ALERTS{slo="${objective.name}"}`, samples: [] },
      notANumber(end),
    ],
  }
}

function counterReset(objective: Objective, preset: Preset): RuleTest {
  const part = 4 * preset.base
  const errors = wholeEvents(limitOf(objective, preset, preset.tiers.at(-1)!) / 2)
  return {
    ...common(objective, preset, 'a restart sets the counters back', [
      { seconds: part, errors },
      { seconds: part, errors, reset: true },
    ]),
    checks: [
      near(
        2 * part,
        select(recorded.errorRatio(preset.tiers[0]!.long), { slo: objective.name }),
        errors,
        errors / 20,
      ),
      {
        at: 2 * part,
        expr: `count_over_time(ALERTS{slo="${objective.name}", burn_tier!=""}[${duration(2 * part)}])`,
        samples: [],
      },
      notANumber(2 * part),
    ],
  }
}

/** Younger than its windows, healthy but for an error ratio below every threshold. */
function newService(objective: Objective, preset: Preset): RuleTest {
  const errors = wholeEvents(limitOf(objective, preset, preset.tiers.at(-1)!) / 2)
  const end = 4 * preset.base
  const age = end / 2
  return {
    ...common(objective, preset, 'a service younger than its windows', [
      { seconds: age, errors: 0, lost: true },
      { seconds: age, errors },
    ]),
    checks: [
      { at: end, expr: `ALERTS{slo="${objective.name}", burn_tier!=""}`, samples: [] },
      near(end, select(recorded.periodErrorRatio, { slo: objective.name }), errors, errors / 10),
      near(
        end,
        select(recorded.periodCoverage, { slo: objective.name }),
        age / preset.period,
        age / preset.period / 5,
      ),
      notANumber(end),
    ],
  }
}

function lostScrapes(objective: Objective, preset: Preset): RuleTest {
  const before = 2 * preset.base
  // One sample makes no rate, so the series ends when the last but one leaves the window.
  const absentAfter = preset.base - preset.scrapeInterval
  const alertAfter = absentAfter + 2 * preset.base
  const lost = onScrape(preset, alertAfter + 2 * tolerance(preset))
  const absent = sloGroups([objective], preset)
    .flatMap(group => group.rules)
    .filter(isAlert)
    .find(rule => rule.alert === absenceAlert)!
  return {
    ...common(objective, preset, 'scrapes are lost', [
      { seconds: before, errors: 0 },
      { seconds: lost, errors: 0, lost: true },
    ]),
    checks: [
      {
        at: onGrid(preset, before + alertAfter - tolerance(preset), 'down'),
        alert: absenceAlert,
        firing: [],
      },
      {
        at: onGrid(preset, before + alertAfter + tolerance(preset), 'up'),
        alert: absenceAlert,
        firing: [{ labels: absent.labels, annotations: absent.annotations }],
      },
      { at: before + lost, expr: `ALERTS{slo="${objective.name}", burn_tier!=""}`, samples: [] },
      notANumber(before + lost),
    ],
  }
}

/** One of two instances fails: the objective counts their events together. */
function twoInstances(objective: Objective, preset: Preset): RuleTest {
  const tier = preset.tiers[0]!
  const errors = wholeEvents(2 * limitOf(objective, preset, tier))
  const history = cleanHistory(preset)
  const length = longestDetection(objective, preset, errors, history)
  const half = (failing: number) => [
    { seconds: history, errors: 0, traffic: events / 2 },
    { seconds: length, errors: failing, traffic: events / 2 },
  ]
  return {
    name: `${objective.name}: one of two instances fails`,
    interval: preset.scrapeInterval,
    series: [
      ...inputs(objective, preset, half(2 * errors), 'one:1'),
      ...inputs(objective, preset, half(0), 'two:2'),
    ],
    checks: detectionChecks(objective, preset, tier, errors, history, length),
  }
}

/** A busy healthy time and a quiet bad one: errors among all events, and not the mean of two ratios. */
function unevenTraffic(objective: Objective, preset: Preset): RuleTest {
  const part = 6 * preset.base
  const [busy, quiet, failing] = [events, events / 50, 0.5]
  const expected = (failing * quiet) / (busy + quiet)
  const budget = Number(errorBudget(objective))
  return {
    ...common(objective, preset, 'the budget is weighted by traffic', [
      { seconds: part, errors: 0, traffic: busy },
      { seconds: part, errors: failing, traffic: quiet },
    ]),
    checks: [
      // Half a base window of the quiet time has not entered yet; of the busy one, as much is missing at its start.
      near(2 * part, select(recorded.periodErrorRatio, { slo: objective.name }), expected, expected / 8),
      near(
        2 * part,
        select(recorded.budgetRemaining, { slo: objective.name }),
        1 - expected / budget,
        expected / 8 / budget,
      ),
      ...promised(objective, preset, 2 * part),
    ],
  }
}

/** What was promised stands in the store beside what came of it. */
function promised(objective: Objective, preset: Preset, at: number): Check[] {
  const slo = objective.name
  return [
    near(at, select(recorded.objective, { slo }), objective.objective / 100, 1e-9),
    near(at, select(recorded.period, { slo }), preset.period, 1e-9),
    ...preset.tiers.map(tier =>
      near(
        at,
        select(recorded.burnThreshold, { slo, burn_tier: tier.name, severity: tier.severity }),
        (tier.budget * preset.period) / tier.long,
        1e-9,
      ),
    ),
  ]
}

/** A window full of one error ratio burns that ratio over the budget times too fast. */
function burnsAt(
  objective: Objective,
  tier: Tier,
  window: 'long' | 'short',
  at: number,
  errors: number,
): Check {
  const expected = errors / (1 - objective.objective / 100)
  const { name: burn_tier, severity } = tier
  const burnRate = select(recorded.burnRate, { slo: objective.name, burn_tier, severity, window })
  return near(at, burnRate, expected, expected / 1_000)
}

function common(objective: Objective, preset: Preset, name: string, stretches: readonly Stretch[]) {
  return {
    name: `${objective.name}: ${name}`,
    interval: preset.scrapeInterval,
    series: inputs(objective, preset, stretches, 'one:1'),
  }
}

function detectionChecks(
  objective: Objective,
  preset: Preset,
  tier: Tier,
  errors: number,
  history: number,
  length: number,
): Check[] {
  const detection = detectionTime(objective, preset, tier, incident(preset, errors, history))
  if (detection === undefined) return [fires(objective, tier, history + length, false)]
  const limit = limitOf(objective, preset, tier)
  // While the history is shorter than the window, an inaccuracy of it counts for more the nearer the errors are to the limit.
  const within = (tolerance(preset) * errors) / (errors - limit)
  const before = onGrid(preset, history + detection - within, 'down')
  const after = onGrid(preset, history + detection + within, 'up')
  return [
    fires(objective, tier, before, false),
    ...(after <= history + length ? [fires(objective, tier, after, true)] : []),
  ]
}

function fires(objective: Objective, tier: Tier, at: number, expected: boolean): Check {
  return { at, expr: `count(${firing(objective, tier)})`, samples: expected ? one(1) : [] }
}

function firing(objective: Objective, tier: Tier): string {
  return `ALERTS{alertstate="firing", slo="${objective.name}", burn_tier="${tier.name}"}`
}

function near(at: number, expr: string, value: number, within: number): Check {
  return { at, expr: `count(abs(${expr} - ${value}) < ${within})`, samples: one(1) }
}

function notANumber(at: number): Check {
  const all = '{__name__=~"slo:.+"}'
  return { at, expr: `count(${all}) - count(${all} > -Inf < +Inf)`, samples: one(0) }
}

function one(value: number) {
  return [{ labels: '{}', value }]
}

function inputs(
  objective: Objective,
  preset: Preset,
  stretches: readonly Stretch[],
  instance: string,
): InputSeries[] {
  const { sli } = objective
  const phases = (share: (stretch: Stretch) => number): Phase[] =>
    stretches.map(stretch => ({
      samples: Math.round(stretch.seconds / preset.scrapeInterval),
      increase: stretch.lost ? undefined : Math.round((stretch.traffic ?? events) * share(stretch)),
      ...(stretch.reset ? { reset: true } : {}),
    }))
  const series = (selection: Selection, part: '_count' | '_bucket', more: Record<string, string> = {}) => {
    const suffix = selection.metric.kind === 'histogram' ? part : ''
    const labels = { ...exampleLabels(selection), ...exampleGroup(objective), ...more, instance }
    return `${selection.metric.name}${suffix}{${Object.entries(labels)
      .map(([label, value]) => `${label}="${value}"`)
      .join(', ')}}`
  }
  const good = counterValues(phases(stretch => 1 - stretch.errors))
  if (!('failed' in sli))
    return [
      { series: series(sli.total, '_count'), values: counterValues(phases(() => 1)) },
      { series: series(sli.total, '_bucket', { le: String(sli.threshold) }), values: good },
    ]
  return [
    { series: series(sli.total, '_count', { case: 'good' }), values: good },
    {
      series: series(sli.failed, '_count', { case: 'failed' }),
      values: counterValues(phases(stretch => stretch.errors)),
    },
  ]
}

/** Labels that satisfy the matchers: a pattern's dots become zeros; what must not match is left out. */
function exampleLabels({ where }: Selection): Record<string, string> {
  return Object.fromEntries(
    Object.entries(where).flatMap(([label, condition]) => {
      if (typeof condition === 'string') return [[label, condition]]
      if (condition.operator === '=') return [[label, condition.value]]
      return condition.operator === '=~' ? [[label, condition.value.split('|')[0]!.replaceAll('.', '0')]] : []
    }),
  )
}

function exampleGroup({ groupBy }: Objective): Record<string, string> {
  return Object.fromEntries(groupBy.map(label => [label, 'example']))
}

function limitOf(objective: Objective, preset: Preset, tier: Tier): number {
  return Number(threshold(objective, preset, tier))
}

function incident(preset: Preset, errorRatio: number, history: number) {
  return { errorRatio, rate: events / preset.scrapeInterval, history }
}

/** Enough for the gates of all tiers, and for the long windows of the pages. */
function cleanHistory(preset: Preset): number {
  return preset.tiers[1]!.long + 4 * preset.base
}

function longestDetection(objective: Objective, preset: Preset, errors: number, history: number): number {
  const times = preset.tiers.flatMap(
    tier => detectionTime(objective, preset, tier, incident(preset, errors, history)) ?? [],
  )
  const longest = Math.min(Math.max(...times), 1.25 * preset.tiers[1]!.long)
  return onScrape(preset, longest + 3 * tolerance(preset))
}

/** One scrape and one evaluation, as an event is seen at the next of each. */
function tolerance(preset: Preset): number {
  return preset.scrapeInterval + preset.evaluationInterval
}

function onScrape(preset: Preset, seconds: number): number {
  return Math.ceil(seconds / preset.scrapeInterval) * preset.scrapeInterval
}

function onGrid({ evaluationInterval }: Preset, seconds: number, to: 'up' | 'down'): number {
  const steps = seconds / evaluationInterval
  return (to === 'up' ? Math.ceil(steps) : Math.floor(steps)) * evaluationInterval
}

function wholeEvents(share: number): number {
  return Math.max(1, Math.round(share * events)) / events
}
