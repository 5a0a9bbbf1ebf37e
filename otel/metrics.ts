/**
 * Instruments typed from the signals contract. A service can only emit what the contract lists: another name does not
 * compile, and a label value outside its closed set throws while developing.
 */

import { type Span, trace } from '@opentelemetry/api'
import {
  type ExpositionFormat,
  type Family,
  type FamilySample,
  writeExposition,
} from './exposition-format.ts'
import { foreignFamilies } from './foreign-registries.ts'
import { type Buckets, createBuckets, recordValue } from './histogram.ts'
import { log } from './logs.ts'
import { sdkDisabled } from './sdk-disabled.ts'
import { createSeries, type SeriesStore } from './series.ts'
import { checkSameDefinition, type Labels, type Metric, traceIdField } from './signals.ts'
import { exponentialHistograms } from './standard-settings.ts'

export { contentTypes } from './exposition-format.ts'
export { exposeRegistry } from './foreign-registries.ts'

export interface Reading<M extends Metric> {
  labels: Labels<M>
  value: number
}

interface Sum {
  value: number
}

type Reader = () => Reading<Metric>[] | Promise<Reading<Metric>[]>

export interface Instrument<S extends Sum | Buckets = Sum | Buckets> {
  signal: Metric
  series: SeriesStore<S>
  /** Of a metric that is read when it is asked for. */
  readers: Set<Reader>
}

const instruments = new Map<string, Instrument>()
const withExponential = exponentialHistograms(process.env)

export function counter<M extends Metric<'counter'>>(signal: M) {
  const { series } = sumOf(signal)
  return {
    add(labels: Labels<M>, by = 1): void {
      const isAmount = by >= 0 && by < Number.POSITIVE_INFINITY
      const sum = isAmount ? series.of(labels) : series.refuse('value', `expected 0 or more, got ${by}`)
      if (sum !== undefined) sum.value += by
    },
  }
}

export function gauge<M extends Metric<'gauge'>>(signal: M) {
  const { series } = sumOf(signal)
  return {
    set(labels: Labels<M>, value: number): void {
      const sum = series.of(labels)
      if (sum !== undefined) sum.value = value
    },
    add(labels: Labels<M>, delta: number): void {
      const sum = series.of(labels)
      if (sum !== undefined) sum.value += delta
    },
  }
}

export function histogram<M extends Metric<'histogram'>>(signal: M) {
  const { series } = bucketsOf(signal)
  const bounds = signal.buckets ?? []

  function recordIn(buckets: Buckets | undefined, value: number, span: Span | undefined): void {
    if (!Number.isFinite(value)) series.refuse('value', `expected a finite number, got ${value}`)
    else if (buckets !== undefined) recordValue(buckets, bounds, value, signal.exemplars ? span : undefined)
  }

  return {
    /** The exemplar is the trace of `span`, by default the active one, when that is sampled. */
    record(labels: Labels<M>, value: number, span: Span | undefined = trace.getActiveSpan()): void {
      recordIn(series.of(labels), value, span)
    },
    /** One label set for who records it often: looked up and checked once. Undefined where it is refused. */
    series(labels: Labels<M>): ((value: number, span: Span | undefined) => void) | undefined {
      const found = series.of(labels)
      return found === undefined ? undefined : (value, span) => recordIn(found, value, span)
    },
  }
}

/** Reads a gauge or counter when it is scraped; several readers of one signal add up. Returns how to stop. */
export function observe<M extends Metric<'gauge' | 'counter'>>(
  signal: M,
  read: () => Reading<M>[] | Promise<Reading<M>[]>,
): () => void {
  const { readers } = sumOf(signal)
  if (!sdkDisabled) readers.add(read as Reader)
  return () => readers.delete(read as Reader)
}

/** Label sets exist with 0 before the first event, so that the first one is seen as an increase. */
export function initialise<M extends Metric>(signal: M, labelSets: Labels<M>[]): void {
  const { series } = signal.kind === 'histogram' ? bucketsOf(signal) : sumOf(signal)
  for (const labels of labelSets) series.of(labels)
}

/** Everything in OpenMetrics, which alone carries exemplars, or in the older plain text. */
export async function exposition(format: ExpositionFormat): Promise<string> {
  const own = (await collect()).map(familyOf)
  const foreign = await foreignFamilies(own.map(({ name }) => name))
  return writeExposition([...own, ...foreign], format)
}

/** All instruments of the process, with what is read on demand read now. */
export async function collect(): Promise<Instrument[]> {
  const all = [...instruments.values()]
  await Promise.all(all.map(instrument => readNow(instrument as Instrument<Sum>)))
  return all
}

const sumOf = (signal: Metric) => instrument<Sum>(signal, () => ({ value: 0 }))
const bucketsOf = (signal: Metric) =>
  instrument<Buckets>(signal, () => createBuckets(signal.buckets ?? [], withExponential))

function instrument<S extends Sum | Buckets>(signal: Metric, create: () => S): Instrument<S> {
  const existing = instruments.get(signal.name)
  if (existing !== undefined) {
    if (existing.signal !== signal) checkSameDefinition(existing.signal, signal)
    return existing as Instrument<S>
  }
  const made: Instrument<S> = { signal, series: createSeries(signal, create), readers: new Set() }
  instruments.set(signal.name, made as Instrument)
  return made
}

/** A reader that fails leaves its series out of this reading; the others are still served. */
async function readNow({ signal, series, readers }: Instrument<Sum>): Promise<void> {
  if (readers.size === 0) return
  const unreadable = (error: unknown) => log.warn({ err: error, metric: signal.name }, 'Cannot read a metric')
  const readings = await Promise.allSettled([...readers].map(async read => read()))
  series.clear()
  for (const reading of readings) {
    if (reading.status === 'rejected') {
      unreadable(reading.reason)
      continue
    }
    try {
      for (const { labels, value } of reading.value) {
        const sum = series.of(labels)
        if (sum !== undefined) sum.value += value
      }
    } catch (error) {
      unreadable(error)
    }
  }
}

function familyOf({ signal, series }: Instrument): Family {
  const { name, help, kind } = signal
  const samples = series
    .all()
    .flatMap(({ labels, state }) =>
      'counts' in state ? bucketSamples(signal, labels, state) : [{ name, labels, value: state.value }],
    )
  return { name, help, kind, samples }
}

function bucketSamples(
  { name, buckets = [] }: Metric,
  labels: Record<string, string>,
  { counts, exemplars, sum }: Buckets,
): FamilySample[] {
  let cumulative = 0
  const samples: FamilySample[] = counts.map((count, index) => {
    cumulative += count
    const sample = {
      name: `${name}_bucket`,
      labels: { le: buckets[index] ?? '+Inf', ...labels },
      value: cumulative,
    }
    const exemplar = exemplars[index]
    if (exemplar === undefined) return sample
    const { traceId, value, timeMs } = exemplar
    return { ...sample, exemplar: { labels: { [traceIdField]: traceId }, value, seconds: timeMs / 1000 } }
  })
  return [
    ...samples,
    { name: `${name}_sum`, labels, value: sum },
    { name: `${name}_count`, labels, value: cumulative },
  ]
}
