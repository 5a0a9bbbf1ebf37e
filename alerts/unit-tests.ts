/** The shape of promtool's unit tests, and counters made of phases of steady increase. */
import { duration } from '../contract/durations.ts'
import { atUsualAddresses } from '../contract/links.ts'
import type { RuleGroup } from './rules.ts'

export interface RuleTest {
  name: string
  /** Seconds between two samples of the input. */
  interval: number
  series: InputSeries[]
  checks: Check[]
}

export interface InputSeries {
  series: string
  values: string
}

/** Seconds since the start of the test. */
export type Check =
  | { at: number; expr: string; samples: { labels: string; value: number }[] }
  | {
      at: number
      alert: string
      firing: { labels: Record<string, string>; annotations: Record<string, string> }[]
    }

export interface Phase {
  /** How many samples, and how much each is above the one before; undefined leaves a gap of that many samples. */
  samples: number
  increase: number | undefined
  /** Starts again at 0, as a restarted process does. */
  reset?: boolean
}

/** Groups are evaluated in the order given; promtool would pick a random one, and a group might read old values of another. */
export function testFile(
  ruleFiles: string[],
  groups: readonly Pick<RuleGroup, 'name'>[],
  interval: number,
  tests: readonly RuleTest[],
): object {
  return {
    rule_files: ruleFiles,
    evaluation_interval: duration(interval),
    group_eval_order: groups.map(({ name }) => name),
    tests: tests.map(({ name, interval: between, series, checks }) => ({
      name,
      interval: duration(between),
      input_series: series,
      promql_expr_test: checks.flatMap(check =>
        'expr' in check ? [{ expr: check.expr, eval_time: at(check.at), exp_samples: check.samples }] : [],
      ),
      alert_rule_test: checks.flatMap(check =>
        'alert' in check
          ? [
              {
                eval_time: at(check.at),
                alertname: check.alert,
                exp_alerts: check.firing.map(({ labels, annotations }) => ({
                  exp_labels: labels,
                  exp_annotations: mapped(annotations, atUsualAddresses),
                })),
              },
            ]
          : [],
      ),
    })),
  }
}

/** A counter that starts at 0 at time 0 and goes through the phases one after the other. */
export function counterValues(phases: readonly Phase[]): string {
  let value = 0
  const parts = ['0']
  for (const { samples, increase, reset } of phases) {
    if (samples <= 0) continue
    if (reset) value = 0
    if (increase === undefined) {
      parts.push(samples === 1 ? '_' : `_x${samples}`)
      continue
    }
    const first = value + increase
    parts.push(`${first}+${increase}x${samples - 1}`)
    value += samples * increase
  }
  return parts.join(' ')
}

function mapped(texts: Record<string, string>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]))
}

function at(seconds: number): string {
  return seconds === 0 ? '0s' : duration(seconds)
}
