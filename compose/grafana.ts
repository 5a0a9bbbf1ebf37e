/** Grafana: read-only, anonymous on loopback, offline, and with every way from one signal to the next. */

import { duration } from '../contract/durations.ts'
import { dashboardUids } from '../contract/links.ts'
import type { Preset } from '../contract/windows.ts'
import { httpServer, traceIdField } from '../otel/signals.ts'
import type { Target } from './targets.ts'

/** Grafana puts the labels of the span where `$__tags` stands. */
const requests = (part: 'count' | 'bucket', more = '') =>
  `rate(${httpServer.duration.name}_${part}{$__tags${more}}[$__rate_interval])`

/** What a span offers to look at in the metrics of its service. */
const metricsOfTheService = [
  { name: 'Request rate of the service', query: `sum by (http_route) (${requests('count')})` },
  {
    name: 'Error ratio of the service',
    query: `sum(${requests('count', ', http_response_status_code=~"5.."')}) / sum(${requests('count')})`,
  },
  {
    name: 'Latency of the service, 95th percentile',
    query: `histogram_quantile(0.95, sum by (le) (${requests('bucket')}))`,
  },
]

export const datasources = {
  metrics: 'prometheus',
  logs: 'loki',
  traces: 'tempo',
  alerts: 'alertmanager',
} as const

export function datasourcesConfig(target: Target, preset: Preset) {
  const url = (...server: Parameters<Target['address']>) => `http://${target.address(...server)}`
  const common = { access: 'proxy', editable: false }
  return {
    apiVersion: 1,
    prune: true,
    datasources: [
      {
        name: 'Prometheus',
        type: 'prometheus',
        uid: datasources.metrics,
        url: url('prometheus', 'prometheus'),
        isDefault: true,
        ...common,
        jsonData: {
          httpMethod: 'POST',
          timeInterval: duration(preset.scrapeInterval),
          manageAlerts: true,
          exemplarTraceIdDestinations: [
            { name: traceIdField, urlDisplayLabel: 'Trace and its logs', url: investigation },
            { name: traceIdField, urlDisplayLabel: 'Trace', datasourceUid: datasources.traces },
          ],
        },
      },
      {
        name: 'Loki',
        type: 'loki',
        uid: datasources.logs,
        url: url('loki', 'loki'),
        ...common,
        jsonData: {
          // Loki has no ruler here; Grafana's list of alerts would ask it for one.
          manageAlerts: false,
          derivedFields: [
            {
              name: 'Trace',
              ...traceIdLabel,
              url: rawValue,
              urlDisplayLabel: 'Open the trace',
              datasourceUid: datasources.traces,
            },
            {
              name: 'Trace and its logs',
              ...traceIdLabel,
              url: investigation,
              urlDisplayLabel: 'Open both',
            },
          ],
        },
      },
      {
        name: 'Tempo',
        type: 'tempo',
        uid: datasources.traces,
        url: url('tempo', 'tempo'),
        ...common,
        jsonData: {
          tracesToLogsV2: {
            datasourceUid: datasources.logs,
            spanStartTimeShift: '-1m',
            spanEndTimeShift: '1m',
            tags: [{ key: 'service.name', value: 'service_name' }],
            customQuery: true,
            query: escaped(`{\${__tags}} | ${traceIdField} = "\${__trace.traceId}"`),
          },
          tracesToMetrics: {
            datasourceUid: datasources.metrics,
            spanStartTimeShift: '-15m',
            spanEndTimeShift: '15m',
            tags: [{ key: 'service.name', value: 'job' }],
            queries: metricsOfTheService.map(({ name, query }) => ({ name, query: escaped(query) })),
          },
          serviceMap: { datasourceUid: datasources.metrics },
          nodeGraph: { enabled: true },
        },
      },
      {
        name: 'Alertmanager',
        type: 'alertmanager',
        uid: datasources.alerts,
        url: url('alertmanager', 'alertmanager'),
        ...common,
        jsonData: { implementation: 'prometheus', handleGrafanaManagedAlerts: false },
      },
    ],
  }
}

export function dashboardsConfig(target: Target) {
  return {
    apiVersion: 1,
    providers: [
      {
        name: 'sightline',
        folder: 'Sightline',
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: target.generated('dashboards') },
      },
    ],
  }
}

/** As environment variables, which override whatever file the image or package brings. */
export function grafanaSettings(target: Target, provisioning: string): Record<string, string> {
  return {
    GF_PATHS_DATA: target.data('grafana'),
    GF_PATHS_PROVISIONING: provisioning,
    GF_SERVER_HTTP_ADDR: target.listen,
    GF_SERVER_HTTP_PORT: String(target.port('grafana')),
    GF_LOG_LEVEL: 'warn',
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${target.generated('dashboards')}/${dashboardUids.overview}.json`,
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    // Viewers may follow a trace into Explore and try queries; none of it can be saved.
    GF_USERS_VIEWERS_CAN_EDIT: 'true',
    GF_AUTH_BASIC_ENABLED: 'false',
    GF_AUTH_DISABLE_LOGIN_FORM: 'true',
    // Nobody can log in, so no account needs a password.
    GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
    GF_SECURITY_DISABLE_GRAVATAR: 'true',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
    GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
  }
}

/** Where packages put what the program serves; an image knows its own. */
export function grafanaArguments(): string[] {
  return ['server', '--homepath', '/usr/share/grafana']
}

const traceIdLabel = { matcherType: 'label', matcherRegex: traceIdField }

/** One page with the trace and its log lines, beside the way into Explore. */
const rawValue = escaped(`\${__value.raw}`)
const investigation = `/d/${dashboardUids.investigate}?var-trace=${rawValue}&${escaped('${__url_time_range}')}`

/** Grafana fills in environment variables in what it provisions; a doubled dollar sign stands for one. */
function escaped(text: string): string {
  return text.replaceAll('$', '$$$$')
}
