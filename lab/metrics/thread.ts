/** The thread of the metrics: takes scrapes in, evaluates rules, answers Prometheus' API. */
import type { MessagePort } from 'node:worker_threads'
import { createStore } from '../../engines/promql/index.ts'
import { answer, type Dataset } from '../../engines/promql/serve/api.ts'
import type { Metadata } from '../../engines/promql/text/openmetrics.ts'
import { runWorker } from '../../engines/serve/run-worker.ts'
import { between, type Item, takeFrom } from '../intake.ts'
import { readRequest } from '../otlp/request.ts'
import { createExemplars } from './exemplars.ts'
import { takeMetrics } from './otlp.ts'
import { createRules, type RuleFile, type Rules, type SentAlert } from './rules.ts'
import { createScrapes, type Scrape } from './scrapes.ts'

interface MetricsSettings {
  intake: MessagePort
  /** Tells of alerts. */
  alerts: MessagePort
  /** Milliseconds. */
  retention: number
  timeout: number
  maxSamples: number
  maxExemplars: number
  ruleFiles: readonly RuleFile[]
  evaluationInterval: number
  externalLabels: Readonly<Record<string, string>>
  externalUrl: string
}

export interface MetricsStatus {
  series: number
  samples: number
  bytes: number
  dropped: number
  refused: { duplicate: number; outOfOrder: number }
  exemplars: number
  oldest: number | undefined
  newest: number | undefined
  firing: number
  groups: { name: string; interval: number; took: number; missed: number; failures: number }[]
}

const tickMs = 100

runWorker((settings: MetricsSettings) => {
  const { retention, maxSamples, timeout, alerts } = settings
  const store = createStore({ retention, maxSamples })
  const metadata = new Map<string, Metadata>()
  const exemplars = createExemplars(settings.maxExemplars)
  const scrapes = createScrapes(store, metadata, exemplars)
  const rules = createRules({
    files: settings.ruleFiles,
    interval: settings.evaluationInterval,
    externalLabels: settings.externalLabels,
    externalUrl: settings.externalUrl,
    store,
    onAlerts: found => alerts.postMessage(found satisfies readonly SentAlert[]),
  })
  const data: Dataset = {
    store,
    metadata,
    live: {
      targets: parameters => {
        const isDroppedOnly = parameters.get('state') === 'dropped'
        return {
          activeTargets: isDroppedOnly ? [] : scrapes.targets(),
          droppedTargets: [],
          droppedTargetCounts: {},
        }
      },
      rules: rules.json,
      alerts: rules.alertsJson,
      exemplars: exemplars.select,
    },
  }
  const takeWaiting = takeFrom(settings.intake, take)
  const runRules = () => rules.runDue(Date.now())
  setInterval(runRules, tickMs)

  function take(item: Item): unknown {
    if (item.kind === 'scrape') return scrapes.take(item.scrape as Scrape)
    if (item.kind === 'own') return scrapes.takeOwn(item.text as string, item.time as number)
    if (item.kind === 'forget')
      return scrapes.forget(item.instance as string, item.job as string, item.time as number)
    if (item.kind === 'metrics')
      return takeMetrics(
        readRequest('metrics', item.bytes!, item.isJson === true),
        store,
        metadata,
        exemplars,
      )
    if (item.kind === 'status') return statusOf()
    throw new Error(`Cannot take in "${item.kind}": expected scrape, own, forget, metrics or status`)
  }

  function statusOf(): MetricsStatus {
    const { series, samples, bytes, dropped, refused, oldest, newest } = store.stats()
    return {
      ...{ series, samples, bytes, dropped, refused, oldest, newest },
      exemplars: exemplars.size(),
      firing: rules.firing(),
      groups: groupsOf(rules),
    }
  }

  return {
    loaded: { groups: rules.groups().length },
    answer(path, parameters, isCancelled) {
      const keepUp = between(takeWaiting, runRules)
      return answer(data, path, parameters, {
        timeout,
        limits: { samples: 50_000_000 },
        isCancelled() {
          keepUp()
          return isCancelled()
        },
      })
    },
  }
})

function groupsOf(rules: Rules): MetricsStatus['groups'] {
  return rules.groups().map(({ group, interval, took, missed, failures }) => ({
    name: `${group.file};${group.name}`,
    ...{ interval, took, missed, failures },
  }))
}
