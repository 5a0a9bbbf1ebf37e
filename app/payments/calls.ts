import { initialise } from '../../otel/metrics.ts'
import { httpClient } from '../../otel/signals.ts'

/** Calls to payments are counted from 0 on, so that the first one shows as an increase. */
export function expectCalls(url: string, status: '200' | '201'): void {
  const { hostname, port, protocol } = new URL(url)
  initialise(httpClient.duration, [
    {
      http_request_method: 'POST',
      server_address: hostname,
      server_port: port || (protocol === 'https:' ? '443' : '80'),
      http_response_status_code: status,
      error_type: '',
    },
  ])
}
