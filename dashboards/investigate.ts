import { matches } from '../contract/expr.ts'
import { dashboardUids } from '../contract/links.ts'
import { serviceGraph, spanMetrics } from '../contract/stack-signals.ts'
import { traceIdField } from '../otel/signals.ts'
import { linesPerLevel, logLines, spans } from './kit/log-and-trace-queries.ts'
import type { Exclusion } from './kit/model.ts'
import { logs, nodeGraph, row, table, timeseries, traces } from './kit/panels.ts'
import { logql, promql, quantile, rate, share, top, traceql } from './kit/queries.ts'
import { lokiSource, tempoSource } from './kit/variables.ts'
import { dashboard, targetVariables } from './shop-dashboard.ts'
import { latencyObjective, plain } from './thresholds.ts'

const chosen = { service: matches('$job') } as const
const spanScope = { within: 'everything', where: chosen, by: ['service', 'span_name'] } as const
const slow = `${latencyObjective * 1000}ms`

/** The line of a request says its method, route, status and duration in words, as `GET /products/:id 500 0.5 ms`. */
const shownFields = [
  { name: 'queue' },
  { name: 'duration_ms', unit: 'ms', besideOf: 'queue' },
  { name: 'error_type', unlessSameAs: 'status' },
  { name: 'err_message' },
] as const

const traceColumns = [
  { field: 'traceID', heading: 'Trace ID' },
  { field: 'startTime', heading: 'Start time' },
  { field: 'traceService', heading: 'Service' },
  { field: 'traceName', heading: 'Name' },
  { field: 'traceDuration', heading: 'Duration' },
] as const

/** Leaves the room to the name. */
const traceWidths = [
  { series: 'Trace ID', width: 120 },
  { series: 'Start time', width: 185 },
  { series: 'Service', width: 90 },
  { series: 'Duration', unit: 'milliseconds', width: 90 },
] as const

