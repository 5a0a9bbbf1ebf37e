/** What the lab says of itself at /metrics, under the names of the servers whose part it plays. */
import {
  alertmanagerServer,
  collectorServer,
  lokiServer,
  prometheusServer,
  tempoServer,
} from '../contract/stack-signals.ts'
import type { NotifierStatus } from './alerts/alerting.ts'
import type { Route } from './http.ts'
import { largestBacklog } from './otlp/intake.ts'
import type { Signal } from './otlp/schema.ts'
import type { LabStatus } from './status.ts'

interface Told extends LabStatus {
  /** Requests of OTLP that were answered with an error. */
  refused: Record<Signal, number>
  /** Bytes that wait for their store. */
  waiting: Record<Signal, number>
  /** Undefined where another Alertmanager notifies. */
  notifier: NotifierStatus | undefined
  /** Histograms, as text. */
  durations: string
}

export function ownMetrics(status: () => Promise<Told>): Route {
  return {
    matches: path => path === '/metrics',
    async handle(_, response) {
      const text = exposition(await status())
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      response.end(text)
    },
  }
}

type Family = [metric: { name: string; kind: string; help: string }, rows: Row[]]
type Row = [labels: Record<string, string>, value: number]

function exposition({ metrics, logs, traces, refused, waiting, notifier, durations }: Told): string {
  const tenant = { tenant: 'single-tenant' }
  const ofGroups = (value: (group: Told['metrics']['groups'][number]) => number): Row[] =>
    metrics.groups.map(group => [{ rule_group: group.name }, value(group)])
  const families: Family[] = [
    [prometheusServer.series, [[{}, metrics.series]]],
    [prometheusServer.samplesAppended, [[{ type: 'float' }, metrics.samples + metrics.dropped]]],
    [prometheusServer.exemplars, [[{}, metrics.exemplars]]],
    [prometheusServer.outOfOrder, [[{}, metrics.refused.outOfOrder]]],
    [prometheusServer.duplicateTimestamps, [[{}, metrics.refused.duplicate]]],
    [prometheusServer.ruleGroupDuration, ofGroups(({ took }) => took / 1000)],
    [prometheusServer.ruleGroupInterval, ofGroups(({ interval }) => interval / 1000)],
    [prometheusServer.ruleFailures, ofGroups(({ failures }) => failures)],
    [prometheusServer.ruleIterationsMissed, ofGroups(({ missed }) => missed)],
    ...(notifier === undefined ? [] : ofNotifier(notifier)),
    [lokiServer.lines, [[tenant, logs.received]]],
    [lokiServer.streams, [[tenant, logs.streams]]],
    [tempoServer.spans, [[tenant, traces.received]]],
    [tempoServer.generatorSpans, [[tenant, traces.received]]],
    [tempoServer.generatorSeries, [[tenant, traces.series]]],
    [collectorServer.acceptedSpans, [[{ receiver: 'otlp' }, traces.received]]],
    [collectorServer.acceptedLogs, [[{ receiver: 'otlp' }, logs.received]]],
    [collectorServer.sentSpans, [[{ exporter: 'traces' }, traces.received]]],
    [collectorServer.sentLogs, [[{ exporter: 'logs' }, logs.received]]],
    // How many spans or lines a refused request held is not known.
    [countedAs(collectorServer.refusedSpans, 'Requests'), [[{ receiver: 'otlp' }, refused.traces]]],
    [countedAs(collectorServer.refusedLogs, 'Requests'), [[{ receiver: 'otlp' }, refused.logs]]],
    [countedAs(collectorServer.queueSize, 'Bytes'), ofSignals(signal => waiting[signal])],
    [countedAs(collectorServer.queueCapacity, 'Bytes'), ofSignals(() => largestBacklog)],
  ]
  return families.map(([metric, rows]) => familyText(metric, rows)).join('') + durations
}

function ofNotifier(notifier: NotifierStatus): Family[] {
  return [
    [
      alertmanagerServer.alerts,
      [
        [{ state: 'active' }, notifier.alerts - notifier.suppressed],
        [{ state: 'suppressed' }, notifier.suppressed],
      ],
    ],
    [alertmanagerServer.notifications, [[{ integration: 'webhook' }, notifier.notifications]]],
    [alertmanagerServer.notificationsFailed, [[{ integration: 'webhook' }, notifier.failed]]],
    [
      alertmanagerServer.silences,
      ['active', 'pending', 'expired'].map(
        (state): Row => [{ state }, notifier.silences.filter(each => each === state).length],
      ),
    ],
  ]
}

const ofSignals = (value: (signal: Signal) => number): Row[] =>
  (['metrics', 'logs', 'traces'] as const).map((exporter): Row => [{ exporter }, value(exporter)])

/** `Batches waiting to be sent` becomes `Bytes waiting to be sent`. */
const countedAs = <M extends { help: string }>(metric: M, what: string): M => ({
  ...metric,
  help: metric.help.replace(/^(Batches|Spans|Log records)/, what),
})

function familyText({ name, kind, help }: { name: string; kind: string; help: string }, rows: Row[]): string {
  const lines = rows.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`)
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`
}
