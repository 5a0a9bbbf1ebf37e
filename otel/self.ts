/** What the telemetry says of itself, so that loss is seen where everything else is. */

import { delivery } from './delivery.ts'
import { initialise, observe } from './metrics.ts'
import { refusedSamples } from './series.ts'
import { telemetry } from './signals.ts'

const signals = ['traces', 'logs'] as const
const outcomes = ['sent', 'failed', 'dropped'] as const

export function observeTelemetry(): void {
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
  observe(telemetry.queueMax, () => signals.map(signal => ({ labels: { signal }, value: delivery.maxItems })))
}
