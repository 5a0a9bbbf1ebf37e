import { delivery } from '../../../otel/delivery.ts'
import type { Effect } from '../switch.ts'

/** Port 9, discard, where nobody listens: every attempt is refused as by a backend that is gone. */
export const cutTelemetry: Effect = () => {
  const protocol = process.env.OTEL_EXPORTER_OTLP_ENDPOINT?.startsWith('https:') ? 'https' : 'http'
  delivery.redirect(`${protocol}://127.0.0.1:9`)
  return () => delivery.redirect()
}
