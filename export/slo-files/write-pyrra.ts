/** An objective as Pyrra reads it, where its tiers are those that Pyrra derives from the period. */
import { stringify } from 'yaml'
import type { Objective, Selection } from '../../alerts/objectives.ts'
import { duration } from '../../contract/durations.ts'
import { select, selectBucket } from '../../contract/expr.ts'
import { burnFactorNumber, type Preset, type Tier } from '../../contract/windows.ts'
import type { Written } from './write-sloth.ts'

const minute = 60

export function writePyrra(objective: Objective, preset: Preset): Written {
  const { minimumErrors } = objective.traffic
  if (minimumErrors > 1)
    return {
      why: `Pyrra cannot wait for a number of errors, here ${minimumErrors}; and it takes no windows, it derives them from the period`,
    }
  const own = pyrraTiers(preset.period)
  const other = preset.tiers.find((tier, index) => written(preset, tier) !== own[index])
  if (other !== undefined || preset.tiers.length !== own.length)
    return {
      why: `Pyrra takes no windows, factors or for: over ${duration(preset.period)} it has ${own.join('; ')}, and here ${other === undefined ? `are ${preset.tiers.length} tiers` : `is ${written(preset, other)}`}`,
    }
  return { text: stringify(slo(objective, preset), { lineWidth: 0 }) }
}

/** Source: https://github.com/pyrra-dev/pyrra, Windows in slo/rules.go: shares of four weeks, to the minute. */
function pyrraTiers(period: number): string[] {
  const part = (of: number) => Math.round((period * of) / (28 * 86_400) / minute) * minute
  return [
    ['page', 3600, 300, 14, 120],
    ['page', 21_600, 1800, 7, 900],
    ['ticket', 86_400, 7200, 2, 3600],
    ['ticket', 345_600, 21_600, 1, 10_800],
  ].map(([severity, long, short, factor, hold]) =>
    line(String(severity), part(Number(long)), part(Number(short)), Number(factor), part(Number(hold)), 0),
  )
}

function written(preset: Preset, tier: Tier): string {
  return line(
    tier.severity,
    tier.long,
    tier.short,
    burnFactorNumber(preset, tier),
    tier.for ?? 0,
    tier.keepFiringFor,
  )
}

function line(
  severity: string,
  long: number,
  short: number,
  factor: number,
  hold: number,
  keep: number,
): string {
  return `a ${severity} at ${factor} over ${duration(long)} and ${duration(short)}${hold === 0 ? '' : ` for ${duration(hold)}`}${keep === 0 ? '' : `, kept firing for ${duration(keep)}`}`
}

function slo(
  { name, service, owner, description, objective, sli, groupBy }: Objective,
  { period }: Preset,
): object {
  const counted = ({ metric, where }: Selection) => ({
    metric: select(metric, where, metric.kind === 'histogram' ? 'count' : ''),
  })
  const indicator =
    'failed' in sli
      ? { ratio: { errors: counted(sli.failed), total: counted(sli.total), grouping: groupBy } }
      : {
          latency: {
            success: { metric: selectBucket(sli.total.metric, sli.threshold, sli.total.where) },
            total: counted(sli.total),
            grouping: groupBy,
          },
        }
  return {
    apiVersion: 'pyrra.dev/v1alpha1',
    kind: 'ServiceLevelObjective',
    metadata: { name, labels: { 'pyrra.dev/team': owner, 'pyrra.dev/service': service } },
    spec: { target: String(objective), window: duration(period), description, indicator },
  }
}
