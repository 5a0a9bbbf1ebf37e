/** What a service really exposes: the metrics of its page, with their labels and buckets. */

import { textOf } from '../contract/answer.ts'
import { UserError } from '../contract/user-error.ts'
import { createStore } from '../engines/promql/index.ts'
import { MetricsError, readMetrics } from '../engines/promql/text/openmetrics.ts'

export interface FoundMetric {
  name: string
  isHistogram: boolean
  /** Each label with the values it was seen with. */
  labels: ReadonlyMap<string, ReadonlySet<string>>
  /** Upper bounds of a histogram's buckets, without the last, which is infinite. */
  bounds: readonly number[]
}

/** By name; a histogram has one entry for its buckets, sum and count. */
export type Source = ReadonlyMap<string, FoundMetric>

const patience = 10_000
const mostSeries = 500_000

export async function readSource(url: string): Promise<Source> {
  const accept = 'text/plain;version=0.0.4, application/openmetrics-text;q=0.5'
  const { text, type } = await bodyOf(url, accept)
  try {
    return sourceOf(text, type.startsWith('application/openmetrics-text') ? 'openmetrics' : 'text')
  } catch (error) {
    if (!(error instanceof MetricsError)) throw error
    throw wrong(url, error.message)
  }
}

/** What a Prometheus scraped of a job in the last minutes, as far back as it takes a sample for the present one. */
export async function readJob(prometheus: string, job: string): Promise<Source> {
  const now = Date.now() / 1000
  const recent = { start: String(now - 300), end: String(now) }
  const ask = async (path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const url = `${prometheus.replace(/\/$/, '')}${path}?${new URLSearchParams(parameters)}`
    const { text } = await bodyOf(url, 'application/json')
    try {
      return JSON.parse(text).data
    } catch {
      throw wrong(url, 'something else than JSON')
    }
  }
  const series = await ask('/api/v1/series', { 'match[]': `{job=${JSON.stringify(job)}}`, ...recent })
  if (!isLabelSets(series)) throw wrong(prometheus, 'an answer without series')
  if (series.length === 0) {
    const jobs = await ask('/api/v1/label/job/values', recent)
    throw new UserError({
      action: `read ${job} from ${prometheus}`,
      expected: 'series of a job that it scrapes',
      got: `none; its jobs are ${Array.isArray(jobs) && jobs.length > 0 ? jobs.join(', ') : 'none'}`,
    })
  }
  return sourceOfSeries(series.map(labels => Object.entries(labels)))
}

function isLabelSets(data: unknown): data is Record<string, string>[] {
  return (
    Array.isArray(data) &&
    data.every(
      each => typeof each === 'object' && each !== null && typeof Reflect.get(each, '__name__') === 'string',
    )
  )
}

function wrong(url: string, got: string): UserError {
  return new UserError({ action: `read ${url}`, expected: "a service's metrics", got })
}

async function bodyOf(url: string, accept: string): Promise<{ text: string; type: string }> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
      headers: { accept },
    })
    const { status } = response
    if (status === 401 || status === 403) throw wrong(url, `status ${status}: it asks for a password`)
    if (status !== 200) throw wrong(url, `status ${status}`)
    const text = await textOf(response)
    if (/^\s*</.test(text)) throw wrong(url, 'a page of HTML')
    return { text, type: response.headers.get('content-type') ?? '' }
  } catch (error) {
    if (error instanceof UserError) throw error
    const { name, cause } = error as Error
    if (name === 'TimeoutError') throw wrong(url, `no end of it within ${patience / 1000} s`)
    throw wrong(url, (cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).message)
  }
}

export function sourceOf(text: string, format: 'text' | 'openmetrics' = 'text'): Source {
  const series: Series[] = []
  readMetrics(createStore({ maxSeries: mostSeries }), text, {
    format,
    time: 0,
    relabel: labels => {
      series.push(labels)
      return labels
    },
  })
  return sourceOfSeries(series)
}

type Series = readonly (readonly [string, string])[]

function sourceOfSeries(series: readonly Series[]): Source {
  const nameOf = (labels: Series) => labels.find(([label]) => label === '__name__')?.[1] ?? ''
  const histograms = new Set(
    series
      .filter(labels => nameOf(labels).endsWith('_bucket') && labels.some(([label]) => label === 'le'))
      .map(labels => nameOf(labels).slice(0, -'_bucket'.length)),
  )
  const baseOf = (name: string) => {
    const base = name.replace(/_(bucket|count|sum)$/, '')
    return histograms.has(base) ? base : name
  }
  return new Map(
    Array.from(
      Map.groupBy(series, labels => baseOf(nameOf(labels))),
      ([name, all]) => [name, metricOf(name, histograms.has(name), all)],
    ),
  )
}

function metricOf(name: string, isHistogram: boolean, series: readonly Series[]): FoundMetric {
  const labels = new Map<string, Set<string>>()
  for (const [label, value] of series.flat()) {
    const values = labels.get(label) ?? new Set()
    labels.set(label, values.add(value))
  }
  const bounds = Array.from(labels.get('le') ?? [], Number).filter(Number.isFinite)
  labels.delete('__name__')
  labels.delete('le')
  return { name, isHistogram, labels, bounds: bounds.toSorted((a, b) => a - b) }
}
