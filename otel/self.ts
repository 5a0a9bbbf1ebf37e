/** What the telemetry says of itself, so that loss is seen where everything else is. */

import { delivery } from './delivery.ts'
import { exportedSignals } from './delivery-settings.ts'
import { initialise, observe } from './metrics.ts'
import { refusedSamples } from './series.ts'
import { telemetry } from './signals.ts'
import { metricsExporters } from './standard-settings.ts'

const outcomes = ['sent', 'failed', 'dropped'] as const

export function observeTelemetry(): void {
  // Points of metrics have books where they are sent.
  const signals = exportedSignals.filter(
    signal => signal !== 'metrics' || metricsExporters(process.env).has('otlp'),
  )
  observe(telemetry.items, () =>
    signals.flatMap(signal =>
      outcomes.map(outcome => ({
        labels: { signal, outcome },
        value: delivery.ledgers[signal].settled()[outcome],
      })),
    ),
  )
  observe(telemetry.queued, () =>
    signals.map(signal => ({ labels: { signal }, value: delivery.ledgers[signal].queued() })),
  )
  initialise(telemetry.contextsDropped, [{ header: 'traceparent' }, { header: 'baggage' }])
  observe(telemetry.refused, () =>
    refusedSamples().map(({ metric, reason, count }) => ({ labels: { metric, reason }, value: count })),
  )
  observe(telemetry.queueMax, () =>
    (['traces', 'logs'] as const).map(signal => ({ labels: { signal }, value: delivery.maxItems })),
  )
}
