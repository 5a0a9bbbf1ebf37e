/** Tests of an alert from examples: metrics under which it must fire, and metrics under which it must not. */
import type { Preset } from '../../../contract/windows.ts'
import type { AlertRule } from '../../rules.ts'
import type { Check, RuleTest } from '../../unit-tests.ts'
import type { AlertTests } from './alert.ts'
import { inputSeries, type Metrics } from './metrics.ts'

interface Example {
  /** Tells the examples of one alert apart, such as `by delay`. */
  title?: string
  /** Labels the expression's result keeps. */
  labels: Record<string, string>
  /** How the annotations show the value. */
  shown?: string
  fires: Metrics
  quiet: Metrics
}

export function examples(...given: [Example, ...Example[]]): AlertTests {
  return (rule, preset) =>
    given.flatMap(example => [fires(rule, example, preset), staysQuiet(rule, example, preset)]) as [RuleTest]
}

/** Long enough for every window to be full and every alert to have waited. */
export function settled(preset: Preset): number {
  return 3 * preset.cause.window + 2 * preset.cause.for
}

/** That so many alerts of the shop fire, whatever their values. */
export function firingCount(alert: string, at: number, count: 0 | 1): Check {
  const expr = `count(ALERTS{alertname="${alert}", alertstate="firing", service="shop"})`
  return { at, expr, samples: count === 0 ? [] : [{ labels: '{}', value: count }] }
}

/** Neither pending nor firing. */
export function isQuiet(alert: string, at: number): Check {
  return { at, expr: `ALERTS{alertname="${alert}"}`, samples: [] }
}

function fires(rule: AlertRule, example: Example, preset: Preset): RuleTest {
  const end = settled(preset)
  const render = (text: string) =>
    text
      .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => example.labels[label] ?? '')
      .replace(/\{\{ \$value[^}]*\}\}/g, example.shown ?? '')
  const rendered = (texts: object) =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, render(text)]))
  return {
    name: `${nameOf(rule, example)} fires`,
    interval: preset.scrapeInterval,
    series: inputSeries(example.fires, preset, end),
    checks: [
      ...(rule.for === undefined
        ? []
        : [{ at: rule.for - preset.evaluationInterval, alert: rule.alert, firing: [] }]),
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
    ],
  }
}

function staysQuiet(rule: AlertRule, example: Example, preset: Preset): RuleTest {
  const end = settled(preset)
  return {
    name: `${nameOf(rule, example)} stays quiet`,
    interval: preset.scrapeInterval,
    series: inputSeries(example.quiet, preset, end),
    checks: [isQuiet(rule.alert, end)],
  }
}

function nameOf({ alert }: AlertRule, { title }: Example): string {
  return title === undefined ? alert : `${alert} ${title}`
}
