/** Keeps what scrapes bring, as Prometheus does: with the target's labels, its own series about each, and staleness. */
import { type Labels, labelsOf, metricName } from '../../engines/labels.ts'
import type { Store } from '../../engines/promql/store/memory.ts'
import { type KnownSeries, metricsReader } from '../../engines/promql/text/openmetrics.ts'
import { mostMsAhead } from '../intake.ts'
import type { Descriptions } from './descriptions.ts'
import type { Exemplars } from './exemplars.ts'

export interface Scrape {
  job: string
  instance: string
  url: string
  /** Milliseconds: when it began, and how long it took. */
  time: number
  took: number
  /** Milliseconds; what is asked for. */
  interval: number
  timeout: number
  isOpenMetrics: boolean
  text: string | undefined
  /** Why there is no text. */
  error: string | undefined
}

interface Scrapes {
  /** The error of the scrape, whether of the network or of the text. */
  take(scrape: Scrape): string | undefined
  /** The target is asked no more: its series end. */
  forget(instance: string, job: string, time: number): void
  /** Text that no target gave, such as what is worked out from traces: without labels of a target. */
  takeOwn(text: string, time: number): void
  targets(): object[]
}

interface Target {
  last: Scrape
  error: string | undefined
  known: Map<string, KnownSeries>
  own: Labels
}

const mostSeriesOfATarget = 50_000

export function createScrapes(store: Store, metadata: Descriptions, exemplars: Exemplars): Scrapes {
  const targets = new Map<string, Target>()
  const keyOfTarget = (job: string, instance: string) => `${job}\n${instance}`
  const ownSeries = new Map<string, KnownSeries>()

  function readInto(
    text: string,
    options: { time: number; format: 'openmetrics' | 'text' },
    target?: Target,
  ) {
    const known = target?.known ?? ownSeries
    const reader = metricsReader(store, {
      ...options,
      latest: options.time + mostMsAhead,
      known,
      ...(target !== undefined && { relabel: labels => withTarget(labels, target.own) }),
      onExemplar: exemplar => exemplars.add({ ...exemplar, time: exemplar.time ?? options.time }),
    })
    let samples = 0
    for (const line of linesOf(text)) {
      if (!line.startsWith('#') && ++samples > mostSeriesOfATarget)
        throw new Error(`expected at most ${mostSeriesOfATarget} samples, got more`)
      reader.line(line)
    }
    const summary = reader.end()
    for (const [name, about] of summary.metadata) metadata.set(name, about)
    return { reader, samples }
  }

  return {
    take(scrape) {
      const key = keyOfTarget(scrape.job, scrape.instance)
      const own = labelsOf([
        ['job', scrape.job],
        ['instance', scrape.instance],
      ])
      const target = targets.get(key) ?? { last: scrape, error: undefined, known: new Map(), own }
      targets.set(key, target)
      target.last = scrape
      target.error = scrape.error
      let [samples, added] = [0, 0]
      let reader: object | undefined
      /** A store that is full, or cannot write, refuses: then the target is not up, whatever it answered. */
      const attempt = (work: () => void) => {
        try {
          work()
        } catch (error) {
          target.error ??= (error as Error).message
        }
      }
      const { text } = scrape
      if (text !== undefined)
        attempt(() => {
          const before = target.known.size
          const format = scrape.isOpenMetrics ? 'openmetrics' : 'text'
          ;({ reader, samples } = readInto(text, { time: scrape.time, format }, target))
          added = target.known.size - before
        })
      // What came before the text turned out to be wrong has this scrape's time already.
      attempt(() => endMissing(target.known, reader, scrape.time + (reader === undefined ? 1 : 0)))
      const report = {
        scrape_duration_seconds: () => scrape.took / 1000,
        scrape_samples_scraped: () => samples,
        scrape_samples_post_metric_relabeling: () => samples,
        scrape_series_added: () => added,
        up: () => (target.error === undefined ? 1 : 0),
      }
      for (const [name, value] of Object.entries(report))
        attempt(() => store.append(labelsOf([...own, [metricName, name]]), scrape.time, value()))
      return target.error
    },
    forget(instance, job, time) {
      const target = targets.get(keyOfTarget(job, instance))
      if (target === undefined) return
      endMissing(target.known, undefined, time)
      for (const name of ownNames) store.markStale(labelsOf([...target.own, [metricName, name]]), time)
      targets.delete(keyOfTarget(job, instance))
    },
    takeOwn(text, time) {
      const { reader } = readInto(text, { time, format: 'openmetrics' })
      endMissing(ownSeries, reader, time)
    },
    targets: () => [...targets.values()].map(targetJson),
  }
}

const ownNames = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
]

/** Series of the scrape before that this one did not bring have ended; all have where it failed. */
function endMissing(known: Map<string, KnownSeries>, reader: object | undefined, time: number): void {
  for (const [text, series] of known) {
    if (reader !== undefined && series.seenBy === reader) continue
    // Who gives samples a time of their own says himself when a series ends.
    if (!series.hasTime) series.appender.markStale(time)
    known.delete(text)
  }
}

/** The target's labels win; what the text said under their names is kept as `exported_…`. */
function withTarget(labels: [string, string][], own: Labels): [string, string][] {
  return [
    ...labels.map(([name, value]): [string, string] => [own.has(name) ? `exported_${name}` : name, value]),
    ...own,
  ]
}

function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\n', at)
    const end = next < 0 ? text.length : next
    yield text.slice(at, end)
    at = end + 1
  }
}

function targetJson({ last, error, own }: Target): object {
  const { job, url, time, took, interval, timeout } = last
  return {
    discoveredLabels: { __address__: own.get('instance'), __metrics_path__: new URL(url).pathname, job },
    labels: Object.fromEntries(own),
    scrapePool: job,
    scrapeUrl: url,
    globalUrl: url,
    lastError: error ?? '',
    lastScrape: new Date(time).toISOString(),
    lastScrapeDuration: took / 1000,
    health: error === undefined ? 'up' : 'down',
    scrapeInterval: `${interval / 1000}s`,
    scrapeTimeout: `${timeout / 1000}s`,
  }
}
