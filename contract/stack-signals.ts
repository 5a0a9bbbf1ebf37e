/**
 * What the observability stack says of itself, in the shape of the signals contract: names and labels as the servers
 * expose them, so that dashboards and alerts about the stack are typed like those about the service.
 */
import type { Kind, LabelSpec } from '../otel/signals.ts'

type StackRole = 'prometheus' | 'alertmanager' | 'loki' | 'tempo' | 'collector' | 'grafana'

interface StackMetric<K extends Kind = Kind, N extends string = string, L extends LabelSpec = LabelSpec> {
  kind: K
  name: N
  emittedBy: StackRole
  help: string
  labels: L
}

const tenant = 'tenants, one in a stack without authentication'
const reason = 'reasons the server lists'
const ruleGroup = 'rule groups, as file;group'
const route = 'routes of the server'
const statusCode = 'HTTP status codes, or success and error'
const receiver = 'receivers configured in the collector'
const exporter = 'exporters configured in the collector'

/** Written by Prometheus itself for each target and each alert. */
export const prometheusOwn = {
  up: gauge('prometheus', 'up', '1 when the last scrape of the target succeeded'),
  scrapeDuration: gauge('prometheus', 'scrape_duration_seconds', 'Time the last scrape took'),
  scrapeSamples: gauge('prometheus', 'scrape_samples_scraped', 'Samples the last scrape brought'),
  alerts: gauge('prometheus', 'ALERTS', '1 for each alert that is pending or firing', {
    alertname: 'alerts of the rules',
    alertstate: ['pending', 'firing'],
    severity: ['page', 'ticket', 'none'],
    service: 'services the alert is about',
    slo: 'objectives, for burn-rate alerts',
  }),
}

/** Written into the store of the lab before Prometheus starts, so that there is a past to look at. */
export const history = {
  synthetic: gauge('prometheus', 'lab_history_synthetic', '1 where what is stored was invented'),
}

export const prometheusServer = {
  series: gauge('prometheus', 'prometheus_tsdb_head_series', 'Series in memory'),
  samplesAppended: counter('prometheus', 'prometheus_tsdb_head_samples_appended_total', 'Samples stored', {
    type: ['float', 'histogram'],
  }),
  blockBytes: gauge('prometheus', 'prometheus_tsdb_storage_blocks_bytes', 'Size of the blocks on disk'),
  exemplars: gauge(
    'prometheus',
    'prometheus_tsdb_exemplar_exemplars_in_storage',
    'Exemplars held; none means the exemplar storage is off',
  ),
  outOfOrder: counter(
    'prometheus',
    'prometheus_target_scrapes_sample_out_of_order_total',
    'Scraped samples refused because they came out of order',
  ),
  duplicateTimestamps: counter(
    'prometheus',
    'prometheus_target_scrapes_sample_duplicate_timestamp_total',
    'Scraped samples refused because another value has their timestamp',
  ),
  ruleGroupDuration: gauge(
    'prometheus',
    'prometheus_rule_group_last_duration_seconds',
    'Time the last evaluation of a rule group took',
    { rule_group: ruleGroup },
  ),
  ruleGroupInterval: gauge(
    'prometheus',
    'prometheus_rule_group_interval_seconds',
    'Time between two evaluations of a rule group',
    { rule_group: ruleGroup },
  ),
  ruleFailures: counter(
    'prometheus',
    'prometheus_rule_evaluation_failures_total',
    'Rule evaluations that failed',
    { rule_group: ruleGroup },
  ),
  ruleIterationsMissed: counter(
    'prometheus',
    'prometheus_rule_group_iterations_missed_total',
    'Evaluations of a rule group skipped because the one before was too slow',
    { rule_group: ruleGroup },
  ),
  notificationsSent: counter(
    'prometheus',
    'prometheus_notifications_sent_total',
    'Alerts sent to an Alertmanager',
    { alertmanager: 'Alertmanagers by URL' },
  ),
  notificationErrors: counter(
    'prometheus',
    'prometheus_notifications_errors_total',
    'Alerts an Alertmanager did not take',
    { alertmanager: 'Alertmanagers by URL' },
  ),
  notificationsDropped: counter(
    'prometheus',
    'prometheus_notifications_dropped_total',
    'Alerts lost on the way to every Alertmanager',
  ),
  alertmanagers: gauge(
    'prometheus',
    'prometheus_notifications_alertmanagers_discovered',
    'Alertmanagers that are known',
  ),
  configReloaded: gauge(
    'prometheus',
    'prometheus_config_last_reload_successful',
    '1 when the running configuration is the one on disk',
  ),
  queryDuration: gauge(
    'prometheus',
    'prometheus_engine_query_duration_seconds',
    'Time of queries by stage, a summary',
    { quantile: ['0.5', '0.9', '0.99'], slice: ['inner_eval', 'prepare_time', 'queue_time', 'result_sort'] },
  ),
}

