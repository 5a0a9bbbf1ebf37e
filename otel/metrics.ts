/**
 * Instruments typed from the signals contract, on prom-client. A service can only emit what the contract lists:
 * another name does not compile, and a label value outside its closed set throws while developing.
 */

import { type Span, TraceFlags, trace } from '@opentelemetry/api'
import {
  Counter,
  Gauge,
  type OpenMetricsContentType,
  type Metric as RegisteredMetric,
  Registry,
} from 'prom-client'
import { createHistogram } from './histogram.ts'
import { log } from './logs.ts'
import { sdkDisabled } from './sdk-disabled.ts'
import { type Labels, type Metric, traceIdField } from './signals.ts'

export const registry = new Registry<OpenMetricsContentType>()
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)

export interface Reading<M extends Metric> {
  labels: Labels<M>
  value: number
}

export function counter<M extends Metric<'counter'>>(signal: M) {
  const { metric, accepts } = counterOf(signal)
  return {
    add(labels: Labels<M>, by = 1): void {
      if (accepts(labels)) metric.inc(labels, by)
    },
  }
}

export function gauge<M extends Metric<'gauge'>>(signal: M) {
  const { metric, accepts } = gaugeOf(signal)
  return {
    set(labels: Labels<M>, value: number): void {
      if (accepts(labels)) metric.set(labels, value)
    },
    add(labels: Labels<M>, delta: number): void {
      if (accepts(labels)) metric.inc(labels, delta)
    },
  }
}

export function histogram<M extends Metric<'histogram'>>(signal: M) {
  const { metric, accepts } = histogramOf(signal)
  return {
    /** The exemplar is the trace of `span`, by default the active one, when that is sampled. */
    record(labels: Labels<M>, value: number, span: Span | undefined = trace.getActiveSpan()): void {
      if (accepts(labels)) metric.observe(labels, value, signal.exemplars ? exemplarOf(span) : undefined)
    },
    /** One label set for who records it often: looked up and checked once. */
    series(labels: Labels<M>): (value: number, span: Span | undefined) => void {
      if (!accepts(labels)) return () => {}
      const observe = metric.series(labels)
      return (value, span) => observe(value, signal.exemplars ? exemplarOf(span) : undefined)
    },
  }
}

/** Reads a gauge or counter when it is scraped; several readers of one signal add up. Returns how to stop. */
export function observe<M extends Metric<'gauge' | 'counter'>>(
  signal: M,
  read: () => Reading<M>[] | Promise<Reading<M>[]>,
): () => void {
  const readers = readersOf(signal)
  if (!sdkDisabled) readers.add(read)
  return () => readers.delete(read)
}

/** Label sets exist with 0 before the first event, so that the first one is seen as an increase. */
export function initialise<M extends Metric>(signal: M, labelSets: Labels<M>[]): void {
  if (sdkDisabled) return
  for (const labels of labelSets) {
    if (signal.kind === 'counter') counterOf(signal).metric.inc(labels, 0)
    else if (signal.kind === 'gauge') gaugeOf(signal).metric.inc(labels, 0)
    else histogramOf(signal).metric.zero(labels)
  }
}

/** Everything in OpenMetrics, which alone carries exemplars, or in the older plain text. */
export async function exposition(format: 'openmetrics' | 'text'): Promise<string> {
  const openMetrics = await registry.metrics()
  return format === 'openmetrics' ? openMetrics : toPlainText(openMetrics)
}

export const contentTypes = {
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
  text: Registry.PROMETHEUS_CONTENT_TYPE,
}

