/** Data that misleads burn-rate rules: restarts, lost scrapes, no traffic. None may page, or record NaN. */

import { duration } from '../../contract/durations.ts'
import { select } from '../../contract/expr.ts'
import * as recorded from '../../contract/recorded-series.ts'
import { burnFactorNumber, type Preset } from '../../contract/windows.ts'
import type { Objective } from '../objectives.ts'
import type { AlertRule } from '../rules.ts'
import { errorBudget } from '../slo/budget.ts'
import { absenceAlert } from '../slo/rules.ts'
import type { Check, RuleTest } from '../unit-tests.ts'
import { burnsAt, limitOf, near, notANumber, one } from './checks.ts'
import { cleanHistory, detectionChecks, longestDetection } from './detection.ts'
import { common, events, exampleGroup, inputs, unmarked, wholeEvents } from './inputs.ts'
import { onEvaluation, onScrape, type Pace, tolerance } from './pace.ts'

export function noTraffic(objective: Objective, pace: Pace): RuleTest {
  const { preset } = pace
  const end = 4 * preset.base
  return {
    ...common(objective, pace, 'no traffic', [{ seconds: end, errors: 0, traffic: 0 }]),
    checks: [
      { at: end, expr: select(recorded.burnRate, { slo: objective.name }), samples: [] },
      { at: end, expr: select(recorded.periodErrorRatio, { slo: objective.name }), samples: [] },
      { at: end, expr: `count(${select(recorded.requests, { slo: objective.name })} == 0)`, samples: one(1) },
      { at: end, expr: `ALERTS{slo="${objective.name}"}`, samples: [] },
      notANumber(end),
    ],
  }
}

export function counterReset(objective: Objective, pace: Pace): RuleTest {
  const { preset } = pace
  const part = 4 * preset.base
  const errors = wholeEvents(limitOf(objective, preset, preset.tiers.at(-1)!) / 2)
  return {
    ...common(objective, pace, 'a restart sets the counters back', [
      { seconds: part, errors },
      { seconds: part, errors, reset: true },
    ]),
    checks: [
      near(
        2 * part,
        select(recorded.burnRate, { slo: objective.name, burn_tier: pace.tiers[0]!.name, window: 'long' }),
        errors / Number(errorBudget(objective)),
        errors / Number(errorBudget(objective)) / 20,
      ),
      {
        at: 2 * part,
        expr: `count_over_time(ALERTS{slo="${objective.name}", burn_tier!=""}[${duration(2 * part)}])`,
        samples: [],
      },
      notANumber(2 * part),
    ],
  }
}

/** Younger than its windows, healthy but for an error ratio below every threshold. */
export function newService(objective: Objective, pace: Pace): RuleTest {
  const { preset } = pace
  const errors = wholeEvents(limitOf(objective, preset, preset.tiers.at(-1)!) / 2)
  const end = 4 * preset.base
  const age = end / 2
  return {
    ...common(objective, pace, 'a service younger than its windows', [
      { seconds: age, errors: 0, lost: true },
      { seconds: age, errors },
    ]),
    checks: [
      { at: end, expr: `ALERTS{slo="${objective.name}", burn_tier!=""}`, samples: [] },
      near(end, select(recorded.periodErrorRatio, { slo: objective.name }), errors, errors / 10),
      near(
        end,
        select(recorded.periodCoverage, { slo: objective.name }),
        age / preset.period,
        // Two or three means fit into it, of four minutes each.
        age / preset.period / 4,
      ),
      notANumber(end),
    ],
  }
}

export function lostScrapes(objective: Objective, pace: Pace, absent: AlertRule): RuleTest {
  const { preset } = pace
  const before = 2 * preset.base
  // A rate needs two samples, so there is none once the last but one has left the window.
  const absentAfter = preset.base - preset.scrapeInterval
  const alertAfter = absentAfter + 2 * preset.base
  const lost = onScrape(pace, alertAfter + 2 * tolerance(pace))
  return {
    ...common(objective, pace, 'scrapes are lost', [
      { seconds: before, errors: 0 },
      { seconds: lost, errors: 0, lost: true },
    ]),
    checks: [
      {
        at: onEvaluation(pace, before + alertAfter - tolerance(pace), 'down'),
        alert: absent.alert,
        firing: [],
      },
      {
        at: onEvaluation(pace, before + alertAfter + tolerance(pace), 'up'),
        alert: absent.alert,
        firing: [{ labels: absent.labels, annotations: absent.annotations }],
      },
      { at: before + lost, expr: `ALERTS{slo="${objective.name}", burn_tier!=""}`, samples: [] },
      notANumber(before + lost),
    ],
  }
}

