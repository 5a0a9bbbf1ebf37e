/** Sends the metrics by OTLP from time to time, and once more at the end; the page that is scraped has the same ones. */

import { delivery } from './delivery.ts'
import { wholeNumber } from './delivery-settings.ts'
import { onShutdown } from './lifecycle.ts'
import { collect } from './metrics.ts'
import { encodeMetrics } from './otlp-metrics.ts'

/** A larger one is sent in several; receivers bound what they take. */
const maxBodyCharacters = 1_000_000

export function startMetricsExport(env: Record<string, string | undefined>): void {
  if (delivery.endpoint() === undefined)
    throw new Error(
      'Cannot send metrics by OTLP: expected OTEL_EXPORTER_OTLP_ENDPOINT to be set, as OTEL_METRICS_EXPORTER has otlp',
    )
  const everyMs = wholeNumber(env, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000)
  setInterval(() => void exportNow(), everyMs).unref()
  onShutdown('metrics by OTLP', exportNow)
  process.once('beforeExit', () => void exportNow().then(() => delivery.flush(2000)))
}

/** What is sent is all there is so far, so that of two only the later counts: none waits behind another. */
async function exportNow(): Promise<void> {
  const metrics = encodeMetrics(await collect(), performance.timeOrigin, Date.now())
  if (delivery.ledgers.metrics.queued() > 0) {
    delivery.ledgers.metrics.drop(metrics.reduce((sum, { points }) => sum + points, 0))
    return
  }
  let body: typeof metrics = []
  let size = 0
  for (const metric of metrics) {
    if (size > 0 && size + metric.json.length > maxBodyCharacters) {
      send(body)
      body = []
      size = 0
    }
    body.push(metric)
    size += metric.json.length
  }
  send(body)
}

function send(metrics: readonly { json: string; points: number }[]): void {
  if (metrics.length === 0) return
  delivery.metrics(
    metrics.map(({ json }) => json).join(),
    metrics.reduce((sum, { points }) => sum + points, 0),
  )
}
