import { matches, not } from '../contract/expr.ts'
import { dashboardUids } from '../contract/links.ts'
import {
  alertmanagerServer,
  collectorServer,
  grafanaServer,
  lokiServer,
  prometheusOwn,
  prometheusServer,
  tempoServer,
} from '../contract/stack-signals.ts'
import { telemetry } from '../otel/signals.ts'
import { row, stateTimeline, timeseries } from './kit/panels.ts'
import { orZero, promql, quantile, rate, ratio, series, share, value } from './kit/queries.ts'
import { processVariables, prometheusSource } from './kit/variables.ts'
import { dashboard } from './shop-dashboard.ts'
import { below } from './thresholds.ts'

const perGroup = { by: ['rule_group'] } as const
/** Between their own parts Loki and Tempo keep calls open for minutes. */
const overHttp = { where: { method: not('gRPC') } } as const

export const stack = dashboard({
  file: import.meta.url,
  uid: dashboardUids.stack,
  title: 'The stack itself',
  description:
    'Whether the monitoring can be believed: what Prometheus, Alertmanager, Loki, Tempo, the collector and Grafana say of themselves, and what the service could not deliver.',
  variables: [prometheusSource, ...processVariables(series(prometheusOwn.up, { within: 'everything' }))],
  links: [
    { kind: 'dashboard', title: 'Overview', uid: dashboardUids.overview, tooltip: 'The service itself' },
  ],
  rows: [
    row('Scraping', [
      stateTimeline({
        title: 'Targets',
        description:
          'Whether Prometheus could scrape each target. Normal: all up. A target that is down shows nothing elsewhere, and that is not the same as nothing being wrong.',
        unit: 'none',
        width: 12,
        height: 9,
        mappings: [
          { value: '0', text: 'down', colour: 'bad' },
          { value: '1', text: 'up', colour: 'good' },
        ],
        queries: [
          promql(value('max', prometheusOwn.up, { by: ['job', 'instance'] }), '{{job}} {{instance}}'),
        ],
      }),
      timeseries({
        title: 'Scrape duration',
        description:
          'Time of a scrape by job. Normal: well below the interval. A slow one has too many series or a busy event loop.',
        unit: 'seconds',
        width: 6,
        height: 9,
        queries: [promql(value('max', prometheusOwn.scrapeDuration, { by: ['job'] }), '{{job}}')],
      }),
      timeseries({
        title: 'Series by job',
        description:
          'Samples of one scrape by job, which is its number of series. Normal: flat. Growth without new instances is a label with unbounded values.',
        unit: 'count',
        decimals: 0,
        width: 6,
        height: 9,
        queries: [promql(value('sum', prometheusOwn.scrapeSamples, { by: ['job'] }), '{{job}}')],
      }),
    ]),
    row('Prometheus', [
      timeseries({
        title: 'Samples stored',
        description:
          'Samples per second. Normal: flat. It moves with the number of targets and their series only.',
        unit: 'perSecond',
        width: 6,
        queries: [promql(rate(prometheusServer.samplesAppended), 'samples')],
      }),
      timeseries({
        title: 'Series in memory',
        description:
          'Series of the last hours. Normal: flat after two hours. This is what its memory depends on.',
        unit: 'count',
        width: 6,
        queries: [promql(value('sum', prometheusServer.series), 'series')],
      }),
      timeseries({
        title: 'Rule evaluation over interval',
        description:
          'Time of the last evaluation of each rule group as share of its interval. Normal: a few per cent. At 100 % evaluations are skipped and alerts come late.',
        unit: 'ratio',
        width: 6,
        limit: true,
        thresholds: below(0.8),
        queries: [
          promql(
            ratio(
              value('max', prometheusServer.ruleGroupDuration, perGroup),
              value('max', prometheusServer.ruleGroupInterval, perGroup),
            ),
            '{{rule_group}}',
          ),
        ],
        legend: 'none',
      }),
      timeseries({
        title: 'Failures',
        description:
          'Rule evaluations that failed or were skipped, and alerts that could not be sent. Normal: none. Any of them means an alert may be missing.',
        unit: 'perSecond',
        width: 6,
        queries: [
          promql(orZero(rate(prometheusServer.ruleFailures)), 'rule failures'),
          promql(orZero(rate(prometheusServer.ruleIterationsMissed)), 'evaluations skipped'),
          promql(orZero(rate(prometheusServer.notificationErrors)), 'notification errors'),
          promql(orZero(rate(prometheusServer.notificationsDropped)), 'notifications dropped'),
        ],
      }),
    ]),
    row('Alertmanager', [
      timeseries({
        title: 'Alerts held',
        description:
          'Alerts by state. Normal: the watchdog alone. Suppressed ones are silenced or inhibited by a stronger alert.',
        unit: 'count',
        decimals: 0,
        queries: [promql(value('sum', alertmanagerServer.alerts, { by: ['state'] }), '{{state}}')],
      }),
      timeseries({
        title: 'Notifications',
        description:
          'Notifications tried and failed per second by integration. Normal: none failed. A failed one is a page nobody got.',
        unit: 'perSecond',
        queries: [
          promql(orZero(rate(alertmanagerServer.notifications)), 'tried'),
          promql(orZero(rate(alertmanagerServer.notificationsFailed)), 'failed'),
        ],
        overrides: [{ series: 'failed', colour: 'bad' }],
      }),
      timeseries({
        title: 'Notification p95',
        description:
          'p95 time to deliver a notification. Normal: below a second. It adds to the time to detect.',
        unit: 'seconds',
        quiet: 'No notification is sent while no alert fires',
        empty: 'No notification was sent in this time',
        queries: [promql(quantile(0.95, alertmanagerServer.notificationLatency), 'p95')],
      }),
    ]),
    row('Logs and traces', [
      timeseries({
        title: 'Log lines taken in',
        description:
          'Lines per second Loki received and refused. Normal: none refused. Refused lines are lost: the limits in its configuration say why.',
        unit: 'perSecond',
        queries: [
          promql(rate(lokiServer.lines), 'received'),
          promql(orZero(rate(lokiServer.discarded)), 'refused'),
        ],
        overrides: [{ series: 'refused', colour: 'bad' }],
      }),
      timeseries({
        title: 'Spans taken in',
        description:
          'Spans per second Tempo received and refused. Normal: none refused; received is the sampled share of all spans.',
        unit: 'perSecond',
        queries: [
          promql(rate(tempoServer.spans), 'received'),
          promql(orZero(rate(tempoServer.discarded)), 'refused'),
          promql(rate(tempoServer.generatorSpans), 'read for span metrics'),
        ],
        overrides: [{ series: 'refused', colour: 'bad' }],
      }),
      timeseries({
        title: 'Answer time p95',
        description:
          'p95 of the requests Loki, Tempo and Grafana answer. Normal: below a second. Slow panels start here.',
        unit: 'seconds',
        empty: 'None of them is scraped',
        queries: [
          promql(quantile(0.95, lokiServer.requests, overHttp), 'Loki'),
          promql(quantile(0.95, tempoServer.requests, overHttp), 'Tempo'),
          promql(quantile(0.95, grafanaServer.requests), 'Grafana'),
        ],
      }),
    ]),
    row('Collector', [
      timeseries({
        title: 'Spans through the collector',
        description:
          'Spans per second taken in, passed on, refused and lost. Normal: passed on equals taken in.',
        unit: 'perSecond',
        queries: [
          promql(rate(collectorServer.acceptedSpans), 'taken in'),
          promql(rate(collectorServer.sentSpans), 'passed on'),
          promql(orZero(rate(collectorServer.refusedSpans)), 'refused'),
          promql(orZero(rate(collectorServer.failedSpans)), 'lost'),
        ],
        overrides: [{ series: 'refused|lost', colour: 'bad' }],
      }),
      timeseries({
        title: 'Log records through the collector',
        description:
          'Log records per second taken in, passed on, refused and lost. Normal: passed on equals taken in.',
        unit: 'perSecond',
        queries: [
          promql(rate(collectorServer.acceptedLogs), 'taken in'),
          promql(rate(collectorServer.sentLogs), 'passed on'),
          promql(orZero(rate(collectorServer.refusedLogs)), 'refused'),
          promql(orZero(rate(collectorServer.failedLogs)), 'lost'),
        ],
        overrides: [{ series: 'refused|lost', colour: 'bad' }],
      }),
      timeseries({
        title: 'Sending queue',
        description:
          'Share of the sending queue that is filled, by exporter. Normal: near 0. At 100 % the collector refuses data and the service drops it.',
        unit: 'ratio',
        empty: 'The collector is not scraped',
        decimals: 0,
        max: 1,
        queries: [
          promql(
            ratio(
              value('max', collectorServer.queueSize, { by: ['exporter'] }),
              value('max', collectorServer.queueCapacity, { by: ['exporter'] }),
            ),
            '{{exporter}}',
          ),
        ],
      }),
    ]),
    row('What the service could not deliver', [
      timeseries({
        title: 'Telemetry by outcome',
        description:
          'Spans and log lines per second by what became of them. Normal: all sent. Dropped ones were too many for the queue, failed ones could not be sent.',
        unit: 'perSecond',
        queries: [promql(rate(telemetry.items, { by: ['signal', 'outcome'] }), '{{signal}} {{outcome}}')],
        overrides: [
          { series: '.* dropped', colour: 'bad' },
          { series: '.* failed', colour: 'warning' },
          { series: 'logs sent', colour: 'good' },
          { series: 'traces sent', colour: 'neutral' },
        ],
      }),
      timeseries({
        title: 'Share lost',
        description:
          'Share of spans and log lines that were not sent. Normal: 0. Logs and traces of such a time are not the whole truth.',
        unit: 'ratio',
        limit: true,
        thresholds: below(0.01),
        queries: [
          promql(
            share(telemetry.items, { of: { outcome: matches('failed|dropped') }, by: ['job', 'signal'] }),
            '{{job}} {{signal}}',
          ),
        ],
      }),
      timeseries({
        title: 'Telemetry queue',
        description:
          'Share of the service’s own queue that is filled. Normal: near 0. Full means the collector is slow or gone.',
        unit: 'ratio',
        decimals: 0,
        max: 1,
        queries: [
          promql(
            ratio(
              value('max', telemetry.queued, { by: ['job', 'signal'] }),
              value('max', telemetry.queueMax, { by: ['job', 'signal'] }),
            ),
            '{{job}} {{signal}}',
          ),
        ],
      }),
    ]),
  ],
})
