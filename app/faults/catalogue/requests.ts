/** What can go wrong in answering requests. */
import { httpServer } from '../../../otel/signals.ts'
import { everyTarget, type Fault, minutes, share, symptom } from '../fault.ts'

const anyRoute = {
  [everyTarget]: ['shop'],
  '/products': ['shop'],
  '/products/:id': ['shop'],
  '/products/:id/recommendations': ['shop'],
  '/search': ['shop'],
  '/orders': ['shop'],
  '/orders/:id': ['shop'],
  '/orders/export': ['shop'],
} as const

export const requestFaults = [
  {
    id: 'error-ratio',
    title: 'Errors on a route',
    breaks: 'Errors are rare enough to fit into the error budget',
    does: 'Answers a share of the requests with status 500',
    intensity: share('share of the requests that fail', 0.2),
    targets: anyRoute,
    duration: minutes(5, 60),
    symptom: {
      ...symptom(httpServer.duration, 'share', 'up', { http_response_status_code: '500' }),
      targetLabel: 'http_route',
    },
    alert: { name: 'ShopAvailabilityBurn', within: 120 },
  },
  {
    id: 'latency-fixed',
    title: 'Constant added latency',
    breaks: 'Every request has a time budget and keeps to it',
    does: 'Holds every request back for the same time before it is handled',
    intensity: { unit: 'seconds', means: 'time added to each request', min: 0.001, max: 10, default: 0.5 },
    targets: anyRoute,
    duration: minutes(5, 60),
    symptom: { ...symptom(httpServer.duration, 'mean', 'up'), targetLabel: 'http_route' },
    alert: { name: 'ShopLatencyBurn', within: 120 },
  },
  {
    id: 'latency-long-tail',
    title: 'Latency with a long tail',
    breaks: 'Percentiles are watched, because a mean hides its tail',
    does: 'Holds every request back for a log-normal time: most hardly, a few for very long',
    intensity: {
      unit: 'seconds',
      means: '99th percentile of the added time; its median is a thirtieth of that',
      min: 0.01,
      max: 10,
      default: 4,
    },
    targets: anyRoute,
    duration: minutes(10, 60),
    symptom: { ...symptom(httpServer.duration, 'p99', 'up'), targetLabel: 'http_route' },
    alert: { name: 'ShopLatencyBurn', within: 240 },
  },
] as const satisfies readonly Fault[]
