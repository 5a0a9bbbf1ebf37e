/** Keeps what another Prometheus writes: its samples with their times, staleness, exemplars and metadata. */
import { type Labels, labelsOf, metricName, printLabels } from '../../engines/labels.ts'
import type { Store } from '../../engines/promql/store/memory.ts'
import { mostMsAhead } from '../intake.ts'
import { decode } from '../otlp/protobuf.ts'
import type { Taken } from '../otlp/response.ts'
import { type WriteVersion, writeSchemas } from '../remote-write/schema.ts'
import type { Descriptions } from './descriptions.ts'
import type { Exemplars } from './exemplars.ts'

interface Point {
  bits?: string
  timestamp?: string
}

type Pair = readonly [name: string, value: string]

/** The same for both versions. */
interface Written {
  labels: readonly Pair[]
  samples: readonly Point[]
  exemplars: readonly (Point & { own: readonly Pair[] })[]
  histograms: number
}

interface Described {
  name: string
  type?: number
  help: string
  unit: string
}

/** The sender is at fault. */
class RemoteWriteError extends Error {
  override name = 'RemoteWriteError'
}

/** What it cannot keep is counted and named; the rest of the request is kept. */
export function takeWrite(
  bytes: Uint8Array,
  version: WriteVersion,
  store: Store,
  metadata: Descriptions,
  exemplars: Exemplars,
): TakenWrite {
  const request = decode(bytes, writeSchemas[version])
  const { series, described } = version === 1 ? readFirst(request) : readSecond(request)
  const latest = Date.now() + mostMsAhead
  const reasons = new Set<string>()
  const taken = { count: 0, rejected: 0, exemplars: 0 }

  function refuse(count: number, reason: string): void {
    taken.rejected += count
    if (reasons.size < 10) reasons.add(reason)
  }

  function write(labels: Labels, appender: ReturnType<Store['series']>, point: Point): void {
    const time = Number(point.timestamp ?? 0)
    if (time > latest) {
      refuse(1, `${printLabels(labels)}: a time in the future`)
      return
    }
    const bits = BigInt(point.bits ?? 0)
    const outcome = bits === staleBits ? appender.markStale(time) : appender.append(time, numberOf(bits))
    if (outcome === 'duplicate' || outcome === 'out of order') refuse(1, `${printLabels(labels)}: ${outcome}`)
    else taken.count++
  }

  for (const { labels: pairs, samples, exemplars: told, histograms } of series) {
    const problem = problemOf(pairs)
    if (problem !== undefined) {
      refuse(Math.max(1, samples.length), problem)
      continue
    }
    const labels = labelsOf(pairs)
    if (histograms > 0) refuse(histograms, `${printLabels(labels)}: native histograms are not supported`)
    if (samples.length > 0) {
      const appender = store.series(labels)
      for (const point of samples) write(labels, appender, point)
    }
    for (const { own, ...point } of told) {
      const value = numberOf(BigInt(point.bits ?? 0))
      exemplars.add({ series: labels, labels: labelsOf(own), value, time: Number(point.timestamp ?? 0) })
      taken.exemplars++
    }
  }
  for (const { name, type = 0, help, unit } of described)
    if (name !== '') metadata.set(name, { type: types[type] ?? 'unknown', help, unit })
  return { ...taken, message: [...reasons].join('; ') }
}

export interface TakenWrite extends Taken {
  exemplars: number
}

const types = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset']

const staleBits = 0x7ff0_0000_0000_0002n

const view = new DataView(new ArrayBuffer(8))

function numberOf(bits: bigint): number {
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

function problemOf(pairs: readonly Pair[]): string | undefined {
  const names = pairs.map(([name]) => name)
  if (!names.includes(metricName)) return `a series without ${metricName}`
  if (new Set(names).size < names.length) return 'a series with a label twice'
  const odd = names.find(name => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
  if (odd !== undefined) return `a label called ${JSON.stringify(odd.slice(0, 60))}`
  const name = pairs.find(([name]) => name === metricName)![1]
  if (!/^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name)) return `a metric called ${JSON.stringify(name.slice(0, 60))}`
  return pairs.length > mostLabels ? `a series with more than ${mostLabels} labels` : undefined
}

const mostLabels = 100

type Fields = { readonly [field: string]: unknown }

interface Request {
  series: Written[]
  described: Described[]
}

const list = (of: unknown) => (of ?? []) as Fields[]

function readFirst(request: Fields): Request {
  const pairs = (labels: unknown) =>
    list(labels).map(({ name = '', value = '' }): Pair => [name as string, value as string])
  return {
    series: list(request.timeseries).map(each => ({
      labels: pairs(each.labels),
      samples: list(each.samples),
      exemplars: list(each.exemplars).map(({ labels, ...point }) => ({ ...point, own: pairs(labels) })),
      histograms: list(each.histograms).length,
    })),
    described: list(request.metadata).map(({ metricFamilyName = '', type, help = '', unit = '' }) => ({
      name: metricFamilyName as string,
      ...(type !== undefined && { type: type as number }),
      help: help as string,
      unit: unit as string,
    })),
  }
}

function readSecond(request: Fields): Request {
  const symbols = (request.symbols ?? []) as string[]
  if (symbols.length > 0 && symbols[0] !== '')
    throw new RemoteWriteError(
      `expected the first symbol to be empty, got ${JSON.stringify(symbols[0]?.slice(0, 60))}`,
    )
  const symbol = (index: number) => {
    const found = symbols[index]
    if (found === undefined)
      throw new RemoteWriteError(`expected a symbol below ${symbols.length}, got ${index}`)
    return found
  }
  const pairs = (refs: unknown): Pair[] => {
    const numbers = (refs ?? []) as number[]
    if (numbers.length % 2 === 1)
      throw new RemoteWriteError(`expected names and values of labels, got ${numbers.length} symbols`)
    return numbers.flatMap((name, i) =>
      i % 2 === 0 ? [[symbol(name), symbol(numbers[i + 1]!)] as const] : [],
    )
  }
  const described = new Map<string, Described>()
  const series = list(request.timeseries).map(each => {
    const labels = pairs(each.labelsRefs)
    const about = each.metadata as { type?: number; helpRef?: number; unitRef?: number } | undefined
    const name = labels.find(([label]) => label === metricName)?.[1] ?? ''
    if (about?.type !== undefined) {
      const family = familyOf(name, types[about.type] ?? 'unknown')
      const [help, unit] = [symbol(about.helpRef ?? 0), symbol(about.unitRef ?? 0)]
      described.set(family, { name: family, type: about.type, help, unit })
    }
    return {
      labels,
      samples: list(each.samples),
      exemplars: list(each.exemplars).map(({ labelsRefs, ...point }) => ({
        ...point,
        own: pairs(labelsRefs),
      })),
      histograms: list(each.histograms).length,
    }
  })
  return { series, described: [...described.values()] }
}

/** The second version says of each series what its metric is, under the names of the series. */
function familyOf(name: string, type: string): string {
  if (type === 'histogram') return name.replace(/_(bucket|count|sum)$/, '')
  return type === 'summary' ? name.replace(/_(count|sum)$/, '') : name
}
