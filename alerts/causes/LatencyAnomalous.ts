import { anomalyBudgets } from '../../contract/budgets.ts'
import * as series from '../../contract/recorded-series.ts'
import { httpServer } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { bucket, shop } from './kit/metrics.ts'
import { afterUsualDays, type DailySeries } from './kit/usual.ts'

const { latencyFactor, minimumLatency } = anomalyBudgets
const [now, usual] = [series.serviceLatency.name, series.serviceLatencyUsual.name]

export const LatencyAnomalous: AlertDefinition = {
  group: 'anomalies',
  dashboard: 'sightline-red',
  rule: () => ({
    expr: `${now} > ${latencyFactor} * ${usual} and ${now} > ${minimumLatency}`,
    summary: 'Latency of {{ $labels.job }} is unlike that of other days',
    description: `Its 95th percentile of {{ $value | humanizeDuration }} is more than ${latencyFactor} times the median of this hour on previous days`,
  }),
  tests: ({ alert }, preset) => [
    afterUsualDays(alert, 'latency far above the usual', slowAmong100(50), 'fires', preset),
    afterUsualDays(alert, 'latency as usual', slowAmong100(0), 'stays quiet', preset),
  ],
}

/** Requests that usually take 10 ms; in the unusual hours some take up to a second. */
function slowAmong100(slow: number): DailySeries[] {
  const series = (le: string) => bucket(httpServer.duration, shop, le)
  return [
    { series: series('0.01'), usual: 100, unusual: 100 - slow },
    { series: series('1'), usual: 100, unusual: 100 },
    { series: series('+Inf'), usual: 100, unusual: 100 },
  ]
}
