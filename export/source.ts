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
  const wrong = (got: string) =>
    new UserError({ action: `read ${url}`, expected: "a service's metrics", got })
  let text: string
  let type: string
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
      headers: { accept: 'text/plain;version=0.0.4, application/openmetrics-text;q=0.5' },
    })
    if (response.status === 401 || response.status === 403)
      throw wrong(`status ${response.status}: it asks for a password`)
    if (response.status !== 200) throw wrong(`status ${response.status}`)
    type = response.headers.get('content-type') ?? ''
    text = await textOf(response)
  } catch (error) {
    if (error instanceof UserError) throw error
    const { name, cause } = error as Error
    if (name === 'TimeoutError') throw wrong(`no end of it within ${patience / 1000} s`)
    throw wrong((cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).message)
  }
  if (/^\s*</.test(text)) throw wrong('a page of HTML')
  try {
    return sourceOf(text, type.startsWith('application/openmetrics-text') ? 'openmetrics' : 'text')
  } catch (error) {
    if (!(error instanceof MetricsError)) throw error
    throw wrong(error.message)
  }
}

export function sourceOf(text: string, format: 'text' | 'openmetrics' = 'text'): Source {
  const series: (readonly [string, string])[][] = []
  readMetrics(createStore({ maxSeries: mostSeries }), text, {
    format,
    time: 0,
    relabel: labels => {
      series.push(labels)
      return labels
    },
  })
  const nameOf = (labels: readonly (readonly [string, string])[]) =>
    labels.find(([label]) => label === '__name__')?.[1] ?? ''
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

function metricOf(
  name: string,
  isHistogram: boolean,
  series: readonly (readonly (readonly [string, string])[])[],
): FoundMetric {
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