/**
 * Events, and nothing that says which of them failed: the label of errors has another name, or the threshold is no bucket.
 * That must not be read as no errors, and somebody has to hear of it.
 */
export function brokenSignal(objective: Objective, pace: Pace, broken: AlertRule): RuleTest {
  const { preset } = pace
  // A rate needs two samples.
  const alertAfter = preset.scrapeInterval + 2 * preset.base
  const end = onScrape(pace, alertAfter + 2 * tolerance(pace))
  const test = common(objective, pace, 'nothing says which events failed', [{ seconds: end, errors: 0 }])
  return {
    ...test,
    series: unmarked(objective, test.series),
    checks: [
      { at: onEvaluation(pace, alertAfter - tolerance(pace), 'down'), alert: broken.alert, firing: [] },
      {
        at: onEvaluation(pace, alertAfter + tolerance(pace), 'up'),
        alert: broken.alert,
        firing: [
          {
            labels: { ...exampleGroup(objective), ...broken.labels },
            annotations: broken.annotations,
          },
        ],
      },
      { at: end, expr: select(recorded.errors, { slo: objective.name }), samples: [] },
      { at: end, expr: select(recorded.burnRate, { slo: objective.name }), samples: [] },
      { at: end, expr: `ALERTS{slo="${objective.name}", burn_tier!=""}`, samples: [] },
      { at: end, expr: `ALERTS{slo="${objective.name}", alertname="${absenceAlert}"}`, samples: [] },
    ],
  }
}

/** One of two instances fails: the objective counts their events together. */
export function twoInstances(objective: Objective, pace: Pace): RuleTest {
  const { preset } = pace
  const tier = pace.tiers[0]!
  // All events of one instance are half of all events.
  const errors = wholeEvents(Math.min(0.5, 2 * limitOf(objective, preset, tier)))
  const history = cleanHistory(preset)
  const length = longestDetection(objective, pace, errors, history)
  const half = (failing: number) => [
    { seconds: history, errors: 0, traffic: events / 2 },
    { seconds: length, errors: failing, traffic: events / 2 },
  ]
  return {
    name: `${objective.name}: one of two instances fails`,
    interval: preset.scrapeInterval,
    series: [
      ...inputs(objective, preset, half(2 * errors), 'one:1'),
      ...inputs(objective, preset, half(0), 'two:2'),
    ],
    checks: detectionChecks(objective, pace, tier, errors, history, length),
  }
}

/** Alerts that were switched off stay silent through a total outage, and the burn rate is recorded all the same. */
export function switchedOff(objective: Objective, pace: Pace): RuleTest {
  const end = 4 * pace.preset.base
  return {
    ...common(objective, pace, 'alerts switched off', [{ seconds: end, errors: 1 }]),
    checks: [
      {
        at: end,
        expr: `ALERTS{slo="${objective.name}", burn_tier=~"${pace.tiers.map(tier => tier.name).join('|')}"}`,
        samples: [],
      },
      ...pace.tiers.map(tier => burnsAt(objective, tier, 'short', end, 1)),
      notANumber(end),
    ],
  }
}

/** A busy healthy time, then a quiet bad one: the budget counts events, so it must not be the mean of the two ratios. */
export function unevenTraffic(objective: Objective, pace: Pace): RuleTest {
  const { preset } = pace
  const part = 24 * preset.base
  const [busy, quiet, failing] = [events, events / 50, 0.5]
  const expected = (failing * quiet) / (busy + quiet)
  const budget = Number(errorBudget(objective))
  return {
    ...common(objective, pace, 'the budget is weighted by traffic', [
      { seconds: part, errors: 0, traffic: busy },
      { seconds: part, errors: failing, traffic: quiet },
    ]),
    checks: [
      // The recorded rates lag by half a base window, so a little of both times is not counted.
      near(2 * part, select(recorded.periodErrorRatio, { slo: objective.name }), expected, expected / 16),
      near(
        2 * part,
        select(recorded.budgetRemaining, { slo: objective.name }),
        1 - expected / budget,
        expected / 16 / budget,
      ),
      ...promised(objective, preset, 2 * part),
    ],
  }
}

/** The objective, its period and the thresholds are recorded as series too. */
function promised(objective: Objective, preset: Preset, at: number): Check[] {
  const slo = objective.name
  return [
    near(at, select(recorded.objective, { slo }), objective.objective / 100, 1e-9),
    near(at, select(recorded.period, { slo }), preset.period, 1e-9),
    ...preset.tiers.map(tier =>
      near(
        at,
        select(recorded.burnThreshold, { slo, burn_tier: tier.name, severity: tier.severity }),
        burnFactorNumber(preset, tier),
        1e-9,
      ),
    ),
  ]
}
