import { resourceBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { runtime } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, gauge, type Metrics, shop } from './kit/metrics.ts'
import { jobOnInstance, ratePerProcess, services } from './kit/queries.ts'

export const EventLoopSaturated: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  rule: window => ({
    expr:
      `${loopTime(window, 'active')} / (${loopTime(window)} > 0) > ${resourceBudgets.eventLoopUtilization}` +
      ` or avg_over_time(${select(runtime.eventLoopDelayP99, services)}[${window}]) > ${resourceBudgets.eventLoopDelayP99}`,
    summary: `Event loop of ${jobOnInstance} is saturated`,
    description: `Its loop is busy more than ${resourceBudgets.eventLoopUtilization} of the time, or the 99th percentile of its delay is above ${resourceBudgets.eventLoopDelayP99} s (now {{ $value | humanize }}); every request waits behind what blocks it`,
  }),
  tests: examples(
    { title: 'by utilisation', labels: shop, shown: '800m', fires: busy(0.8), quiet: busy(0.3) },
    {
      title: 'by delay',
      labels: shop,
      shown: '400m',
      fires: gauge(runtime.eventLoopDelayP99, shop, 0.4),
      quiet: gauge(runtime.eventLoopDelayP99, shop, 0.02),
    },
  ),
}

function loopTime(window: string, state?: 'active'): string {
  const inState = state === undefined ? {} : { nodejs_eventloop_state: state }
  return ratePerProcess(select(runtime.eventLoopTime, { ...services, ...inState }), window)
}

function busy(share: number): Metrics {
  return {
    ...counter(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'active' }, share),
    ...counter(runtime.eventLoopTime, { ...shop, nodejs_eventloop_state: 'idle' }, 1 - share),
  }
}
