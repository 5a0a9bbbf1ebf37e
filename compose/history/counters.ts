/** The raw counters of the past: requests of the shop by route, with their latencies, and the incident's ground truth. */

import { lab } from '../../contract/shop-signals.ts'
import { history } from '../../contract/stack-signals.ts'
import { httpServer } from '../../otel/signals.ts'
import { incidentFault, type Past } from './past.ts'
import type { Series } from './recorded.ts'

/** Marks the whole of the past as invented; so does the instance of its counters. */
export const syntheticMarker = history.synthetic.name
const syntheticInstance = 'synthetic'

interface Route {
  http_request_method: string
  http_route: string
  http_response_status_code: string
  perJourney: number
  /** Seconds. */
  median: number
  suffersInIncident: boolean
}

const routes: readonly Route[] = [
  route('GET', '/products', '200', 0.9, 0.006),
  route('GET', '/products/:id', '200', 1, 0.004),
  route('GET', '/products/:id/recommendations', '200', 0.5, 0.012),
  route('GET', '/search', '200', 0.4, 0.009),
  route('POST', '/orders', '201', 0.1, 0.06, true),
  route('GET', '/orders/:id', '200', 0.1, 0.004),
]
const failedOrders = route('POST', '/orders', '503', 0.00005, 0.5, true)
/** Of a tenth of the journeys, which order something. */
const failedOrdersInIncident = 0.06
const slowdown = 12

export function counterSeries(past: Past, step: number): Series[] {
  const { fault, target, alertname } = incidentFault
  const isBad = (time: number) => time >= past.incident.start && time < past.incident.end
  const job = { job: 'shop', instance: syntheticInstance }
  const bounds = [...(httpServer.duration.buckets ?? []), Number.POSITIVE_INFINITY]
  const histograms = [...routes, failedOrders].flatMap(each => {
    const { perJourney, median, suffersInIncident, ...labels } = each
    const isSlow = (time: number) => suffersInIncident && isBad(time)
    const medianAt = (time: number) => (isSlow(time) ? median * slowdown : median)
    const rate = (time: number) =>
      past.journeys(time) * (each === failedOrders && isBad(time) ? failedOrdersInIncident : perJourney)
    const counter = (suffix: string, grow: (time: number) => number, more = {}): Series => ({
      name: `${httpServer.duration.name}_${suffix}`,
      labels: { ...job, ...labels, ...more },
      step,
      at: growing(past, step, grow),
    })
    return [
      ...bounds.map(le =>
        counter('bucket', time => rate(time) * shareWithin(le, medianAt(time)), { le: boundText(le) }),
      ),
      counter('count', rate),
      counter('sum', time => rate(time) * medianAt(time) * meanOfMedian),
    ]
  })
  return [
    ...histograms,
    {
      name: lab.faultActive.name,
      labels: { ...job, fault, target },
      step,
      at: time => Number(isBad(time)),
    },
    {
      name: lab.faultPromise.name,
      labels: { ...job, fault, alertname },
      step,
      at: () => 1,
    },
    { name: syntheticMarker, labels: {}, step, at: () => 1 },
  ]
}

/** A counter's value is the sum of its growth; it is asked for times in order. */
function growing(past: Past, step: number, grow: (time: number) => number): Series['at'] {
  let [total, asked] = [0, past.start]
  return time => {
    for (; asked < time; asked += step) total += grow(asked) * step
    return total
  }
}

/** Latencies with a long tail, as log-logistic: half are within the median, one in a thousand above ten times it. */
const shape = 3
const meanOfMedian = Math.PI / shape / Math.sin(Math.PI / shape)

function shareWithin(bound: number, median: number): number {
  return Number.isFinite(bound) ? 1 / (1 + (bound / median) ** -shape) : 1
}

/** As the kit writes it. */
function boundText(bound: number): string {
  return Number.isFinite(bound) ? String(bound) : '+Inf'
}

function route(
  method: string,
  path: string,
  status: string,
  perJourney: number,
  median: number,
  suffersInIncident = false,
): Route {
  return {
    http_request_method: method,
    http_route: path,
    http_response_status_code: status,
    perJourney,
    median,
    suffersInIncident,
  }
}
