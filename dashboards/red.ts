import { matches } from '../contract/expr.ts'
import { dashboardUids } from '../contract/links.ts'
import { httpServer } from '../otel/signals.ts'
import { requestErrorRatio, requestLatency, requestMean, requestRate } from './expressions.ts'
import { clicked, drillDown } from './kit/links.ts'
import { barGauge, heatmap, row, stat, timeseries } from './kit/panels.ts'
import { buckets, promql, rate, series, top, value } from './kit/queries.ts'
import { processVariables, prometheusSource } from './kit/variables.ts'
import { dashboard } from './shop-dashboard.ts'
import { availabilityBudget, below, latencyObjective, plain } from './thresholds.ts'

const route = { http_route: matches('$route') } as const
const routes = { where: route, by: ['http_route'] } as const

export const red = dashboard({
  file: import.meta.url,
  uid: dashboardUids.red,
  title: 'RED: requests',
  description: 'Rate, errors and duration of the requests the service answers, as a whole and by route.',
  variables: [
    prometheusSource,
    ...processVariables(series(httpServer.duration, { within: 'everything' }, 'count')),
    {
      name: 'route',
      label: 'Route',
      kind: 'query',
      query: `label_values(${series(httpServer.duration, { within: 'job' }, 'count')}, http_route)`,
    },
  ],
  links: [
    {
      kind: 'dashboard',
      title: 'Dependencies',
      uid: dashboardUids.dependencies,
      tooltip: 'What the service waits for',
    },
    {
      kind: 'dashboard',
      title: 'Investigate',
      uid: dashboardUids.investigate,
      tooltip: 'Logs and traces of the same time',
    },
  ],
  rows: [
    row('At a glance', [
      stat({
        title: 'Requests',
        description:
          'Requests per second now. Normal: follows the time of day. A sudden drop to nothing is an outage in front of the service; look at Load and budgets for what was sent.',
        unit: 'requestsPerSecond',
        decimals: 1,
        sparkline: true,
        width: 6,
        thresholds: plain,
        queries: [promql(requestRate({ where: route }))],
      }),
      stat({
        title: 'Error ratio',
        description:
          'Share of requests answered with 5xx now. Normal: 0. From the red value on the error budget is being spent faster than it comes back; look at the routes below, then at Dependencies.',
        unit: 'ratio',
        decimals: 2,
        sparkline: true,
        width: 6,
        thresholds: below(availabilityBudget),
        queries: [promql(requestErrorRatio({ where: route }))],
      }),
      stat({
        title: 'p95 latency',
        description:
          'Nineteen of twenty requests are faster than this. Normal: below the objective. Above it users notice; the heatmap tells whether all requests slowed down or a few.',
        unit: 'seconds',
        sparkline: true,
        width: 6,
        thresholds: below(latencyObjective),
        queries: [promql(requestLatency(0.95, { where: route }))],
      }),
      stat({
        title: 'In flight',
        description:
          'Requests being answered now. Normal: rate times latency, a handful. Growing while the rate does not means the service waits for something: see Dependencies.',
        unit: 'count',
        decimals: 0,
        sparkline: true,
        width: 6,
        thresholds: plain,
        queries: [promql(value('sum', httpServer.active))],
      }),
    ]),
    row('Rate, errors, duration', [
      timeseries({
        title: 'Rate by status',
        description:
          'Requests per second by status code. Normal: almost all 2xx. 429 is the rate limit, 503 the overload protection, other 5xx are failures: see which route in the next row.',
        unit: 'requestsPerSecond',
        stack: true,
        queries: [
          promql(
            requestRate({ where: route, by: ['http_response_status_code'] }),
            '{{http_response_status_code}}',
          ),
        ],
        overrides: [
          { series: '2..', colour: 'good' },
          { series: '3..', colour: 'neutral' },
          { series: '4..', colour: 'warning' },
          { series: '5..', colour: 'bad' },
        ],
      }),
      timeseries({
        title: 'Error ratio by service',
        description:
          'Share of 5xx of each service. Normal: 0. The dashed line is what the objective leaves as budget; above it an alert will follow.',
        unit: 'ratio',
        limit: true,
        thresholds: below(availabilityBudget),
        queries: [promql(requestErrorRatio({ where: route, by: ['job'] }), '{{job}}')],
      }),
      timeseries({
        title: 'Latency percentiles',
        description:
          'Median, p95, p99 and mean. Normal: p95 below the dashed objective. A median that rises with p99 is slowness for all; only p99 rising is a tail. Diamonds are exemplars: click one to open its trace.',
        unit: 'seconds',
        limit: true,
        thresholds: below(latencyObjective),
        queries: [
          promql(requestLatency(0.99, { where: route }), 'p99', { exemplars: true }),
          promql(requestLatency(0.95, { where: route }), 'p95'),
          promql(requestLatency(0.5, { where: route }), 'p50'),
          promql(requestMean({ where: route }), 'mean'),
        ],
        overrides: [{ series: 'mean', colour: 'muted', dashed: true }],
      }),
    ]),
    row('By route', [
      timeseries({
        title: 'Rate by route',
        description:
          'Requests per second of each route. Normal: stable proportions. One route growing alone is a client gone wild. Click a route to see it alone.',
        unit: 'requestsPerSecond',
        legend: 'table',
        height: 10,
        queries: [promql(requestRate(routes), '{{http_route}}')],
        drillDown: [drillDown('Only this route', dashboardUids.red, { route: clicked('http_route') })],
      }),
      timeseries({
        title: 'Error ratio by route',
        description:
          'Share of 5xx of each route. Normal: 0 everywhere. Errors on one route point at its own code or dependency, errors on all at the process or the database.',
        unit: 'ratio',
        legend: 'table',
        height: 10,
        limit: true,
        thresholds: below(availabilityBudget),
        queries: [promql(requestErrorRatio(routes), '{{http_route}}')],
        drillDown: [drillDown('Only this route', dashboardUids.red, { route: clicked('http_route') })],
      }),
      timeseries({
        title: 'p95 by route',
        description:
          'p95 latency of each route. Normal: each below the dashed objective, the streamed export apart. A slow route alone: see its queries in Dependencies.',
        unit: 'seconds',
        legend: 'table',
        height: 10,
        limit: true,
        thresholds: below(latencyObjective),
        queries: [promql(requestLatency(0.95, routes), '{{http_route}}', { exemplars: true })],
        drillDown: [drillDown('Only this route', dashboardUids.red, { route: clicked('http_route') })],
      }),
    ]),
    row('Distribution', [
      heatmap({
        title: 'Latency heatmap',
        description:
          'How many requests took how long. Normal: one bright band near the bottom. A second band is a second kind of request, often a cache miss or a timeout; a band that lifts is slowness for all. Diamonds open traces.',
        unit: 'seconds',
        width: 24,
        queries: [
          promql(buckets(httpServer.duration, { where: route }), '{{le}}', {
            format: 'heatmap',
            exemplars: true,
          }),
        ],
      }),
    ]),
    row('Top ten routes', [
      barGauge({
        height: 10,
        title: 'Busiest',
        min: 0,
        description: 'The ten routes with most requests now. Normal: reads lead. Where to save most work.',
        unit: 'requestsPerSecond',
        thresholds: plain,
        queries: [promql(top(10, requestRate({ by: ['http_route'] })), '{{http_route}}', { instant: true })],
      }),
      barGauge({
        height: 10,
        title: 'Slowest',
        min: 0,
        description:
          'The ten routes with the highest p95 now. Red ones miss the objective: open one in the row above.',
        unit: 'seconds',
        thresholds: below(latencyObjective),
        queries: [
          promql(top(10, `${requestLatency(0.95, { by: ['http_route'] })} >= 0`), '{{http_route}}', {
            instant: true,
          }),
        ],
      }),
      barGauge({
        height: 10,
        title: 'Most failing',
        min: 0,
        description: 'The ten routes with the highest share of 5xx now. Normal: all at 0.',
        unit: 'ratio',
        thresholds: below(availabilityBudget),
        queries: [
          promql(top(10, requestErrorRatio({ by: ['http_route'] })), '{{http_route}}', { instant: true }),
        ],
      }),
    ]),
    row('Limits', [
      timeseries({
        title: 'Active requests',
        description:
          'Requests in flight by service. Normal: flat. A ramp that does not come down is a queue building up inside the process.',
        unit: 'count',
        width: 12,
        queries: [promql(value('sum', httpServer.active, { by: ['job'] }), '{{job}}')],
      }),
      timeseries({
        title: 'Requests turned away',
        description:
          'Requests refused before any work was done for them. Normal: none, a few at a shutdown. rate_limit is one greedy client, overload is the service protecting itself: see USE.',
        unit: 'requestsPerSecond',
        width: 12,
        queries: [promql(rate(httpServer.rejections, { by: ['reason'] }), '{{reason}}')],
      }),
    ]),
  ],
})