/** prom-client's own switch of format renames counters for good, so the text format is made from the other. */
export function toPlainText(openMetrics: string): string {
  const counters = new Set(Array.from(openMetrics.matchAll(/^# TYPE (\S+) counter$/gm), match => match[1]))
  return openMetrics
    .split('\n')
    .filter(line => line !== '# EOF')
    .map(line => {
      if (!line.startsWith('# ')) return line.replace(/ # \{.*$/, '')
      const [hash, keyword, name = '', ...rest] = line.split(' ')
      return counters.has(name) ? [hash, keyword, `${name}_total`, ...rest].join(' ') : line
    })
    .join('\n')
}

interface Instrument<T> {
  metric: T
  accepts: (labels: Record<string, string>) => boolean
}

const instruments = new Map<string, Instrument<unknown>>()
const readersBySignal = new Map<string, Set<unknown>>()

const counterOf = (signal: Metric) =>
  instrument(signal, config => new Counter({ ...config, collect: collector(signal) }))
const gaugeOf = (signal: Metric) =>
  instrument(signal, config => new Gauge({ ...config, collect: collector(signal) }))
const histogramOf = (signal: Metric) =>
  instrument(signal, config => {
    const made = createHistogram({ ...config, buckets: signal.buckets ?? [] })
    registry.registerMetric(made as unknown as RegisteredMetric<string>)
    return made
  })

function exemplarOf(span: Span | undefined): Record<string, string> | undefined {
  const context = span?.spanContext()
  return context !== undefined && (context.traceFlags & TraceFlags.SAMPLED) !== 0
    ? { [traceIdField]: context.traceId }
    : undefined
}

function instrument<T>(
  signal: Metric,
  create: (config: {
    name: string
    help: string
    labelNames: string[]
    registers: Registry<OpenMetricsContentType>[]
  }) => T,
): Instrument<T> {
  const existing = instruments.get(signal.name)
  if (existing !== undefined) return existing as Instrument<T>
  const { name, help, labels } = signal
  const metric = create({ name, help, labelNames: Object.keys(labels), registers: [registry] })
  const made = { metric, accepts: closedSets(signal) }
  instruments.set(name, made)
  return made
}

/** Outside a closed set: a mistake to fix while developing, a sample not worth a failed request in production. */
function closedSets(signal: Metric): (labels: Record<string, string>) => boolean {
  if (sdkDisabled) return () => false
  const sets = Object.entries(signal.labels).flatMap(([label, values]) =>
    typeof values === 'string' ? [] : [[label, new Set(values)] as const],
  )
  const strict = process.env.NODE_ENV === 'test' || process.env.NODE_ENV === 'development'
  const reported = new Set<string>()
  return labels => {
    for (const [label, values] of sets) {
      const value = labels[label]
      if (value !== undefined && values.has(value)) continue
      const problem = `Cannot record ${signal.name}: expected ${label} to be one of ${[...values].join(', ')}, got "${value}"`
      if (strict) throw new Error(problem)
      if (!reported.has(label)) log.error({ metric: signal.name }, problem)
      reported.add(label)
      return false
    }
    return true
  }
}

function readersOf<M extends Metric>(signal: M): Set<() => Reading<M>[] | Promise<Reading<M>[]>> {
  if (signal.kind === 'counter') counterOf(signal)
  else gaugeOf(signal)
  const readers = readersBySignal.get(signal.name) ?? new Set()
  readersBySignal.set(signal.name, readers)
  return readers as Set<() => Reading<M>[] | Promise<Reading<M>[]>>
}

/** A reader that fails leaves its series out of this scrape; the others are still served. */
function collector(signal: Metric) {
  return async function collect(this: Counter | Gauge): Promise<void> {
    const readers = readersBySignal.get(signal.name) as
      | Set<() => Reading<Metric>[] | Promise<Reading<Metric>[]>>
      | undefined
    if (readers === undefined || readers.size === 0) return
    const readings = await Promise.all(
      [...readers].map(async read => {
        try {
          return await read()
        } catch (error) {
          log.warn({ err: error, metric: signal.name }, 'Cannot read a metric')
          return []
        }
      }),
    )
    this.reset()
    for (const { labels, value } of readings.flat()) this.inc(labels, value)
  }
}
