/** Unit tests of cause, meta and anomaly alerts, from their examples. */

import { anomalyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import * as recorded from '../../contract/recorded-series.ts'
import type { Preset } from '../../contract/windows.ts'
import { httpServer, runtime } from '../../otel/signals.ts'
import { counterValues, type InputSeries, type RuleTest } from '../rule-tests/promtool.ts'
import { type AlertRule, isAlert, type RuleGroup } from '../rules.ts'
import { type Example, examples, type Inputs } from './examples.ts'
import { watchdog } from './meta.ts'

/** Both kinds of each alert that `groups` holds; an alert without an example is a mistake in these files. */
export function causeTests(groups: readonly RuleGroup[], preset: Preset): RuleTest[] {
  const alerts = groups.flatMap(group => group.rules).filter(isAlert)
  return alerts.flatMap(rule => {
    if (rule.alert === watchdog) return [watchdogTest(rule, preset)]
    const own = examples.filter(example => example.alert === rule.alert)
    if (own.length === 0)
      throw new Error(`Cannot test ${rule.alert}: expected an example in alerts/causes/examples.ts`)
    return own.flatMap(example => [fires(rule, example, preset), staysQuiet(example, preset)])
  })
}

function fires(rule: AlertRule, example: Example, preset: Preset): RuleTest {
  const end = settled(preset)
  const render = (text: string) =>
    text
      .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => example.labels[label] ?? '')
      .replace(/\{\{ \$value[^}]*\}\}/g, shownValue(example))
  const rendered = <T extends object>(texts: T) =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, render(text)]))
  const early = (rule.for ?? 0) - preset.evaluationInterval
  return {
    name: `${nameOf(example)} fires`,
    interval: preset.scrapeInterval,
    series: inputSeries(example.bad, preset, end),
    checks: [
      ...(example.atOnce ? [] : [{ at: early, alert: rule.alert, firing: [] }]),
      ...(example.alert === 'CrashLoop'
        ? [
            {
              at: end,
              expr: `count(ALERTS{alertname="CrashLoop", alertstate="firing", service="shop"})`,
              samples: [{ labels: '{}', value: 1 }],
            },
          ]
        : [
            {
              at: end,
              alert: rule.alert,
              firing: [
                {
                  labels: { ...example.labels, ...rendered(rule.labels) },
                  annotations: rendered(rule.annotations),
                },
              ],
            },
          ]),
    ],
  }
}

function staysQuiet(example: Example, preset: Preset): RuleTest {
  const end = settled(preset)
  return {
    name: `${nameOf(example)} stays quiet`,
    interval: preset.scrapeInterval,
    series: inputSeries(example.good, preset, end),
    checks: [{ at: end, expr: `ALERTS{alertname="${example.alert}"}`, samples: [] }],
  }
}

function watchdogTest(rule: AlertRule, preset: Preset): RuleTest {
  return {
    name: 'Watchdog fires without any data',
    interval: preset.scrapeInterval,
    series: [],
    checks: [{ at: 0, alert: watchdog, firing: [{ labels: rule.labels, annotations: rule.annotations }] }],
  }
}