export const alertmanagerServer = {
  alerts: gauge('alertmanager', 'alertmanager_alerts', 'Alerts held by state', {
    state: ['active', 'suppressed', 'unprocessed'],
  }),
  silences: gauge('alertmanager', 'alertmanager_silences', 'Silences by state', {
    state: ['active', 'pending', 'expired'],
  }),
  notifications: counter('alertmanager', 'alertmanager_notifications_total', 'Notifications tried', {
    integration: 'kinds of receivers',
  }),
  notificationsFailed: counter(
    'alertmanager',
    'alertmanager_notifications_failed_total',
    'Notifications that failed',
    { integration: 'kinds of receivers' },
  ),
  notificationLatency: histogram(
    'alertmanager',
    'alertmanager_notification_latency_seconds',
    'Time to deliver a notification',
    { integration: 'kinds of receivers' },
  ),
  configReloaded: gauge(
    'alertmanager',
    'alertmanager_config_last_reload_successful',
    '1 when the running configuration is the one on disk',
  ),
}

export const lokiServer = {
  lines: counter('loki', 'loki_distributor_lines_received_total', 'Log lines received', { tenant }),
  bytes: counter('loki', 'loki_distributor_bytes_received_total', 'Bytes of log lines received', { tenant }),
  discarded: counter('loki', 'loki_discarded_samples_total', 'Log lines refused', { reason, tenant }),
  streams: gauge('loki', 'loki_ingester_memory_streams', 'Streams in memory', { tenant }),
  requests: histogram('loki', 'loki_request_duration_seconds', 'Requests answered', {
    method: 'HTTP and gRPC methods',
    route,
    status_code: statusCode,
  }),
}

export const tempoServer = {
  spans: counter('tempo', 'tempo_distributor_spans_received_total', 'Spans received', { tenant }),
  bytes: counter('tempo', 'tempo_distributor_bytes_received_total', 'Bytes of spans received', { tenant }),
  discarded: counter('tempo', 'tempo_discarded_spans_total', 'Spans refused', { reason, tenant }),
  generatorSpans: counter(
    'tempo',
    'tempo_metrics_generator_spans_received_total',
    'Spans the metrics generator has read',
    { tenant },
  ),
  generatorSeries: gauge(
    'tempo',
    'tempo_metrics_generator_registry_active_series',
    'Series the metrics generator writes',
    { tenant },
  ),
  requests: histogram('tempo', 'tempo_request_duration_seconds', 'Requests answered', {
    method: 'HTTP and gRPC methods',
    route,
    status_code: statusCode,
  }),
}

