/** The lab's servers in one process: stores in threads of their own, and one port in front of them. */
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { createReceiver, isReceiverPath } from '../compose/receiver/receiver.ts'
import type { PortName } from '../contract/ports.ts'
import type { Preset } from '../contract/windows.ts'
import * as logql from '../engines/logql/serve/api.ts'
import * as promql from '../engines/promql/serve/api.ts'
import { responder } from '../engines/serve/server.ts'
import * as traceql from '../engines/traceql/serve/api.ts'
import { alertsApi } from './alerts/api.ts'
import { readAlertConfig } from './alerts/config.ts'
import { createNotifier } from './alerts/notifier.ts'
import { readConfiguration } from './config.ts'
import { type LabServer, type Route, startServer } from './http.ts'
import type { LogsStatus } from './logs/thread.ts'
import type { SentAlert } from './metrics/rules.ts'
import { type ScrapeTarget, startScraper } from './metrics/scraper.ts'
import type { MetricsStatus } from './metrics/thread.ts'
import { otlpRoute, otlpTypes } from './otlp/receiver.ts'
import type { Taken } from './otlp/response.ts'
import type { Signal } from './otlp/schema.ts'
import { ownApi } from './own-api.ts'
import { ownMetrics } from './own-metrics.ts'
import { kept, type LabStatus } from './status.ts'
import { type StoreThread, startThread } from './threads.ts'
import type { TracesStatus } from './traces/thread.ts'

interface LabOptions {
  root: string
  preset: Preset
  ports: Record<PortName, number>
  hasShop: boolean
  hasLoad: boolean
  /** `host:port` of somebody's own services. */
  scrape?: readonly string[]
  rulesFolder?: string | undefined
  dashboardsFolder?: string | undefined
  /** Asked before those of the lab, such as the page's. */
  routes?: readonly Route[]
}

interface Lab {
  ports: { page: number; otlp: number }
  status(): Promise<LabStatus>
  stop(): Promise<void>
}

const host = '127.0.0.1'
const queryTimeout = 30_000

