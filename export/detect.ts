/** Which of a service's metrics is which of ours: by the names that exporters use, and only what is really there. */

import { allMetrics } from '../contract/shop-signals.ts'
import { UserError } from '../contract/user-error.ts'
import { httpServer, type Metric } from '../otel/signals.ts'
import { absent, type MetricMapping, presets, type SignalMapping } from './mapping.ts'
import type { FoundMetric, Source } from './source.ts'

/** What the label is called by OpenTelemetry, express-prom-bundle, fastify-metrics, prom-client's examples and others. */
const otherNames: { readonly [label: string]: readonly string[] } = {
  http_response_status_code: ['status_code', 'code', 'status', 'http_status_code'],
  http_request_method: ['method', 'http_method'],
  http_route: ['route', 'path', 'uri', 'handler', 'endpoint'],
}

const requests: Metric = httpServer.duration
const statusLabel = 'http_response_status_code'

interface Detected {
  signals: SignalMapping
  /** What each decision rests on, a line each. */
  evidence: string[]
}

export function detect(source: Source, url: string): Detected {
  const http = requestsOf(source, url)
  const evidence = [http.evidence]
  const signals: Record<string, SignalMapping[keyof SignalMapping]> = {}
  for (const metric of allMetrics) {
    const found = metric.name === requests.name ? http.found : candidateOf(metric.name, source)
    if (found === undefined) {
      signals[metric.name] = absent
      continue
    }
    signals[metric.name] = entryOf(metric, found)
    if (metric.name !== requests.name) evidence.push(`${found.name} is there`)
  }
  return { signals, evidence }
}

/** A histogram of requests served, by the label that tells errors apart. */
function requestsOf(source: Source, url: string): { found: FoundMetric; evidence: string } {
  const histograms = [...source.values()].filter(({ isHistogram }) => isHistogram)
  const candidates = histograms.filter(
    ({ name, labels }) =>
      /request|http/.test(name) &&
      !/client|outgoing/.test(name) &&
      nameFor(statusLabel, labels) !== undefined,
  )
  const [found, ...others] = candidates
  const refuse = (expected: string, got: string) =>
    new UserError({ action: `export from ${url}`, expected, got })
  if (found === undefined)
    throw refuse(
      `a histogram of requests with one of the labels ${[statusLabel, ...otherNames[statusLabel]!].join(', ')}`,
      `${listed(histograms.map(shown))}; what counts requests is often there only after the first request`,
    )
  if (others.length > 0)
    throw refuse(
      'one histogram of requests, or a file for --signals that names it',
      candidates.map(({ name }) => name).join(', '),
    )
  const label = nameFor(statusLabel, found.labels)!
  const values = [...found.labels.get(label)!]
  const odd = values.filter(value => !/^[1-5]([0-9]{2}|xx)$/i.test(value))
  if (odd.length > 0)
    throw refuse(`statuses such as 200 or 5xx in ${found.name} ${label}`, odd.slice(0, 5).join(', '))
  if (!isInSeconds(found.name)) throw refuse('a histogram of requests in seconds', found.name)
  const bounds = found.bounds.join(', ')
  return {
    found,
    evidence: `${found.name} counts requests, by ${label} (${values.join(', ')}); buckets ${bounds}`,
  }
}

/** OpenTelemetry's exporter for JavaScript leaves units out of names; its conventions say which is in seconds. */
const inSecondsWithoutUnit = ['http_server_request_duration']

function isInSeconds(name: string): boolean {
  return (/seconds/.test(name) && !/milliseconds/.test(name)) || inSecondsWithoutUnit.includes(name)
}

/** What a preset calls the metric, where the source has that. */
function candidateOf(name: string, source: Source): FoundMetric | undefined {
  return Object.values(presets)
    .flatMap(preset => {
      const entry = preset[name as keyof SignalMapping]
      if (entry === undefined || entry === absent) return []
      return source.get(entry === 'same' ? name : entry.name) ?? []
    })
    .at(0)
}

function entryOf({ name, labels, kind }: Metric, found: FoundMetric): MetricMapping {
  const preset = Object.values(presets)
    .map(each => each[name as keyof SignalMapping])
    .find(entry => typeof entry === 'object' && entry.name === found.name)
  const named: Readonly<Record<string, string | undefined>> =
    typeof preset === 'object' ? (preset.labels ?? {}) : {}
  const theirs = Object.keys(labels).map(label => {
    const candidates = [named[label] ?? label, ...(otherNames[label] ?? [])]
    return [label, candidates.find(each => found.labels.has(each)) ?? absent] as const
  })
  const renamed = theirs.filter(([label, to]) => label !== to)
  return {
    name: found.name,
    ...(renamed.length > 0 && { labels: Object.fromEntries(renamed) }),
    ...(kind === 'histogram' && { buckets: found.bounds }),
  }
}

/** What a mapping asks for and the source does not have, a line each; a label that may be missing is not asked for. */
export function missingFrom(source: Source, signals: SignalMapping): string[] {
  return allMetrics.flatMap(metric => {
    const entry = signals[metric.name as keyof SignalMapping]
    if (entry === undefined || entry === absent) return []
    const {
      name,
      labels = {},
      buckets = metric.buckets ?? [],
    } = entry === 'same' ? ({ name: metric.name } as MetricMapping) : entry
    const found = source.get(name)
    if (found === undefined) return [`expected ${name}, got ${listed(near(name, source))}`]
    const renamed: Readonly<Record<string, string | undefined>> = labels
    const lacking = Object.entries(metric.labels).flatMap(([label, values]) => {
      const theirs = renamed[label] ?? label
      const mayBeMissing = theirs === absent || (typeof values === 'string' && values.startsWith('empty'))
      return mayBeMissing || found.labels.has(theirs) ? [] : [theirs]
    })
    const bounds = buckets.filter(bound => !found.bounds.includes(bound))
    return [
      ...lacking.map(label => `expected ${name} with the label ${label}, got ${shown(found)}`),
      ...(bounds.length === 0
        ? []
        : [
            `expected ${name} with the buckets ${bounds.join(', ')}, got ${listed(found.bounds.map(String))}`,
          ]),
    ]
  })
}

function nameFor(label: string, labels: FoundMetric['labels']): string | undefined {
  return [label, ...(otherNames[label] ?? [])].find(each => labels.has(each))
}

/** Metrics that share most of their words with the name. */
function near(name: string, source: Source): string[] {
  const words = new Set(name.split('_'))
  const shared = (other: string) => other.split('_').filter(word => words.has(word)).length
  return [...source.keys()]
    .filter(other => shared(other) >= Math.max(2, words.size - 2))
    .toSorted((a, b) => shared(b) - shared(a))
    .slice(0, 3)
}

function shown({ name, labels }: FoundMetric): string {
  return `${name}{${[...labels.keys()].join(', ')}}`
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing of the kind'
  return names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '')
}
