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
import { type AlertPart, type AnyObjective, alertName } from '../objectives.ts'
import type { AlertRule, RecordingRule, Rule, RuleGroup } from '../rules.ts'
import { errorBudget, threshold } from './budget.ts'
import { canBreak, errorRateOf, errorRatioOf, requestRateOf, toldApart } from './indicator.ts'

export const absenceAlert = 'SloDataAbsent'
export const brokenSignalAlert = 'SloSignalBroken'

export function sloGroups(objectives: readonly AnyObjective[], preset: Preset): RuleGroup[] {
  return objectives.flatMap(objective => [pageGroup(objective, preset), ticketGroup(objective, preset)])
}

/** The rates that everything else reads, the tiers that page, and the alerts on data that is missing. */
function pageGroup(objective: AnyObjective, preset: Preset): RuleGroup {
  return {
    name: `slo-${objective.name}`,
    interval: preset.evaluationInterval,
    rules: [
      ...rateRecordings(objective, preset),
      ...tierRules(objective, preset, 'page'),
      ...missingData(objective, preset),
    ],
  }
}

/** Reads the rates of the page group. Tickets and the period move slowly, so it is evaluated less often. */
function ticketGroup(objective: AnyObjective, preset: Preset): RuleGroup {
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

function tierRules(objective: AnyObjective, preset: Preset, severity: Severity): Rule[] {
  const tiers = preset.tiers.filter(tier => tier.severity === severity)
  return [
    ...tiers.flatMap(tier => burnRecordings(objective, preset, tier)),
    ...(objective.alerting?.[severity]?.disable ? [] : tiers.map(tier => tierAlert(objective, preset, tier))),
  ]
}

function rateRecordings(objective: AnyObjective, preset: Preset): RecordingRule[] {
  return [
    record(objective, series.requests, requestRateOf(objective, preset.base)),
    record(objective, series.errors, errorRateOf(objective, preset.base, of(objective, series.requests))),
  ]
}

function meanRecordings(objective: AnyObjective, preset: Preset): RecordingRule[] {
  const mean = (rate: Queryable) => `avg_over_time(${of(objective, rate)}[${duration(preset.slowInterval)}])`
  return [
    record(objective, series.requestsMean, mean(series.requests)),
    record(objective, series.errorsMean, mean(series.errors)),
  ]
}

function burnRecordings(objective: AnyObjective, preset: Preset, tier: Tier): RecordingRule[] {
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
function ratioOver(objective: AnyObjective, preset: Preset, window: number): string {
  const requests = of(objective, series.requests)
  if (window === preset.base) return `${of(objective, series.errors)} / (${requests} > 0)`
  const source = sourceOf(preset, window)
  if (source === 'raw') return errorRatioOf(objective, window, of(objective, series.errors))
  const [failed, all] =
    source === 'rates' ? [series.errors, series.requests] : [series.errorsMean, series.requestsMean]
  const sum = (rate: Queryable) => `sum_over_time(${of(objective, rate)}[${duration(window)}])`
  return `${sum(failed)} / (${sum(all)} > 0)`
}

function periodRecordings(objective: AnyObjective, preset: Preset): RecordingRule[] {
  const share = toText(over(decimal(objective.objective), decimal(100))!)
  const points = preset.period / preset.slowInterval
  const counted = `count_over_time(${of(objective, series.requestsMean)}[${duration(preset.period)}])`
  return [
    record(objective, series.objective, `vector(${share})`),
    record(objective, series.period, `vector(${preset.period})`),
    ...(objective.infos === undefined ? [] : [record(objective, series.info, 'vector(1)', objective.infos)]),
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

function tierAlert(objective: AnyObjective, preset: Preset, tier: Tier): AlertRule {
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
    labels: labelsOf(objective, tier.severity, objective.alerting?.[tier.severity], tier.name),
    annotations: annotated(objective, objective.alerting?.[tier.severity], {
      summary: `${objective.title} burns its error budget more than ${burnFactor(preset, tier)} times too fast`,
      description:
        `${objective.description}: {{ $value | humanizePercentage }} failed over ${long}, and over ${short} too ` +
        `more than ${limitPerCent}%; ${objective.objective}% are to succeed over ${duration(preset.period)}`,
      runbook_url: runbookUrl(alertName(objective)),
      dashboard_url: dashboardUrl('sightline-slo', { slo: objective.name }, burnRatePanel),
    }),
  }
}

/** Ours first, so that a file's own labels win over them. */
function labelsOf(
  objective: AnyObjective,
  severity: Severity,
  part: AlertPart | undefined,
  tier = '',
): Record<string, string> {
  const { name, owner, infos, alerting } = objective
  const given = alerting?.severities?.[tier]
  return {
    slo: name,
    ...serviceOf(objective),
    severity: given ?? severity,
    ...(tier === '' ? {} : { burn_tier: tier }),
    owner,
    ...infos,
    ...alerting?.labels,
    ...part?.labels,
  }
}

function annotated(
  { alerting }: AnyObjective,
  part: AlertPart | undefined,
  ours: AlertRule['annotations'],
): AlertRule['annotations'] {
  return { ...ours, ...alerting?.annotations, ...part?.annotations }
}

/** Blind alerts are as bad as the alerts they blind: where no tier pages, it is a ticket that tells of them. */
function missingData(objective: AnyObjective, preset: Preset): AlertRule[] {
  const { page, ticket, absent } = objective.alerting ?? {}
  if (page?.disable && ticket?.disable && absent?.disable !== false) return []
  const severity = page?.disable && !ticket?.disable ? 'ticket' : 'page'
  return [
    ...(absent?.disable ? [] : [absentData(objective, preset, severity)]),
    ...(canBreak(objective) && !(page?.disable && ticket?.disable)
      ? [brokenSignal(objective, preset, severity)]
      : []),
  ]
}

/** Without enough errors a ratio is noise: one failed request in a quiet night is no incident. */
function enoughErrors(objective: AnyObjective, preset: Preset, { severity, long }: Tier): string {
  const rate = severity === 'page' ? series.errors : series.errorsMean
  const sum = `sum_over_time(${of(objective, rate)}[${duration(long)}])`
  return `${sum} * ${intervalOf(preset, severity)} >= ${objective.traffic.minimumErrors}`
}

function enoughHistory(objective: AnyObjective, preset: Preset, { severity, long, history }: Tier): string {
  const rate = severity === 'page' ? series.requests : series.requestsMean
  const count = `count_over_time(${of(objective, rate)}[${duration(long)}])`
  return `${count} >= ${history / intervalOf(preset, severity)}`
}

/** A service that is gone has no errors either, so nothing but the absence of its events can page. */
function absentData(objective: AnyObjective, preset: Preset, severity: Severity): AlertRule {
  const { name, title, alerting } = objective
  return {
    alert: alerting?.absent?.name ?? absenceAlert,
    expr: `absent(${of(objective, series.requests)})`,
    for: 2 * preset.base,
    labels: { ...labelsOf(objective, severity, alerting?.[severity]), ...alerting?.absent?.labels },
    annotations: annotated(objective, alerting?.[severity], {
      summary: `${title} has no data`,
      description: `Nothing has been recorded for ${name} for at least ${duration(2 * preset.base)}: the service is gone, not scraped, or no longer counts its events; its burn-rate alerts are blind`,
      runbook_url: runbookUrl(absenceAlert),
      dashboard_url: dashboardUrl('sightline-slo', { slo: name }),
    }),
  }
}

/**
 * Events without a rate of errors, not even 0: wrong labels or buckets, as after a rename. Every error would be read as a
 * success. A service without traffic is not broken.
 */
function brokenSignal(objective: AnyObjective, preset: Preset, severity: Severity): AlertRule {
  const { name, title, groupBy, alerting } = objective
  const matching = ['slo', ...groupBy].join(', ')
  const told = toldApart(objective)
  const missing = told === undefined ? '' : `: there is no \`${told}\``
  return {
    alert: brokenSignalAlert,
    expr: `${of(objective, series.requests)} > 0 unless on (${matching}) ${of(objective, series.errors)}`,
    for: 2 * preset.base,
    labels: labelsOf(objective, severity, alerting?.[severity]),
    annotations: annotated(objective, alerting?.[severity], {
      summary: `${title} cannot tell errors from successes`,
      description: `${name} has events, but for at least ${duration(2 * preset.base)} nothing has said which of them failed${missing}; its burn-rate alerts are blind`,
      runbook_url: runbookUrl(brokenSignalAlert),
      dashboard_url: dashboardUrl('sightline-slo', { slo: name }),
    }),
  }
}

function record(
  objective: AnyObjective,
  { name: recordedName }: Queryable,
  expr: string,
  labels: Record<string, string> = {},
): RecordingRule {
  return { record: recordedName, expr, labels: { slo: objective.name, ...serviceOf(objective), ...labels } }
}

/** An objective that is split by a label of this name has the services of its data. */
function serviceOf({ service, groupBy }: AnyObjective): { service?: string } {
  return groupBy.includes('service') ? {} : { service }
}

function of(objective: AnyObjective, recorded: Queryable): string {
  return select(recorded, { slo: objective.name } as Parameters<typeof select>[1])
}