export const investigate = dashboard({
  file: import.meta.url,
  uid: dashboardUids.investigate,
  title: 'Investigate',
  description:
    'From a symptom to its cause: error logs, slow and failed traces, and the services between them. Paste a trace id above to see one request with all its log lines.',
  variables: [
    ...targetVariables,
    lokiSource,
    tempoSource,
    { name: 'search', label: 'Log text', kind: 'text', query: '' },
    { name: 'trace', label: 'Trace id', kind: 'text', query: '' },
    // Tempo takes an empty id for an error. Without one Grafana keeps the whole text, a search that finds nothing.
    { name: 'chosen_trace', label: 'Trace shown', kind: 'derived', query: '{ false } // : $trace' },
  ],
  links: [
    { kind: 'dashboard', title: 'RED', uid: dashboardUids.red, tooltip: 'The requests of the same time' },
  ],
  rows: [
    row('Logs', [
      timeseries({
        title: 'Log lines by level',
        description:
          'Log lines by level. Normal: info in proportion to requests, hardly any errors. Select a burst with the mouse to narrow everything below to it.',
        unit: 'count',
        width: 24,
        height: 6,
        bars: true,
        stack: true,
        empty: 'No log line in this time',
        queries: [logql(linesPerLevel({ text: '$search' }), '{{detected_level}}')],
        overrides: [
          { series: 'trace|debug', colour: 'muted' },
          { series: 'info', colour: 'good' },
          { series: 'warn|warning', colour: 'warning' },
          { series: 'error', colour: 'bad' },
          { series: 'fatal|critical', colour: 'accent' },
        ],
      }),
      logs({
        title: 'Errors',
        description:
          'Lines of level error and worse, newest first. Normal: empty. Open a line for its fields; its trace id leads to the trace of that request.',
        quiet: 'Nothing is logged as an error while nothing fails',
        queries: [
          logql(logLines({ levels: ['error', 'fatal', 'critical'], text: '$search', show: shownFields })),
        ],
      }),
    ]),
    row('Traces', [
      table({
        title: 'Failed traces',
        description:
          'Requests with an error in one of their spans. Normal: none. Click a trace id: the red span is where it failed, not always where it began.',
        unit: 'text',
        height: 10,
        quiet: 'No request fails while nothing is broken',
        empty: 'No trace failed in this time',
        queries: [traceql(spans({ status: 'error' }))],
        columns: traceColumns,
        overrides: traceWidths,
      }),
      table({
        title: 'Slow traces',
        description: `Requests slower than the objective of ${slow}. Normal: few. Click a trace id and look for the longest span without children.`,
        unit: 'text',
        height: 10,
        quiet: 'No request is slower than the objective while nothing is broken',
        empty: 'No trace was slow in this time',
        queries: [traceql(spans({ kind: 'server', slowerThan: slow }))],
        columns: traceColumns,
        overrides: traceWidths,
      }),
    ]),
    row('Between services', [
      nodeGraph({
        title: 'Service graph',
        description:
          'Who calls whom, from spans. Normal: green rings. A red part of a ring is the share of failed requests; click a node for its requests.',
        height: 12,
        width: 12,
        queries: [{ language: 'traceql', expr: '', serviceMap: true }],
      }),
      timeseries({
        title: 'Requests between services',
        description:
          'Requests per second of each edge of the graph, as the called side sees them. Normal: follows the traffic.',
        unit: 'requestsPerSecond',
        width: 6,
        height: 12,
        legend: 'list',
        queries: [
          promql(
            rate(serviceGraph.requests, { within: 'everything', by: ['client', 'server'] }),
            '{{client}} to {{server}}',
          ),
        ],
      }),
      timeseries({
        title: 'p95 between services',
        description:
          'p95 of each edge, as the called side measures it. Normal: flat. The edge that rises first is nearest to the cause.',
        unit: 'seconds',
        width: 6,
        height: 12,
        queries: [
          promql(
            quantile(0.95, serviceGraph.serverDuration, { within: 'everything', by: ['client', 'server'] }),
            '{{client}} to {{server}}',
          ),
        ],
      }),
    ]),
    row('Span metrics', [
      timeseries({
        title: 'Spans by name',
        description:
          'The ten busiest spans of the chosen services. Normal: in proportion to requests. A database span that outgrows its request is an N+1.',
        unit: 'operationsPerSecond',
        thresholds: plain,
        queries: [promql(top(10, rate(spanMetrics.calls, spanScope)), '{{service}} {{span_name}}')],
      }),
      timeseries({
        title: 'Failed spans',
        description:
          'Share of failed spans by service and name. Normal: 0. The innermost failing span of a request names the cause.',
        unit: 'ratio',
        queries: [
          promql(
            top(
              10,
              share(spanMetrics.calls, {
                within: 'everything',
                by: ['service', 'span_name'],
                among: chosen,
                of: { status_code: 'STATUS_CODE_ERROR' },
              }),
            ),
            '{{service}} {{span_name}}',
          ),
        ],
      }),
      timeseries({
        title: 'Slowest spans p95',
        description:
          'The ten slowest spans by p95. Normal: stable order. The one that moved up is the place to look.',
        unit: 'seconds',
        queries: [
          promql(top(10, quantile(0.95, spanMetrics.latency, spanScope)), '{{service}} {{span_name}}'),
        ],
      }),
    ]),
    row('One request: paste its trace id above', [
      traces({
        title: 'Trace',
        description:
          'The request whose trace id stands above, span by span. The longest bar without children is where the time went.',
        queries: [traceql('$chosen_trace')],
      }),
      logs({
        title: 'Log lines of the trace',
        description:
          'Everything all services logged for this request, in order. Normal: one line per service and job.',
        quiet: 'It waits for a trace id to be chosen',
        queries: [logql(logLines({ field: [traceIdField, '${trace:raw}'], show: shownFields }))],
      }),
    ]),
  ],
  exclusions: [...mixedSignals(), ...derivedFromSpans()],
})

function mixedSignals(): Exclusion[] {
  return [
    {
      rule: 'target-promql-rule',
      panels: ['Log lines by level', 'Failed traces', 'Slow traces'],
      reason:
        'The panel asks Loki or Tempo; the rule takes every query of a dashboard whose first source is Prometheus for PromQL',
    },
  ]
}

function derivedFromSpans(): Exclusion[] {
  return ['target-job-rule', 'target-instance-rule'].map(rule => ({
    rule,
    panels: [
      'Requests between services',
      'p95 between services',
      'Spans by name',
      'Failed spans',
      'Slowest spans p95',
    ],
    reason:
      'Metrics Tempo derives from spans name services, not scraped processes; $job narrows them by service where it can',
  }))
}
