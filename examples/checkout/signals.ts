/**
 * What this service calls its metrics. It was written with prom-client and its own taste years ago, so some names
 * differ from the contract, some have other labels, and what it never measured is said to be absent.
 */
import type { Objective } from '../../alerts/objectives.ts'
import { selection } from '../../alerts/objectives.ts'
import { matches } from '../../contract/expr.ts'
import { promClient, type SignalMapping } from '../../export/mapping.ts'
import { httpServer } from '../../otel/signals.ts'

export const signals: SignalMapping = {
  ...promClient,
  http_server_request_duration_seconds: {
    name: 'checkout_http_duration_seconds',
    labels: { http_request_method: 'method', http_route: 'path', http_response_status_code: 'status' },
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  http_server_active_requests: {
    name: 'checkout_http_in_flight',
    labels: { http_request_method: 'method' },
  },
  db_client_connection_count: {
    name: 'checkout_pg_pool_connections',
    labels: { db_client_connection_pool_name: 'pool', db_client_connection_state: 'state' },
  },
  db_client_connection_max: {
    name: 'checkout_pg_pool_size',
    labels: { db_client_connection_pool_name: 'pool' },
  },
}

export const objectives: Objective[] = [
  {
    name: 'checkout-payments',
    title: 'Payments accepted',
    service: 'checkout',
    description: 'Payment requests that checkout answers without a server error',
    owner: 'payments-team',
    sli: {
      kind: 'availability',
      total: selection(httpServer.duration, { job: 'checkout', http_route: '/pay' }),
      failed: selection(httpServer.duration, {
        job: 'checkout',
        http_route: '/pay',
        http_response_status_code: matches('5..'),
      }),
    },
    objective: 99.9,
    groupBy: [],
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: 'sightline-red',
  },
]

export default { signals, objectives }
