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
import { allowedHosts, createGuard } from '../otel/guard.ts'
import { startAlerting } from './alerts/alerting.ts'
import { readConfiguration } from './config.ts'
import { createDurations } from './durations.ts'
import { type LabServer, pathOf, type Route, startServer } from './http.ts'
import { createTail } from './logs/tail.ts'
import type { SentAlert } from './metrics/rules.ts'
import { type ScrapeTarget, scrapeIntervalAt, startScraper } from './metrics/scraper.ts'
import { grpcTypes, startGrpcServer } from './otlp/grpc.ts'
import { createIntake } from './otlp/intake.ts'
import { otlpRoute, otlpTypes } from './otlp/receiver.ts'
import type { Signal } from './otlp/schema.ts'
import { ownApi } from './own-api.ts'
import { ownMetrics } from './own-metrics.ts'
import { remoteWriteRoute, remoteWriteType } from './remote-write/receiver.ts'
import { runsApi } from './runs.ts'
import type { LabStatus } from './status.ts'
import { takeFolder } from './store/folder.ts'
import { startStores } from './stores.ts'
import type { StoreThread } from './threads.ts'
import { watchRules } from './watch-rules.ts'

interface LabOptions {
  root: string
  preset: Preset
  ports: Record<PortName, number>
  hasShop: boolean
  hasLoad: boolean
  /** Somebody's own services. */
  scrape?: readonly ScrapeTarget[]
  rulesFolder?: string | undefined
  dashboardsFolder?: string | undefined
  /** Undefined: nothing is kept on disk. */
  dataFolder?: string | undefined
  /** Bytes on disk at most. */
  size: number
  /** Whether an empty store begins with an invented past. */
  hasHistory: boolean
  /** A part of the lab has ended that the others cannot replace. */
  onFailure: (message: string) => void
  /** Something that whoever runs it should know. */
  onNotice: (text: string) => void
  /** Of an Alertmanager that is told of alerts instead of the lab's own notifier. */
  alertmanager?: string | undefined
  /** Asked before those of the lab, such as the page's. */
  routes?: readonly Route[]
}

export interface Lab {
  ports: { page: number; otlp: number; grpc: number }
  status(): Promise<LabStatus>
  stop(): Promise<void>
}

const host = '127.0.0.1'

