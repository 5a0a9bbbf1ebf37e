/** The rules of an objective under a preset: recordings, then one alert per tier, then an alert on missing data. */
import { type Queryable, select } from '../promql/expr.ts'
import { decimal, minus, over, times, toText } from './decimal.ts'
import { duration } from './durations.ts'
import { burnRatePanel, dashboardUrl, runbookUrl } from './links.ts'
import { alertName, type Objective } from './objectives.ts'
import type { AlertRule, RecordingRule, RuleGroup } from './rules.ts'
import * as series from './series.ts'
import { errorRateOf, requestRateOf } from './sli.ts'
import { burnFactor, isStaged, type Preset, ratioWindows, type Tier } from './windows.ts'

export const absenceAlert = 'SloDataAbsent'

export function sloGroups(objectives: readonly Objective[], preset: Preset): RuleGroup[] {
  return objectives.flatMap(objective => [
    {
      name: `slo-${objective.name}`,
      interval: preset.evaluationInterval,
      rules: [
        ...rateRecordings(objective, preset),
        ...ratioRecordings(objective, preset),
        ...burnRecordings(objective, preset),
        ...preset.tiers.map(tier => tierAlert(objective, preset, tier)),
        absentData(objective, preset),
      ],
    },
    {
      name: `slo-${objective.name}-period`,
      interval: preset.periodInterval,
      rules: periodRecordings(objective, preset),
    },
  ])
}

/** 1 - objective, such as 0.001 for 99.9 %. */
export function errorBudget({ objective }: Pick<Objective, 'objective'>): string {
  return toText(over(minus(decimal(100), decimal(objective)), decimal(100))!)
}

/** The error ratio above which a tier fires. */
export function threshold(objective: Objective, preset: Preset, tier: Tier): string {
  return toText(times(decimal(burnFactor(preset, tier)), decimal(errorBudget(objective))))
}

function rateRecordings(objective: Objective, preset: Preset): RecordingRule[] {
  const raw = ratioWindows(preset).filter(window => window > preset.base && !isStaged(preset, window))
  return [
    record(objective, series.requests, requestRateOf(objective, preset.base)),
    record(objective, series.errors, errorRateOf(objective, preset.base)),
    ...raw.flatMap(window => [
      record(objective, series.requestRate(window), requestRateOf(objective, window)),
      record(objective, series.errorRate(window), errorRateOf(objective, window)),
    ]),
  ]
}

function ratioRecordings(objective: Objective, preset: Preset): RecordingRule[] {
  return ratioWindows(preset).map(window =>
    record(objective, series.errorRatio(window), ratioOver(objective, preset, window)),
  )
}

/** Division by the events only where there are any, so that a quiet hour is absent and never NaN. */
function ratioOver(objective: Objective, preset: Preset, window: number): string {
  if (isStaged(preset, window)) {
    const sum = (recorded: Queryable) => `sum_over_time(${of(objective, recorded)}[${duration(window)}])`
    return `${sum(series.errors)} / (${sum(series.requests)} > 0)`
  }
  const isBase = window === preset.base
  const failed = of(objective, isBase ? series.errors : series.errorRate(window))
  const all = of(objective, isBase ? series.requests : series.requestRate(window))
  return `${failed} / (${all} > 0)`
}

function burnRecordings(objective: Objective, preset: Preset): RecordingRule[] {
  const budget = errorBudget(objective)
  return preset.tiers.flatMap(tier =>
    (['long', 'short'] as const).map(window =>
      record(objective, series.burnRate, `${of(objective, series.errorRatio(tier[window]))} / ${budget}`, {
        burn_tier: tier.name,
        severity: tier.severity,
        window,
      }),
    ),
  )
}

