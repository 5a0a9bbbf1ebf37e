import { telemetryBudgets } from '../../contract/budgets.ts'
import { select } from '../../contract/expr.ts'
import { httpServer, jobs, telemetry } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, type Metrics, shop } from './kit/metrics.ts'
import { rateBy } from './kit/queries.ts'

/** Lines are judged by the requests and jobs that cause them, so that a busy service may log more. */
export const LogVolumeHigh: AlertDefinition = {
  group: 'causes-process',
  dashboard: 'sightline-use',
  rule: window => {
    const perJob = (series: string) => rateBy('job', series, window)
    const lines = perJob(select(telemetry.items, { signal: 'logs' }))
    const events = `(${perJob(select(httpServer.duration, {}, 'count'))} or ${perJob(select(jobs.duration, {}, 'count'))} or 0 * ${lines})`
    return {
      expr: `${lines} > ${telemetryBudgets.logLinesPerEvent} * ${events} + ${telemetryBudgets.idleLogLines}`,
      summary: '{{ $labels.job }} writes far more log lines than it has events',
      description: `{{ $value | humanize }} lines per second, where ${telemetryBudgets.logLinesPerEvent} per request or job are expected`,
    }
  },
  tests: examples({
    labels: { job: 'shop' },
    shown: '2k',
    fires: linesOf20Requests(2_000),
    quiet: linesOf20Requests(100),
  }),
}

function linesOf20Requests(lines: number): Metrics {
  return {
    ...counter(telemetry.items, { ...shop, signal: 'logs', outcome: 'sent' }, lines),
    ...counter(httpServer.duration, shop, 20, 'count'),
  }
}
