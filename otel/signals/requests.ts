/** Requests a service answers and makes, and what protects it from a failing dependency. */

import {
  defineCounter,
  defineGauge,
  defineHistogram,
  errorType,
  httpMethods,
  latencyBuckets,
  route,
  statusCode,
} from './definitions.ts'

const dependency = 'downstream services named in the code'

/** HTTP requests the service answers. */
export const httpServer = {
  duration: defineHistogram(
    'http_server_request_duration_seconds',
    'red',
    'Time from the first byte of a request to the end of its response',
    { http_request_method: httpMethods, http_route: route, http_response_status_code: statusCode },
    { buckets: latencyBuckets, exemplars: true },
  ),
  active: defineGauge('http_server_active_requests', 'use', 'Requests being answered now', {
    http_request_method: httpMethods,
  }),
  rejections: defineCounter(
    'http_server_rejections_total',
    'use',
    'Requests turned away before any work was done for them',
    { reason: ['rate_limit', 'overload'] },
  ),
}

/** HTTP requests the service makes. */
export const httpClient = {
  duration: defineHistogram(
    'http_client_request_duration_seconds',
    'red',
    'Time from sending a request to the end of its response, one observation per attempt',
    {
      http_request_method: httpMethods,
      server_address: 'hosts the service is configured to call',
      server_port: 'ports the service is configured to call',
      http_response_status_code: statusCode,
      error_type: errorType,
    },
    { buckets: latencyBuckets, exemplars: true },
  ),
}

/** What protects the service from a failing dependency. */
export const resilience = {
  retries: defineCounter('dependency_retries_total', 'use', 'Attempts after the first one', { dependency }),
  giveUps: defineCounter(
    'dependency_failures_total',
    'use',
    'Calls that failed for good: after the last retry, or at once',
    { dependency, reason: ['timeout', 'error', 'breaker_open'] },
  ),
  breakerState: defineGauge(
    'circuit_breaker_state',
    'use',
    '1 for the state the breaker is in, 0 for the others',
    { dependency, state: ['closed', 'half_open', 'open'] },
  ),
  breakerTransitions: defineCounter(
    'circuit_breaker_transitions_total',
    'use',
    'Changes of the breaker to a state',
    { dependency, state: ['closed', 'half_open', 'open'] },
  ),
}
