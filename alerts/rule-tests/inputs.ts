/** Counters for the tests of an objective: stretches of steady traffic in which a share of the events fails. */

import { quote } from '../../contract/expr.ts'
import type { Preset } from '../../contract/windows.ts'
import type { Objective, Selection } from '../objectives.ts'
import { counterValues, type InputSeries, type Phase } from '../unit-tests.ts'
import { labelsThat } from './examples.ts'
import type { Pace } from './pace.ts'

/** Events per scrape; large, so that error ratios of a thousandth are whole events. */
export const events = 10_000

interface Stretch {
  seconds: number
  /** Share of the events that fail. */
  errors: number
  /** Events per scrape. */
  traffic?: number
  reset?: boolean
  lost?: boolean
}

export function common(objective: Objective, { preset }: Pace, name: string, stretches: readonly Stretch[]) {
  return {
    name: `${objective.name}: ${name}`,
    interval: preset.scrapeInterval,
    series: inputs(objective, preset, stretches, 'one:1'),
  }
}

export function inputs(
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
  const series = (
    { metric }: Selection,
    part: '_count' | '_bucket',
    examples: Record<string, string>,
    more: Record<string, string>,
  ) => {
    const suffix = metric.kind === 'histogram' ? part : ''
    const labels = { ...examples, ...exampleGroup(objective), ...more, instance }
    return `${metric.name}${suffix}{${Object.entries(labels)
      .map(([label, value]) => `${label}=${quote(value)}`)
      .join(', ')}}`
  }
  const ofAll = labelsThat([sli.total.where])
  const good = counterValues(phases(stretch => 1 - stretch.errors))
  if (!('failed' in sli))
    return [
      { series: series(sli.total, '_count', ofAll, {}), values: counterValues(phases(() => 1)) },
      { series: series(sli.total, '_bucket', ofAll, { le: String(sli.threshold) }), values: good },
    ]
  const failed = counterValues(phases(stretch => stretch.errors))
  const { where } = sli.failed
  if (sli.failed.metric.name !== sli.total.metric.name)
    return [
      { series: series(sli.total, '_count', ofAll, { case: 'all' }), values: counterValues(phases(() => 1)) },
      { series: series(sli.failed, '_count', labelsThat([where]), { case: 'failed' }), values: failed },
    ]
  return [
    {
      series: series(sli.total, '_count', labelsThat([sli.total.where], where), { case: 'good' }),
      values: good,
    },
    {
      series: series(sli.failed, '_count', labelsThat([sli.total.where, where]), { case: 'failed' }),
      values: failed,
    },
  ]
}

/** The series of events without anything that says which of them failed. */
export function unmarked({ sli }: Objective, [first]: readonly InputSeries[]): InputSeries[] {
  if (!('failed' in sli)) return [first!]
  const labels = Object.keys(sli.failed.where).filter(label => sli.total.where[label] === undefined)
  return [{ ...first!, series: labels.reduce(withoutLabel, first!.series) }]
}

function withoutLabel(series: string, label: string): string {
  return series.replace(new RegExp(`([{ ])${label}="(?:\\\\.|[^"])*", `), '$1')
}

/** A value that the total picks, where it picks by that label too. */
export function exampleGroup({ groupBy, sli }: Objective): Record<string, string> {
  const picked = labelsThat([sli.total.where])
  return Object.fromEntries(groupBy.map(label => [label, picked[label] ?? 'example']))
}

export function wholeEvents(share: number): number {
  return Math.max(1, Math.round(share * events)) / events
}
