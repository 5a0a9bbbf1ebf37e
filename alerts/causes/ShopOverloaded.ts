import { resourceBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import * as recorded from '../../contract/recorded-series.ts'
import type { Preset } from '../../contract/windows.ts'
import { runtime } from '../../otel/signals.ts'
import type { RuleTest } from '../unit-tests.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { firingCount, settled } from './kit/examples.ts'
import { counter, gauge, inputSeries, shop } from './kit/metrics.ts'
import { rateBy, valueAsPercentage } from './kit/queries.ts'

const fastBurn = { slo: 'shop-latency', burn_tier: 'fast', window: 'short' } as const

/** Slow and saturated at once means too much work; slow alone means waiting for something else. */
export const ShopOverloaded: AlertDefinition = {
  group: 'composites',
  dashboard: 'sightline-use',
  rule: window => {
    const loopTime = (state: { nodejs_eventloop_state?: 'active' }) =>
      rateBy('job', select(runtime.eventLoopTime, { job: 'shop', ...state }), window)
    return {
      expr:
        `${loopTime({ nodejs_eventloop_state: 'active' })} / (${loopTime({})} > 0) > ${resourceBudgets.eventLoopUtilization}` +
        ` and on () ${select(recorded.burnRate, fastBurn)} > 1`,
      summary: 'The shop is slow because it is overloaded',
      description: `Its event loop is busy ${valueAsPercentage} of the time while its latency objective burns: it lacks capacity, or something on its request path computes`,
    }
  },
  tests: ({ alert }, preset) => [
    shopTest(
      'saturated and slow',
      { busy: 0.9, burnRate: 5 },
      firingCount(alert, settled(preset), 1),
      preset,
    ),
    shopTest(
      'saturated and fast enough',
      { busy: 0.9, burnRate: 0.5 },
      firingCount(alert, settled(preset), 0),
      preset,
    ),
    shopTest('slow and idle', { busy: 0.2, burnRate: 5 }, firingCount(alert, settled(preset), 0), preset),
  ],
}

function shopTest(
  name: string,
  { busy, burnRate }: { busy: number; burnRate: number },
  check: RuleTest['checks'][number],
  preset: Preset,
): RuleTest {
  const metrics = {
    ...counter(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'active' }, busy),
    ...counter(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'idle' }, 1 - busy),
    ...gauge(recorded.burnRate, { ...fastBurn, service: 'shop', severity: 'page' }, burnRate),
  }
  return {
    name,
    interval: preset.scrapeInterval,
    series: inputSeries(metrics, preset, settled(preset)),
    checks: [check],
  }
}