export async function startLab(options: LabOptions): Promise<Lab> {
  const { root, preset, ports, hasShop, hasLoad, rulesFolder } = options
  const dashboardsFolder = options.dashboardsFolder ?? join(root, 'generated', 'dashboards')
  const configuration = readConfiguration({ root, preset, ports, rulesFolder, hasShop })
  const pageUrl = `http://localhost:${ports.grafana}`
  const alertChannel = new MessageChannel()
  const closers: (() => unknown)[] = []
  const startedAt = new Date().toISOString()
  const worker = (path: string) => new URL(path, import.meta.url)
  const timeout = queryTimeout

  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  }

  try {
    const [metrics, logs, traces] = await Promise.all([
      startThread({
        worker: worker('./metrics/thread.ts'),
        settings: {
          alerts: alertChannel.port2,
          retention: preset.retention * 1000,
          maxSamples: kept.metrics.samples,
          maxExemplars: configuration.maxExemplars,
          ruleFiles: configuration.ruleFiles,
          evaluationInterval: configuration.evaluationInterval,
          externalLabels: configuration.externalLabels,
          externalUrl: pageUrl,
        },
        transfer: [alertChannel.port2],
        timeout,
        errorAnswer: promql.errorAnswer,
      }),
      startThread({
        worker: worker('./logs/thread.ts'),
        settings: { ...kept.logs, retention: kept.logs.seconds * 1000 },
        timeout,
        errorAnswer: logql.errorAnswer,
      }),
      startThread({
        worker: worker('./traces/thread.ts'),
        settings: { mostSpans: kept.traces.spans, retention: kept.traces.seconds * 1000 },
        timeout,
        errorAnswer: traceql.errorAnswer,
      }),
    ])
    closers.push(() => Promise.all([metrics.close(), logs.close(), traces.close()]))
    const alertConfig = readAlertConfig(configuration.alertmanager)
    const notifier = createNotifier(alertConfig, pageUrl)
    alertChannel.port1.on('message', (alerts: readonly SentAlert[]) => notifier.take(alerts))
    closers.push(() => alertChannel.port1.close(), notifier.stop)

    const rates = createRates()
    const status = async (): Promise<LabStatus> => {
      const [metricsStatus, logsStatus, tracesStatus] = await Promise.all([
        metrics.send<MetricsStatus>({ kind: 'status' }),
        logs.send<LogsStatus>({ kind: 'status' }),
        traces.send<TracesStatus>({ kind: 'status' }),
      ])
      return {
        preset: preset.name,
        startedAt,
        scrapeInterval: preset.scrapeInterval,
        metrics: metricsStatus,
        logs: logsStatus,
        traces: tracesStatus,
        spansPerSecond: rates.of('traces'),
        linesPerSecond: rates.of('logs'),
        kept,
      }
    }

    const notifierStatus = () => {
      const states = notifier.alerts().map(alert => notifier.inhibitedBy(alert).length > 0)
      return { ...notifier.counts(), suppressed: states.filter(Boolean).length, alerts: states.length }
    }
    const stores: Partial<Record<Signal, StoreThread>> = { logs, traces }
    const refused = { traces: 0, logs: 0, metrics: 0 }
    const otlp = otlpRoute({
      waiting: () => [metrics, logs, traces].reduce((sum, thread) => sum + thread.waiting().bytes, 0),
      onRefused: signal => {
        refused[signal]++
      },
      async take(signal, bytes, isJson) {
        const taken = await (stores[signal] ?? metrics).send<Taken>({ kind: signal, bytes, isJson })
        rates.add(signal, taken.count)
        return taken
      },
    })
    const receive = createReceiver({
      grafanaUrl: pageUrl,
      alertmanagerUrl: `http://${host}:${ports.grafana}`,
      otlpEndpoint: `http://${host}:${ports.otlpHttp}`,
      print: () => {},
    })
    const page = await startServer({
      host,
      port: ports.grafana,
      types: ['application/json', 'application/x-www-form-urlencoded'],
      routes: [
        ...(options.routes ?? []),
        ownApi({ dashboardsFolder, hasShop, status }),
        ownMetrics(async () => ({ ...(await status()), refused, notifier: notifierStatus() })),
        { matches: isReceiverPath, handle: receive },
        alertsApi(notifier, alertConfig),
        apiRoute(metrics, promql),
        apiRoute(logs, logql),
        apiRoute(traces, traceql, {
          '/api/echo': { status: 200, body: 'echo', type: 'text/plain; charset=utf-8' },
        }),
      ],
    })
    closers.push(page.close)
    const otlpServer: LabServer = await startServer({
      host,
      port: ports.otlpHttp,
      types: otlpTypes,
      routes: [otlp],
    })
    closers.push(otlpServer.close)

    const targets = configuration.targets
      .filter(({ job }) => job === 'lab' || (job === 'load' ? hasLoad : hasShop))
      .concat((options.scrape ?? []).map((instance): ScrapeTarget => ({ job: instance, instance })))
    const { scrapeInterval: interval, scrapeTimeout } = configuration
    const scraper = startScraper({
      targets,
      interval,
      timeout: scrapeTimeout,
      take: scrape => metrics.send({ kind: 'scrape', scrape }),
    })
    closers.push(scraper.stop)
    const spanMetrics = setInterval(async () => {
      const text = await traces.send<string>({ kind: 'metrics' })
      await metrics.send({ kind: 'own', text, time: Date.now() })
    }, interval)
    closers.push(() => clearInterval(spanMetrics))
    return { ports: { page: page.port, otlp: otlpServer.port }, status, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type EngineApi = typeof promql | typeof logql | typeof traceql

function apiRoute(
  { evaluator }: StoreThread,
  { endpointAt, errorAnswer }: Pick<EngineApi, 'endpointAt' | 'errorAnswer'>,
  fixed: Parameters<typeof responder>[1]['fixed'] = {},
): Route {
  return {
    matches: path => Object.hasOwn(fixed, path) || endpointAt(path) !== undefined,
    handle: responder(evaluator, { endpointAt, errorAnswer, fixed }),
  }
}

/** How many of each came per second, over the last ten. */
function createRates() {
  const seconds = 10
  const counts = new Map<string, number[]>()
  const slot = () => Math.floor(Date.now() / 1000)
  return {
    add(name: string, count: number) {
      const found = counts.get(name) ?? Array.from({ length: seconds * 2 }, () => 0)
      counts.set(name, found)
      const at = slot()
      found[2 * (at % seconds)] =
        (found[2 * (at % seconds) + 1] === at ? found[2 * (at % seconds)]! : 0) + count
      found[2 * (at % seconds) + 1] = at
    },
    of(name: string): number {
      const found = counts.get(name) ?? []
      const now = slot()
      let sum = 0
      for (let i = 0; i < found.length; i += 2)
        if (found[i + 1]! < now && found[i + 1]! >= now - seconds) sum += found[i]!
      return sum / (seconds - 1)
    },
  }
}