export async function startLab(options: LabOptions): Promise<Lab> {
  const { root, preset, ports, hasShop, hasLoad, rulesFolder, dataFolder } = options
  const dashboardsFolder = options.dashboardsFolder ?? join(root, 'generated', 'dashboards')
  const configuration = readConfiguration({ root, preset, ports, rulesFolder, hasShop })
  const pageUrl = `http://localhost:${ports.grafana}`
  const alertChannel = new MessageChannel()
  const closers: (() => unknown)[] = []
  const startedAt = new Date().toISOString()

  const stop = async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  }

  try {
    const folder = dataFolder === undefined ? undefined : takeFolder(dataFolder, pageUrl)
    if (folder !== undefined) closers.push(folder.release)
    const stores = await startStores({
      folder,
      size: options.size,
      retention: preset.retention * 1000,
      history: hasShop && options.hasHistory ? preset.name : undefined,
      metrics: {
        maxExemplars: configuration.maxExemplars,
        ruleFiles: configuration.ruleFiles,
        evaluationInterval: configuration.evaluationInterval,
        externalLabels: configuration.externalLabels,
        externalUrl: pageUrl,
      },
      alerts: alertChannel.port2,
      onFailure: options.onFailure,
    })
    closers.push(stores.close)
    const { metrics, logs, traces } = stores
    const durations = createDurations()
    const alerting = startAlerting({
      configuration: configuration.alertmanager,
      pageUrl,
      file: folder?.alerts,
      alertmanager: options.alertmanager,
      onNotice: options.onNotice,
      onPosted: durations.notified,
    })
    const tail = createTail({ logs, send: stores.sendToLogs })
    const runs = await runsApi({ file: folder?.runs, pin: stores.pin })
    alertChannel.port1.on('message', (alerts: readonly SentAlert[]) => alerting.take(alerts))
    closers.push(() => alertChannel.port1.close(), alerting.stop)

    const rates = createRates()
    let isToldOfNames = false
    const status = async (): Promise<LabStatus> => {
      const ofStores = await stores.status()
      const { names, refused } = ofStores.metrics.described
      if (refused > 0 && !isToldOfNames) {
        isToldOfNames = true
        options.onNotice(
          `Types and help of metrics are kept for ${names} names; what is said of more is counted in /lab/api/status and not kept`,
        )
      }
      return {
        preset: preset.name,
        startedAt,
        scrapeInterval: preset.scrapeInterval,
        ...ofStores,
        spansPerSecond: rates.of('traces'),
        linesPerSecond: rates.of('logs'),
      }
    }

    const refused = { traces: 0, logs: 0, metrics: 0 }
    const onRefused = (signal: Signal) => {
      refused[signal]++
    }
    const intake = createIntake({
      waiting: stores.waiting,
      async take(signal: Signal, bytes, isJson) {
        const taken = await stores.take(signal, bytes, isJson)
        if (taken.tailed !== undefined) tail.take(taken.tailed)
        rates.add(signal, taken.count)
        return taken
      },
    })
    const write = remoteWriteRoute(createIntake({ waiting: stores.waiting, take: stores.takeWrite }))
    const otlp = otlpRoute({ intake, onRefused })
    const told = async () => ({
      ...(await status()),
      refused,
      waiting: stores.waitingBefore(),
      notifier: alerting.status(),
      durations: await durations.exposition(),
    })
    const receive = createReceiver({
      grafanaUrl: pageUrl,
      alertmanagerUrl: options.alertmanager ?? `http://${host}:${ports.grafana}`,
      otlpEndpoint: `http://${host}:${ports.otlpHttp}`,
      print: () => {},
    })
    const page = await startServer({
      host,
      port: ports.grafana,
      types: ['application/json', 'application/x-www-form-urlencoded', remoteWriteType],
      upgrades: [tail.upgrade],
      routes: [
        ...(options.routes ?? []).map(route => durations.timed('grafana', route)),
        durations.timed('grafana', runs),
        durations.timed('grafana', ownApi({ dashboardsFolder, hasShop, status })),
        durations.timed('grafana', ownMetrics(told)),
        { matches: isReceiverPath, handle: receive },
        alerting.route,
        write,
        apiRoute(metrics, promql),
        tail.route,
        durations.timed('loki', apiRoute(logs, logql)),
        durations.timed(
          'tempo',
          apiRoute(traces, traceql, {
            '/api/echo': { status: 200, body: 'echo', type: 'text/plain; charset=utf-8' },
          }),
        ),
      ],
    })
    closers.push(page.close)
    const otlpServer: LabServer = await startServer({
      host,
      port: ports.otlpHttp,
      types: otlpTypes,
      routes: [
        {
          matches: otlp.matches,
          handle(request, response) {
            const path = pathOf(request)
            if (path === '/v1/logs') durations.answered('loki', request, response)
            if (path === '/v1/traces') durations.answered('tempo', request, response)
            return otlp.handle(request, response)
          },
        },
      ],
    })
    closers.push(otlpServer.close)
    const grpcServer = await startGrpcServer({
      ...{ host, port: ports.otlpGrpc, intake, onRefused },
      guard: createGuard({ hosts: allowedHosts(), types: grpcTypes }),
    })
    closers.push(grpcServer.close)

    const targets = configuration.targets
      .filter(({ job }) => job === 'lab' || (job === 'load' ? hasLoad : hasShop))
      .concat(options.scrape ?? [])
    const { scrapeInterval: interval, scrapeTimeout } = configuration
    const scraper = startScraper({
      targets,
      interval,
      timeout: scrapeTimeout,
      take: scrape => metrics.send<string | undefined>({ kind: 'scrape', scrape }),
      onNotice: options.onNotice,
    })
    closers.push(scraper.stop)
    if (rulesFolder !== undefined)
      closers.push(
        watchRules({
          ...{ folder: rulesFolder, files: configuration.ruleFiles, onNotice: options.onNotice },
          use: files => metrics.send({ kind: 'rules', files }),
        }).stop,
      )
    let spanMetrics: NodeJS.Timeout
    const tellOfSpans = async () => {
      try {
        const text = await stores.spanMetrics()
        await metrics.send({ kind: 'own', text, time: Date.now() })
      } catch (error) {
        console.error('Cannot take in the metrics of spans:', (error as Error).message)
      }
      spanMetrics = setTimeout(tellOfSpans, scrapeIntervalAt(Date.now() - Date.parse(startedAt), interval))
    }
    spanMetrics = setTimeout(tellOfSpans, interval)
    closers.push(() => clearTimeout(spanMetrics))
    return { ports: { page: page.port, otlp: otlpServer.port, grpc: grpcServer.port }, status, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type EngineApi = typeof promql | typeof logql | typeof traceql

function apiRoute(
  { evaluator }: Pick<StoreThread, 'evaluator'>,
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