function periodRecordings(objective: Objective, preset: Preset): RecordingRule[] {
  const share = toText(over(decimal(objective.objective), decimal(100))!)
  const points = preset.period / preset.evaluationInterval
  const counted = `count_over_time(${of(objective, series.requests)}[${duration(preset.period)}])`
  return [
    record(objective, series.objective, `vector(${share})`),
    record(objective, series.period, `vector(${preset.period})`),
    ...preset.tiers.map(tier =>
      record(objective, series.burnThreshold, `vector(${burnFactor(preset, tier)})`, {
        burn_tier: tier.name,
        severity: tier.severity,
      }),
    ),
    record(objective, series.periodErrorRatio, ratioOver(objective, preset, preset.period)),
    record(
      objective,
      series.budgetRemaining,
      `1 - ${of(objective, series.periodErrorRatio)} / ${errorBudget(objective)}`,
    ),
    record(objective, series.periodCoverage, `clamp_max(${counted} / ${points}, 1)`),
  ]
}

function tierAlert(objective: Objective, preset: Preset, tier: Tier): AlertRule {
  const limit = threshold(objective, preset, tier)
  const [long, short] = [duration(tier.long), duration(tier.short)]
  const conditions = [
    `${of(objective, series.errorRatio(tier.long))} > ${limit}`,
    `${of(objective, series.errorRatio(tier.short))} > ${limit}`,
    `${errorCount(objective, preset, tier.long)} >= ${objective.traffic.minimumErrors}`,
  ]
  if (tier.history > 0) conditions.push(enoughHistory(objective, preset, tier))
  const limitPerCent = toText(times(decimal(limit), decimal(100)))
  return {
    alert: alertName(objective),
    expr: conditions.join(' and '),
    keepFiringFor: tier.keepFiringFor,
    labels: {
      slo: objective.name,
      service: objective.service,
      severity: tier.severity,
      burn_tier: tier.name,
      owner: objective.owner,
    },
    annotations: {
      summary: `${objective.title} burns its error budget more than ${burnFactor(preset, tier)} times too fast`,
      description:
        `${objective.description}: {{ $value | humanizePercentage }} failed over ${long}, and over ${short} too ` +
        `more than ${limitPerCent}%; ${objective.objective}% are to succeed over ${duration(preset.period)}`,
      runbook_url: runbookUrl(alertName(objective)),
      dashboard_url: dashboardUrl('sightline-slo', { slo: objective.name }, burnRatePanel),
    },
  }
}

/** Without enough errors a ratio is noise: one failed request in a quiet night is no incident. */
function errorCount(objective: Objective, preset: Preset, window: number): string {
  if (!isStaged(preset, window)) {
    const rate = window === preset.base ? series.errors : series.errorRate(window)
    return `${of(objective, rate)} * ${window}`
  }
  return `sum_over_time(${of(objective, series.errors)}[${duration(window)}]) * ${preset.evaluationInterval}`
}

function enoughHistory(objective: Objective, preset: Preset, tier: Tier): string {
  const points = tier.history / preset.evaluationInterval
  return `count_over_time(${of(objective, series.requests)}[${duration(tier.long)}]) >= ${points}`
}

/** A service that is gone has no error ratio: only the absence of its events can page. */
function absentData(objective: Objective, preset: Preset): AlertRule {
  const { name, service, owner, title } = objective
  return {
    alert: absenceAlert,
    expr: `absent(${of(objective, series.requests)})`,
    for: 2 * preset.base,
    labels: { slo: name, service, severity: 'page', owner },
    annotations: {
      summary: `${title} has no data`,
      description: `Nothing has been recorded for ${name} for at least ${duration(2 * preset.base)}: the service is gone, not scraped, or no longer counts its events; its burn-rate alerts are blind`,
      runbook_url: runbookUrl(absenceAlert),
      dashboard_url: dashboardUrl('sightline-slo', { slo: name }),
    },
  }
}

function record(
  { name, service }: Objective,
  { name: recordedName }: Queryable,
  expr: string,
  labels: Record<string, string> = {},
): RecordingRule {
  return { record: recordedName, expr, labels: { slo: name, service, ...labels } }
}

function of(objective: Objective, recorded: Queryable): string {
  return select(recorded, { slo: objective.name } as Parameters<typeof select>[1])
}
