import { matches, select } from '../../contract/expr.ts'
import { telemetry } from '../../otel/signals.ts'
import type { AlertDefinition } from './kit/alert.ts'
import { examples } from './kit/examples.ts'
import { counter, shop } from './kit/metrics.ts'
import { rateBy } from './kit/queries.ts'

const traces = { ...shop, signal: 'traces' } as const

export const TelemetryDropped: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  rule: window => ({
    expr: `${rateBy('job, signal', select(telemetry.items, { outcome: matches('failed|dropped') }), window)} > 0`,
    summary: '{{ $labels.job }} loses {{ $labels.signal }}',
    description: '{{ $value | humanize }} items per second were dropped or could not be sent',
  }),
  tests: examples({
    labels: { job: 'shop', signal: 'traces' },
    shown: '3',
    fires: counter(telemetry.items, { ...traces, outcome: 'dropped' }, 3),
    quiet: counter(telemetry.items, { ...traces, outcome: 'sent' }, 3),
  }),
}
