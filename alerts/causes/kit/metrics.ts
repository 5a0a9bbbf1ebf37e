/** Metrics for the tests of alerts: what a series does over time, and the labels of who sends it. */
import { type Matchers, type Queryable, select } from '../../../contract/expr.ts'
import type { Preset } from '../../../contract/windows.ts'
import { counterValues, type InputSeries } from '../../unit-tests.ts'

/** Series with what they do: a counter's increase per second, or a gauge's value. */
export type Metrics = Record<string, { perSecond: number } | { value: number }>

export const shop = { job: 'shop', instance: 'shop:9464' } as const
export const worker = { job: 'worker', instance: 'worker:9466' } as const
export const prometheus = { job: 'prometheus', instance: 'prometheus:9090' } as const
export const alertmanager = { job: 'alertmanager', instance: 'alertmanager:9093' } as const

export function counter<M extends Queryable>(
  metric: M,
  labels: Matchers<M>,
  perSecond: number,
  part: 'count' | 'sum' | '' = '',
): Metrics {
  return { [select(metric, labels, part)]: { perSecond } }
}

export function gauge<M extends Queryable>(metric: M, labels: Matchers<M>, value: number): Metrics {
  return { [select(metric, labels)]: { value } }
}

/** A histogram with all observations between two neighbouring bounds. */
export function between<M extends Queryable>(
  metric: M,
  labels: Matchers<M>,
  perSecond: number,
  above: string,
  upTo: string,
): Metrics {
  return {
    [bucket(metric, labels, above)]: { perSecond: 0 },
    [bucket(metric, labels, upTo)]: { perSecond },
    [bucket(metric, labels, '+Inf')]: { perSecond },
    [select(metric, labels, 'count')]: { perSecond },
  }
}

export function bucket<M extends Queryable>(metric: M, labels: Matchers<M>, le: string): string {
  return `${select(metric, labels, 'bucket').slice(0, -1)}, le="${le}"}`
}

export function inputSeries(metrics: Metrics, preset: Preset, seconds: number): InputSeries[] {
  const samples = Math.round(seconds / preset.scrapeInterval)
  return Object.entries(metrics).map(([series, behaviour]) => ({
    series,
    values:
      'value' in behaviour
        ? `${behaviour.value}x${samples}`
        : counterValues([
            { samples, increase: Number((behaviour.perSecond * preset.scrapeInterval).toPrecision(12)) },
          ]),
  }))
}
