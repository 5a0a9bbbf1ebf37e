import { duration } from '../../contract/durations.ts'
import { select } from '../../contract/expr.ts'
import type { Preset } from '../../contract/windows.ts'
import { runtime } from '../../otel/signals.ts'
import type { InputSeries } from '../unit-tests.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { firingCount, isQuiet, settled } from './kit/examples.ts'
import { gauge, inputSeries, shop } from './kit/metrics.ts'
import { jobOnInstance, services } from './kit/queries.ts'

export const CrashLoop: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  atOnce: true,
  rule: (_, preset) => {
    const window = duration(3 * preset.cause.window)
    return {
      expr: `changes(${select(runtime.startTime, services)}[${window}]) >= 2`,
      summary: `${jobOnInstance} keeps restarting`,
      description: `It has started {{ $value }} times within ${window}`,
    }
  },
  tests: ({ alert }, preset) => {
    const end = settled(preset)
    const interval = preset.scrapeInterval
    const startedOnce = inputSeries(gauge(runtime.startTime, shop, 1_000), preset, end)
    return [
      {
        name: `${alert} fires`,
        interval,
        series: startsEvery(20, preset, end),
        checks: [firingCount(alert, end, 1)],
      },
      { name: `${alert} stays quiet`, interval, series: startedOnce, checks: [isQuiet(alert, end)] },
    ]
  },
}

function startsEvery(seconds: number, { scrapeInterval }: Preset, end: number): InputSeries[] {
  const startTimes = Array.from(
    { length: Math.round(end / scrapeInterval) + 1 },
    (_, index) => Math.floor((index * scrapeInterval) / seconds) * seconds,
  )
  return [{ series: select(runtime.startTime, shop), values: startTimes.join(' ') }]
}