export const collectorServer = {
  acceptedSpans: counter('collector', 'otelcol_receiver_accepted_spans', 'Spans taken in', {
    receiver,
  }),
  refusedSpans: counter('collector', 'otelcol_receiver_refused_spans', 'Spans turned away', {
    receiver,
  }),
  acceptedLogs: counter('collector', 'otelcol_receiver_accepted_log_records', 'Log records taken in', {
    receiver,
  }),
  refusedLogs: counter('collector', 'otelcol_receiver_refused_log_records', 'Log records turned away', {
    receiver,
  }),
  sentSpans: counter('collector', 'otelcol_exporter_sent_spans', 'Spans passed on', { exporter }),
  failedSpans: counter('collector', 'otelcol_exporter_send_failed_spans', 'Spans lost on sending', {
    exporter,
  }),
  sentLogs: counter('collector', 'otelcol_exporter_sent_log_records', 'Log records passed on', {
    exporter,
  }),
  failedLogs: counter(
    'collector',
    'otelcol_exporter_send_failed_log_records',
    'Log records lost on sending',
    { exporter },
  ),
  queueSize: gauge('collector', 'otelcol_exporter_queue_size', 'Batches waiting to be sent', { exporter }),
  queueCapacity: gauge('collector', 'otelcol_exporter_queue_capacity', 'Batches that may wait', { exporter }),
}

export const grafanaServer = {
  requests: histogram('grafana', 'grafana_http_request_duration_seconds', 'Requests answered', {
    handler: 'routes of the server',
    method: 'HTTP methods',
    status_code: 'HTTP status codes',
  }),
}

/** What Tempo's metrics generator derives from spans and writes to Prometheus; it carries no job and instance. */
export const spanMetrics = {
  calls: counter('tempo', 'traces_spanmetrics_calls_total', 'Spans seen', {
    service: 'services that sent spans',
    span_name: 'names of spans',
    span_kind: 'kinds of spans',
    status_code: ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'],
  }),
  latency: histogram('tempo', 'traces_spanmetrics_latency', 'Duration of spans in seconds', {
    service: 'services that sent spans',
    span_name: 'names of spans',
    span_kind: 'kinds of spans',
    status_code: ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'],
  }),
}

export const serviceGraph = {
  requests: counter('tempo', 'traces_service_graph_request_total', 'Requests between two services', {
    client: 'calling services',
    server: 'called services',
    connection_type: 'empty, or database or messaging_system',
  }),
  failed: counter('tempo', 'traces_service_graph_request_failed_total', 'Failed requests between services', {
    client: 'calling services',
    server: 'called services',
    connection_type: 'empty, or database or messaging_system',
  }),
  serverDuration: histogram(
    'tempo',
    'traces_service_graph_request_server_seconds',
    'Time of requests between two services, as the called one sees it',
    {
      client: 'calling services',
      server: 'called services',
      connection_type: 'empty, or database or messaging_system',
    },
  ),
}

const stackSignals = {
  prometheusOwn,
  history,
  prometheusServer,
  alertmanagerServer,
  lokiServer,
  tempoServer,
  collectorServer,
  grafanaServer,
  spanMetrics,
  serviceGraph,
} as const

export const allStackMetrics: readonly StackMetric[] = Object.values(stackSignals).flatMap(group =>
  Object.values(group),
)

function counter<const N extends string, const L extends LabelSpec = Record<never, never>>(
  emittedBy: StackRole,
  name: N,
  help: string,
  labels?: L,
): StackMetric<'counter', N, L> {
  return { kind: 'counter', name, emittedBy, help, labels: labels ?? ({} as L) }
}

function gauge<const N extends string, const L extends LabelSpec = Record<never, never>>(
  emittedBy: StackRole,
  name: N,
  help: string,
  labels?: L,
): StackMetric<'gauge', N, L> {
  return { kind: 'gauge', name, emittedBy, help, labels: labels ?? ({} as L) }
}

function histogram<const N extends string, const L extends LabelSpec>(
  emittedBy: StackRole,
  name: N,
  help: string,
  labels: L,
): StackMetric<'histogram', N, L> {
  return { kind: 'histogram', name, emittedBy, help, labels }
}
