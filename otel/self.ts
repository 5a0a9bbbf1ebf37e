/** What the telemetry says of itself, so that loss is seen where everything else is. */

import { delivery } from './delivery.ts'
import { observe } from './metrics.ts'
import { telemetry } from './signals.ts'

const signalNames = ['traces', 'logs'] as const
const outcomes = ['sent', 'failed', 'dropped'] as const

export function observeTelemetry(): void {
  observe(telemetry.items, () =>
    signalNames.flatMap(signal =>
      outcomes.map(outcome => ({ labels: { signal, outcome }, value: delivery.settled()[signal][outcome] })),
    ),
  )
  observe(telemetry.queued, () =>
    signalNames.map(signal => ({ labels: { signal }, value: delivery.queued()[signal] })),
  )
  observe(telemetry.queueMax, () =>
    signalNames.map(signal => ({ labels: { signal }, value: delivery.queueMax[signal] })),
  )
}
