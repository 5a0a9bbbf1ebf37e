/** What can go wrong with a dependency that the shop does not control. */
import { httpClient, httpServer, resilience } from '../../../otel/signals.ts'
import { type Fault, minutes, share, symptom } from '../fault.ts'

export const paymentFaults = [
  {
    id: 'payments-down',
    title: 'Payments down',
    breaks: 'A failing dependency is contained by timeouts, bounded retries and a circuit breaker',
    does: 'Lets payments close the connection without an answer',
    intensity: share('share of the authorizations that get no answer', 1),
    targets: { payments: ['payments'] },
    duration: minutes(5, 60),
    symptom: {
      ...symptom(resilience.giveUps, 'rate', 'up', { dependency: 'payments' }),
      seenIn: 'shop',
    },
    alert: { name: 'CheckoutAvailabilityBurn', within: 120 },
  },
  {
    id: 'payments-slow',
    title: 'Payments slow',
    breaks: 'A slow dependency is cut off by a timeout before its callers pile up',
    does: 'Lets payments wait before it answers; timeout and breaker of the shop protect it',
    intensity: { unit: 'seconds', means: 'time added to each authorization', min: 0.01, max: 30, default: 3 },
    targets: { payments: ['payments'] },
    duration: minutes(5, 60),
    symptom: { ...symptom(httpClient.duration, 'mean', 'up'), seenIn: 'shop' },
    alert: { name: 'CircuitBreakerOpen', within: 120 },
  },
  {
    id: 'payments-slow-unprotected',
    title: 'Payments slow, nothing protects from it',
    breaks: 'Calls to a dependency have a timeout and a circuit breaker',
    does: 'Lets payments wait before it answers, and switches timeout and breaker of the shop off',
    intensity: { unit: 'seconds', means: 'time added to each authorization', min: 0.01, max: 30, default: 3 },
    targets: { payments: ['payments', 'shop'] },
    duration: minutes(5, 60),
    symptom: {
      ...symptom(httpServer.duration, 'mean', 'up', { http_request_method: 'POST', http_route: '/orders' }),
      seenIn: 'shop',
    },
    alert: { name: 'DependencySlow', within: 180 },
  },
  {
    id: 'retry-storm',
    title: 'Retry storm',
    breaks: 'Retries are few, spread by backoff and jitter, and stopped by the breaker',
    does: 'Lets payments answer 503, and the shop retry at once, again and again, with its breaker off',
    intensity: { unit: 'retries', means: 'retries per call', min: 1, max: 50, default: 10 },
    targets: { payments: ['payments', 'shop'] },
    duration: minutes(5, 30),
    symptom: {
      ...symptom(resilience.retries, 'rate', 'up', { dependency: 'payments' }),
      seenIn: 'shop',
    },
    alert: { name: 'RetryStorm', within: 180 },
  },
] as const satisfies readonly Fault[]
