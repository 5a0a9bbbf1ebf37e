/** Traffic and latency now and as usual, recorded for the alerts that compare the two, and tests over days of them. */
import { anomalyBudgets } from '../../../contract/budgets.ts'
import { duration } from '../../../contract/durations.ts'
import { not, type Queryable, select } from '../../../contract/expr.ts'
import * as series from '../../../contract/recorded-series.ts'
import type { Preset } from '../../../contract/windows.ts'
import { httpServer } from '../../../otel/signals.ts'
import type { RecordingRule } from '../../rules.ts'
import { counterValues, type InputSeries, type RuleTest } from '../../unit-tests.ts'
import { firingCount, isQuiet } from './examples.ts'

export function usualRecordings(preset: Preset): RecordingRule[] {
  const hour = duration(preset.hour)
  const counts = select(httpServer.duration, { job: not('load') }, 'count')
  const buckets = select(httpServer.duration, { job: not('load') }, 'bucket')
  return [
    { record: series.serviceRequests.name, expr: byService(`sum by (job) (rate(${counts}[${hour}]))`) },
    {
      record: series.serviceLatency.name,
      // Without traffic the quantile is NaN, and NaN is not above 0.
      expr: byService(`histogram_quantile(0.95, sum by (job, le) (rate(${buckets}[${hour}]))) > 0`),
    },
    usual(preset, series.serviceRequests, series.serviceRequestsUsual),
    usual(preset, series.serviceLatency, series.serviceLatencyUsual),
  ]
}

/** A series that does the same every day, and something else in the hours after. */
export interface DailySeries {
  series: string
  /** Increase per scrape. */
  usual: number
  unusual: number
}

/** As few usual days as there must be, then two hours of the unusual. */
export function afterUsualDays(
  alert: string,
  name: string,
  given: readonly DailySeries[],
  expected: 'fires' | 'stays quiet',
  preset: Preset,
): RuleTest {
  const usualSeconds = anomalyBudgets.minimumDays * preset.day + preset.hour
  const end = usualSeconds + unusualSeconds(preset)
  return {
    name,
    interval: preset.scrapeInterval,
    series: dailySeries(given, usualSeconds, preset),
    checks: [isQuiet(alert, usualSeconds), firingCount(alert, end, expected === 'fires' ? 1 : 0)],
  }
}

/** One usual day less than there must be: nothing is known to be usual, so nothing is unusual. */
export function afterTooFewDays(alert: string, given: readonly DailySeries[], preset: Preset): RuleTest {
  const usualSeconds = (anomalyBudgets.minimumDays - 1) * preset.day
  const end = usualSeconds + unusualSeconds(preset)
  return {
    name: 'two days are too few to call anything unusual',
    interval: preset.scrapeInterval,
    series: dailySeries(given, usualSeconds, preset),
    checks: [{ at: end, expr: series.serviceRequestsUsual.name, samples: [] }, isQuiet(alert, end)],
  }
}

function byService(expr: string): string {
  return `label_replace(${expr}, "service", "$1", "job", "(.*)")`
}

/** The median forgives a single odd day, and says nothing before there are days to compare with. */
function usual(preset: Preset, of: Queryable, as: Queryable): RecordingRule {
  const days = Array.from({ length: anomalyBudgets.days }, (_, index) => index + 1)
  const each = days
    .map(day => `label_replace(${of.name} offset ${duration(day * preset.day)}, "day", "${day}", "", "")`)
    .join(' or ')
  return {
    record: as.name,
    expr: `quantile by (job, service) (0.5, ${each}) and count by (job, service) (${each}) >= ${anomalyBudgets.minimumDays}`,
  }
}

function unusualSeconds(preset: Preset): number {
  return 2 * preset.hour
}

function dailySeries(given: readonly DailySeries[], usualSeconds: number, preset: Preset): InputSeries[] {
  const samples = (seconds: number) => Math.round(seconds / preset.scrapeInterval)
  return given.map(({ series, usual, unusual }) => ({
    series,
    values: counterValues([
      { samples: samples(usualSeconds), increase: usual },
      { samples: samples(unusualSeconds(preset)), increase: unusual },
    ]),
  }))
}