/** Three usual days, then an hour unlike them. */
export function anomalyTests(preset: Preset): RuleTest[] {
  const days = anomalyBudgets.minimumDays * preset.day + preset.hour
  const odd = 2 * preset.hour
  const steps = (seconds: number) => Math.round(seconds / preset.scrapeInterval)
  const shop = { job: 'shop', instance: 'shop:9464' } as const
  const series = (part: 'count' | 'bucket', le?: string) => {
    const selector = select(httpServer.duration, shop, part)
    return le === undefined ? selector : `${selector.slice(0, -1)}, le="${le}"}`
  }
  const steady = (usual: number, unusual: number) =>
    counterValues([
      { samples: steps(days), increase: usual },
      { samples: steps(odd), increase: unusual },
    ])
  const traffic = (factor: number): InputSeries[] => [
    { series: series('count'), values: steady(100, 100 * factor) },
  ]
  const latency = (slow: number): InputSeries[] => [
    { series: series('bucket', '0.01'), values: steady(100, 100 - slow) },
    { series: series('bucket', '1'), values: steady(100, 100) },
    { series: series('bucket', '+Inf'), values: steady(100, 100) },
  ]
  const count = (alert: string) => `count(ALERTS{alertname="${alert}", alertstate="firing", service="shop"})`
  const test = (name: string, alert: string, input: InputSeries[], firing: boolean): RuleTest => ({
    name,
    interval: preset.scrapeInterval,
    series: input,
    checks: [
      { at: days, expr: `ALERTS{alertname="${alert}"}`, samples: [] },
      { at: days + odd, expr: count(alert), samples: firing ? [{ labels: '{}', value: 1 }] : [] },
    ],
  })
  return [
    test('traffic five times as usual', 'TrafficAnomalous', traffic(5), true),
    test('traffic a fifth of the usual', 'TrafficAnomalous', traffic(0.2), true),
    test('traffic twice as usual', 'TrafficAnomalous', traffic(2), false),
    test('latency far above the usual', 'LatencyAnomalous', latency(50), true),
    test('latency as usual', 'LatencyAnomalous', latency(0), false),
    {
      name: 'two days are too few to call anything unusual',
      interval: preset.scrapeInterval,
      series: [
        {
          series: series('count'),
          values: counterValues([
            { samples: steps(2 * preset.day), increase: 100 },
            { samples: steps(odd), increase: 1_000 },
          ]),
        },
      ],
      checks: [
        { at: 2 * preset.day + odd, expr: recorded.serviceRequestsUsual.name, samples: [] },
        { at: 2 * preset.day + odd, expr: `ALERTS{alertname="TrafficAnomalous"}`, samples: [] },
      ],
    },
  ]
}

/** Saturated alone, slow alone, and both. */
export function compositeTests(preset: Preset): RuleTest[] {
  const end = settled(preset)
  const shop = { job: 'shop', instance: 'shop:9464' } as const
  const input = (active: number, burn: number) =>
    inputSeries(
      {
        [select(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'active' })]: { perSecond: active },
        [select(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'idle' })]: {
          perSecond: 1 - active,
        },
        [select(recorded.burnRate, {
          slo: 'shop-latency',
          service: 'shop',
          burn_tier: 'fast',
          severity: 'page',
          window: 'short',
        })]: { value: burn },
      },
      preset,
      end,
    )
  const test = (name: string, series: InputSeries[], firing: boolean): RuleTest => ({
    name,
    interval: preset.scrapeInterval,
    series,
    checks: [
      {
        at: end,
        expr: 'count(ALERTS{alertname="ShopOverloaded", alertstate="firing", service="shop"})',
        samples: firing ? [{ labels: '{}', value: 1 }] : [],
      },
    ],
  })
  return [
    test('saturated and slow', input(0.9, 5), true),
    test('saturated and fast enough', input(0.9, 0.5), false),
    test('slow and idle', input(0.2, 5), false),
  ]
}

function settled(preset: Preset): number {
  return 3 * preset.cause.window + 2 * preset.cause.for
}

function inputSeries(inputs: Inputs, preset: Preset, end: number): InputSeries[] {
  const samples = Math.round(end / preset.scrapeInterval)
  return Object.entries(inputs).map(([series, behaviour]) => ({
    series,
    values: valuesOf(behaviour, preset.scrapeInterval, samples),
  }))
}

function valuesOf(behaviour: Inputs[string], interval: number, samples: number): string {
  if ('value' in behaviour) return `${behaviour.value}x${samples}`
  if ('perSecond' in behaviour)
    return counterValues([{ samples, increase: Number((behaviour.perSecond * interval).toPrecision(12)) }])
  const { restartEvery } = behaviour
  return Array.from({ length: samples + 1 }, (_, index) =>
    String(Math.floor((index * interval) / restartEvery) * restartEvery),
  ).join(' ')
}

function shownValue(example: Example): string {
  return example.shown ?? ''
}

function nameOf({ alert, title }: Example): string {
  return title === undefined ? alert : `${alert} ${title}`
}
