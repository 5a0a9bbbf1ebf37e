/** How long the lab takes to answer and to tell, under the names of the servers whose part it plays. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Histogram, Registry } from 'prom-client'
import { alertmanagerServer, grafanaServer, lokiServer, tempoServer } from '../contract/stack-signals.ts'
import { pathOf, type Route } from './http.ts'

type Part = 'grafana' | 'loki' | 'tempo'

interface Durations {
  /** The same route, with its answers counted as those of this part. */
  timed(part: Part, route: Route): Route
  /** Answers of a part that are counted where they are given, such as those to OTLP. */
  answered(part: Part, request: IncomingMessage, response: ServerResponse): void
  notified(seconds: number): void
  exposition(): Promise<string>
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createDurations(): Durations {
  const registry = new Registry()
  const histogram = ({ name, help, labels }: { name: string; help: string; labels: object }) =>
    new Histogram({ name, help, labelNames: Object.keys(labels), buckets, registers: [registry] })
  const requests = {
    grafana: histogram(grafanaServer.requests),
    loki: histogram(lokiServer.requests),
    tempo: histogram(tempoServer.requests),
  }
  const notifications = histogram(alertmanagerServer.notificationLatency)

  function answered(part: Part, request: IncomingMessage, response: ServerResponse): void {
    const startedAt = performance.now()
    response.once('finish', () => {
      const labels = { method: request.method ?? '', status_code: String(response.statusCode) }
      const route = routeOf(pathOf(request))
      const named = part === 'grafana' ? { handler: route, ...labels } : { route, ...labels }
      requests[part].observe(named, (performance.now() - startedAt) / 1000)
    })
  }

  return {
    answered,
    timed: (part, { matches, handle }) => ({
      matches,
      handle(request, response) {
        answered(part, request, response)
        return handle(request, response)
      },
    }),
    notified: seconds => notifications.observe({ integration: 'webhook' }, seconds),
    exposition: () => registry.metrics(),
  }
}

/** Only paths that are named here become label values, however many others are asked for: `/loki/api/v1/query_range`
 *  is `loki_api_v1_query_range`, and one trace is the same route as every other. */
function routeOf(path: string): string {
  if (path === '/') return 'root'
  const known = routes.find(route => path === `/${route}` || path.startsWith(`/${route}/`))
  return known === undefined ? 'other' : known.replaceAll(/[/.]/g, '_')
}

const routes = [
  'loki/api/v1/query_range',
  'loki/api/v1/query',
  'loki/api/v1/labels',
  'loki/api/v1/label',
  'loki/api/v1/series',
  'loki/api/v1/index',
  'loki/api/v1/detected_fields',
  'loki/api/v1/tail',
  'v1/logs',
  'v1/traces',
  'api/v2/traces',
  'api/v2/search',
  'api/traces',
  'api/search',
  'api/metrics',
  'api/echo',
  'metrics',
  'page',
  'lab/api',
  'explore',
  'alerts',
  'alerting',
  'faults',
  'd',
]
