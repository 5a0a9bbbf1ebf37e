/** The thread of the metrics: takes scrapes in, evaluates rules, answers Prometheus' API. */
import type { MessagePort } from 'node:worker_threads'
import { findPreset } from '../../compose/presets.ts'
import type { SavedAlert } from '../../engines/promql/rules/resume.ts'
import { answer, type Dataset } from '../../engines/promql/serve/api.ts'
import { runWorker } from '../../engines/serve/run-worker.ts'
import { between, type Item, takeFrom } from '../intake.ts'
import { readRequest } from '../otlp/request.ts'
import type { WriteVersion } from '../remote-write/schema.ts'
import type { Span } from './disk/persist.ts'
import { takeMetrics } from './otlp.ts'
import { takeWrite } from './remote-write.ts'
import { createRules, type RuleFile, type Rules, type SentAlert } from './rules.ts'
import { createScrapes, type Scrape } from './scrapes.ts'
import { createStoring } from './storing.ts'

interface MetricsSettings {
  intake: MessagePort
  /** Tells of alerts. */
  alerts: MessagePort
  /** Milliseconds. */
  retention: number
  timeout: number
  maxSamples: number
  maxExemplars: number
  /** Undefined: nothing is kept on disk. */
  disk?: { folder: string; size: number } | undefined
  /** The preset whose past is invented where there is none. */
  history?: string | undefined
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
  /** Of how many metrics type and help are kept, and how often those of one more were refused. */
  described: { names: number; refused: number }
  oldest: number | undefined
  newest: number | undefined
  firing: number
  groups: { name: string; interval: number; took: number; missed: number; failures: number }[]
  /** Of the files; 0 where there are none. */
  diskBytes: number
  /** Why the last blocks could not be written. */
  diskFailure?: string | undefined
}

const tickMs = 100
const flushMs = 1000
const saveMs = 2000
const tidyMs = 30_000

runWorker((settings: MetricsSettings) => {
  const { retention, maxSamples, timeout, alerts } = settings
  const history =
    settings.history === undefined
      ? undefined
      : { preset: findPreset(settings.history), now: Date.now() / 1000 }
  const { maxExemplars, disk } = settings
  const storing = createStoring({ retention, maxSamples, maxExemplars, disk, history })
  const { store, metadata, exemplars, persisted } = storing
  const scrapes = createScrapes(store, metadata, exemplars)
  const rules = createRules({
    files: settings.ruleFiles,
    interval: settings.evaluationInterval,
    externalLabels: settings.externalLabels,
    externalUrl: settings.externalUrl,
    store,
    onAlerts: found => alerts.postMessage(found satisfies readonly SentAlert[]),
  })
  rules.resume(storing.state<SavedAlert[]>() ?? [])
  const data: Dataset = {
    store,
    metadata: metadata.known,
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
  const keep = atMostEvery(flushMs, () => persisted?.flush())
  const saveRules = atMostEvery(saveMs, () => storing.saveState(rules.save()))
  if (persisted !== undefined) {
    setInterval(keep, flushMs)
    setInterval(saveRules, saveMs)
    setInterval(persisted.tidy, tidyMs)
  }

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
    if (item.kind === 'write')
      return takeWrite(item.bytes!, item.version as WriteVersion, store, metadata, exemplars)
    if (item.kind === 'rules') return rules.reload(item.files as RuleFile[], Date.now())
    if (item.kind === 'status') return statusOf()
    if (item.kind === 'pins') return persisted?.pin(item.pins as Span[])
    if (item.kind === 'close') return close()
    throw new Error(
      `Cannot take in "${item.kind}": expected scrape, own, forget, metrics, write, rules, status, pins or close`,
    )
  }

  /** Nothing comes after it. */
  function close(): void {
    if (persisted === undefined) return
    storing.saveState(rules.save())
    persisted.close()
  }

  function statusOf(): MetricsStatus {
    const { series, samples, bytes, dropped, refused, oldest, newest } = store.stats()
    return {
      ...{ series, samples, bytes, dropped, refused, oldest, newest },
      exemplars: exemplars.size(),
      described: { names: metadata.known.size, refused: metadata.refused() },
      firing: rules.firing(),
      groups: groupsOf(rules),
      diskBytes: persisted?.bytes() ?? 0,
      diskFailure: persisted?.failure(),
    }
  }

  return {
    loaded: { groups: rules.groups().length },
    answer(path, parameters, isCancelled) {
      const keepUp = between(takeWaiting, runRules, keep, saveRules)
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

function atMostEvery(milliseconds: number, work: () => void): () => void {
  let last = 0
  return () => {
    const now = Date.now()
    // A timer may come a moment early.
    if (now - last < milliseconds * 0.9) return
    last = now
    work()
  }
}

function groupsOf(rules: Rules): MetricsStatus['groups'] {
  return rules.groups().map(({ group, interval, took, missed, failures }) => ({
    name: `${group.file};${group.name}`,
    ...{ interval, took, missed, failures },
  }))
}
