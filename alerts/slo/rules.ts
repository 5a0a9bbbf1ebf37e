/** The rules of an objective under a preset: recordings, then one alert per tier, then alerts on missing data. */

import { decimal, over, times, toText } from '../../contract/decimal.ts'
import { duration } from '../../contract/durations.ts'
import { type Queryable, select } from '../../contract/expr.ts'
import { burnRatePanel, dashboardUrl, runbookUrl } from '../../contract/links.ts'
import * as series from '../../contract/recorded-series.ts'
import {
  burnFactor,
  intervalOf,
  type Preset,
  type Severity,
  sourceOf,
  type Tier,
} from '../../contract/windows.ts'
import { alertName, type Objective } from '../objectives.ts'
import type { AlertRule, RecordingRule, Rule, RuleGroup } from '../rules.ts'
import { errorBudget, threshold } from './budget.ts'
import { errorRateOf, errorRatioOf, requestRateOf, toldApart } from './indicator.ts'

export const absenceAlert = 'SloDataAbsent'
export const brokenSignalAlert = 'SloSignalBroken'

export function sloGroups(objectives: readonly Objective[], preset: Preset): RuleGroup[] {
  return objectives.flatMap(objective => [pageGroup(objective, preset), ticketGroup(objective, preset)])
}

/** The rates that everything else reads, the tiers that page, and the alerts on data that is missing. */
function pageGroup(objective: Objective, preset: Preset): RuleGroup {
  return {
    name: `slo-${objective.name}`,
    interval: preset.evaluationInterval,
    rules: [
      ...rateRecordings(objective, preset),
      ...tierRules(objective, preset, 'page'),
      absentData(objective, preset),
      brokenSignal(objective, preset),
    ],
  }
}

/** Reads the rates of the page group. Tickets and the period move slowly, so it is evaluated less often. */
function ticketGroup(objective: Objective, preset: Preset): RuleGroup {
  return {
    name: `slo-${objective.name}-slow`,
    interval: preset.slowInterval,
    rules: [
      ...meanRecordings(objective, preset),
      ...tierRules(objective, preset, 'ticket'),
      ...periodRecordings(objective, preset),
    ],
  }
}

function tierRules(objective: Objective, preset: Preset, severity: Severity): Rule[] {
  const tiers = preset.tiers.filter(tier => tier.severity === severity)
  return [
    ...tiers.flatMap(tier => burnRecordings(objective, preset, tier)),
    ...tiers.map(tier => tierAlert(objective, preset, tier)),
  ]
}

function rateRecordings(objective: Objective, preset: Preset): RecordingRule[] {
  return [
    record(objective, series.requests, requestRateOf(objective, preset.base)),
    record(objective, series.errors, errorRateOf(objective, preset.base, of(objective, series.requests))),
  ]
}

function meanRecordings(objective: Objective, preset: Preset): RecordingRule[] {
  const mean = (rate: Queryable) => `avg_over_time(${of(objective, rate)}[${duration(preset.slowInterval)}])`
  return [
    record(objective, series.requestsMean, mean(series.requests)),
    record(objective, series.errorsMean, mean(series.errors)),
  ]
}

function burnRecordings(objective: Objective, preset: Preset, tier: Tier): RecordingRule[] {
  const { name: burn_tier, severity } = tier
  return (['long', 'short'] as const).map(window =>
    record(
      objective,
      series.burnRate,
      `${ratioOver(objective, preset, tier[window])} / ${errorBudget(objective)}`,
      { burn_tier, severity, window },
    ),
  )
}

/** Divides only where there are events, so that an hour without traffic has no ratio, rather than NaN. */
function ratioOver(objective: Objective, preset: Preset, window: number): string {
  const requests = of(objective, series.requests)
  if (window === preset.base) return `${of(objective, series.errors)} / (${requests} > 0)`
  const source = sourceOf(preset, window)
  if (source === 'raw') return errorRatioOf(objective, window, of(objective, series.errors))
  const [failed, all] =
    source === 'rates' ? [series.errors, series.requests] : [series.errorsMean, series.requestsMean]
  const sum = (rate: Queryable) => `sum_over_time(${of(objective, rate)}[${duration(window)}])`
  return `${sum(failed)} / (${sum(all)} > 0)`
}

function periodRecordings(objective: Objective, preset: Preset): RecordingRule[] {
  const share = toText(over(decimal(objective.objective), decimal(100))!)
  const points = preset.period / preset.slowInterval
  const counted = `count_over_time(${of(objective, series.requestsMean)}[${duration(preset.period)}])`
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
  const burning = (window: 'long' | 'short') =>
    `${select(series.burnRate, { slo: objective.name, burn_tier: tier.name, window })} > ${burnFactor(preset, tier)}`
  const conditions = [burning('long'), burning('short'), enoughErrors(objective, preset, tier)]
  if (tier.history > 0) conditions.push(enoughHistory(objective, preset, tier))
  const matched = conditions.join(` and on (${['slo', ...objective.groupBy].join(', ')}) `)
  const limitPerCent = toText(times(decimal(limit), decimal(100)))
  return {
    alert: alertName(objective),
    // The alert's value: burn rate times budget is the error ratio, which a reader understands at once.
    expr: `sum without (window) (${matched}) * ${errorBudget(objective)}`,
    ...(tier.for === undefined ? {} : { for: tier.for }),
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
function enoughErrors(objective: Objective, preset: Preset, { severity, long }: Tier): string {
  const rate = severity === 'page' ? series.errors : series.errorsMean
  const sum = `sum_over_time(${of(objective, rate)}[${duration(long)}])`
  return `${sum} * ${intervalOf(preset, severity)} >= ${objective.traffic.minimumErrors}`
}

function enoughHistory(objective: Objective, preset: Preset, { severity, long, history }: Tier): string {
  const rate = severity === 'page' ? series.requests : series.requestsMean
  const count = `count_over_time(${of(objective, rate)}[${duration(long)}])`
  return `${count} >= ${history / intervalOf(preset, severity)}`
}

/** A service that is gone has no errors either, so nothing but the absence of its events can page. */
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

/**
 * Events without a rate of errors, not even 0: wrong labels or buckets, as after a rename. Every error would be read as a
 * success. A service without traffic is not broken.
 */
function brokenSignal(objective: Objective, preset: Preset): AlertRule {
  const { name, service, owner, title, groupBy } = objective
  const matching = ['slo', ...groupBy].join(', ')
  const told = toldApart(objective)
  const missing = told === undefined ? '' : `: there is no \`${told}\``
  return {
    alert: brokenSignalAlert,
    expr: `${of(objective, series.requests)} > 0 unless on (${matching}) ${of(objective, series.errors)}`,
    for: 2 * preset.base,
    labels: { slo: name, service, severity: 'page', owner },
    annotations: {
      summary: `${title} cannot tell errors from successes`,
      description: `${name} has events, but for at least ${duration(2 * preset.base)} nothing has said which of them failed${missing}; its burn-rate alerts are blind`,
      runbook_url: runbookUrl(brokenSignalAlert),
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
