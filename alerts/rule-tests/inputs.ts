/** Counters for the tests of an objective: stretches of steady traffic in which a share of the events fails. */

import type { Preset } from '../../contract/windows.ts'
import type { Objective, Selection } from '../objectives.ts'
import { counterValues, type InputSeries, type Phase } from '../unit-tests.ts'
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

/** Labels that satisfy the matchers: `5..` gives `500`, and a label that must not match is left out. */
function exampleLabels({ where }: Selection): Record<string, string> {
  return Object.fromEntries(
    Object.entries(where).flatMap(([label, condition]) => {
      if (typeof condition === 'string') return [[label, condition]]
      if (condition.operator === '=') return [[label, condition.value]]
      return condition.operator === '=~' ? [[label, condition.value.split('|')[0]!.replaceAll('.', '0')]] : []
    }),
  )
}

export function exampleGroup({ groupBy }: Objective): Record<string, string> {
  return Object.fromEntries(groupBy.map(label => [label, 'example']))
}

export function wholeEvents(share: number): number {
  return Math.max(1, Math.round(share * events)) / events
}
