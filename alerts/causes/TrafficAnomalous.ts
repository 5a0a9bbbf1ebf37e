import { anomalyBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import * as series from '../../contract/recorded-series.ts'
import { httpServer } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { shop } from './kit/metrics.ts'
import { afterTooFewDays, afterUsualDays, type DailySeries } from './kit/usual.ts'

const { trafficFactor, minimumTraffic } = anomalyBudgets
const [now, usual] = [series.serviceRequests.name, series.serviceRequestsUsual.name]

export const TrafficAnomalous: AlertDefinition = {
  group: 'anomalies',
  dashboard: 'sightline-red',
  rule: () => ({
    expr: `(${now} > ${trafficFactor} * ${usual} or ${now} < ${usual} / ${trafficFactor}) and ${usual} > ${minimumTraffic}`,
    summary: 'Traffic of {{ $labels.job }} is unlike that of other days',
    description: `{{ $value | humanize }} requests per second are more than ${trafficFactor} times above or below the median of this hour on previous days`,
  }),
  tests: ({ alert }, preset) => [
    afterUsualDays(alert, 'traffic five times as usual', traffic(5), 'fires', preset),
    afterUsualDays(alert, 'traffic a fifth of the usual', traffic(0.2), 'fires', preset),
    afterUsualDays(alert, 'traffic twice as usual', traffic(2), 'stays quiet', preset),
    afterTooFewDays(alert, traffic(10), preset),
  ],
}

function traffic(timesUsual: number): DailySeries[] {
  return [{ series: select(httpServer.duration, shop, 'count'), usual: 100, unusual: 100 * timesUsual }]
}
