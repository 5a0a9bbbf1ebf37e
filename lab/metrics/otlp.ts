/** Metrics of OTLP as Prometheus keeps them: names with units, `job` and `instance` of the resource, buckets summed up. */
import { type Labels, labelsOf, metricName } from '../../engines/labels.ts'
import type { Store } from '../../engines/promql/store/memory.ts'
import { mostMsAhead } from '../intake.ts'
import type { Taken } from '../otlp/response.ts'
import type { Descriptions } from './descriptions.ts'
import type { Exemplars } from './exemplars.ts'

type Fields = { readonly [field: string]: unknown }

/** The sender is at fault. */
class OtlpMetricsError extends Error {
  override name = 'OtlpMetricsError'
}

const cumulative = 2

export function takeMetrics(
  request: unknown,
  store: Store,
  metadata: Descriptions,
  exemplars: Exemplars,
): Taken {
  const latest = Date.now() + mostMsAhead
  const reasons = new Set<string>()
  let [count, rejected] = [0, 0]

  function refuse(points: number, reason: string): void {
    rejected += Math.max(points, 1)
    if (reasons.size < 10) reasons.add(reason)
  }

  function write(labels: Labels, time: number, value: number): void {
    const outcome = store.append(labels, time, value)
    if (outcome === 'duplicate' || outcome === 'out of order')
      refuse(1, `${labels.get(metricName)}: ${outcome}`)
  }

  function takePoint(point: Fields, kind: Kind, name: string, resource: Pairs): void {
    const time = millisecondsOf(point.timeUnixNano)
    if (time <= 0 || time > latest) {
      refuse(1, `${name}: a time that is missing or in the future`)
      return
    }
    count++
    const own: Pairs = [
      ...attributesOf(point).map(([key, value]): Pair => [labelName(key), value]),
      ...resource,
    ]
    const series = (suffix: string, more: Pairs = []) =>
      labelsOf([...own, ...more, [metricName, name + suffix]])
    // Flag 1: there is no value any more.
    if ((Number(point.flags ?? 0) & 1) === 1) store.markStale(series(''), time)
    else if (kind !== 'histogram') write(series(''), time, numberOf(point))
    else {
      let below = 0
      const bounds = list(point.explicitBounds).map(Number)
      for (const [index, inside] of list(point.bucketCounts).entries()) {
        below += Number(inside)
        const le = bounds[index]
        write(series('_bucket', [['le', le === undefined ? '+Inf' : String(le)]]), time, below)
      }
      write(series('_count'), time, Number(point.count ?? 0))
      if (point.sum !== undefined) write(series('_sum'), time, Number(point.sum))
      for (const each of list(point.exemplars).map(record)) addExemplar(each, bounds, series)
    }
  }

  function addExemplar(
    each: Fields,
    bounds: readonly number[],
    series: (suffix: string, more: Pairs) => Labels,
  ): void {
    const value = numberOf(each)
    const le = bounds.find(bound => value <= bound)
    const labels = labelsOf([
      ['trace_id', String(each.traceId ?? '')],
      ['span_id', String(each.spanId ?? '')],
    ])
    const bucket = series('_bucket', [['le', le === undefined ? '+Inf' : String(le)]])
    exemplars.add({ series: bucket, labels, value, time: millisecondsOf(each.timeUnixNano) })
  }

  for (const resourceMetrics of list(record(request).resourceMetrics).map(record)) {
    const resource = resourceLabels(attributesOf(record(resourceMetrics.resource ?? {})))
    for (const scope of list(resourceMetrics.scopeMetrics).map(record))
      for (const metric of list(scope.metrics).map(record)) {
        const kind = kinds.find(kind => metric[kind] !== undefined)
        const refused = refusedKinds.find(kind => metric[kind] !== undefined)
        const data = record(metric[kind ?? refused ?? ''] ?? {})
        const points = list(data.dataPoints)
        const told = String(metric.name ?? '').slice(0, 100)
        if (kind === undefined) refuse(points.length, `${told}: ${refused ?? 'no data'} is not supported`)
        else if (kind !== 'gauge' && temporalityOf(data) !== cumulative)
          refuse(points.length, `${told}: only cumulative temporality is supported`)
        else {
          const isCounter = kind === 'sum' && data.isMonotonic === true
          const name = nameOf(told, String(metric.unit ?? ''), isCounter)
          const type = isCounter ? 'counter' : kind === 'histogram' ? 'histogram' : 'gauge'
          metadata.set(name, { type, help: String(metric.description ?? ''), unit: '' })
          for (const point of points.map(record)) takePoint(point, kind, name, resource)
        }
      }
  }
  return { count, rejected, message: [...reasons].join('; ') }
}

const kinds = ['gauge', 'sum', 'histogram'] as const
type Kind = (typeof kinds)[number]
const refusedKinds = ['exponentialHistogram', 'summary'] as const

type Pair = [string, string]
type Pairs = Pair[]

function resourceLabels(attributes: Pairs): Pairs {
  const found = new Map(attributes)
  const [name, space] = [found.get('service.name') ?? 'unknown_service', found.get('service.namespace')]
  const job: Pair = ['job', space === undefined ? name : `${space}/${name}`]
  const instance = found.get('service.instance.id')
  return instance === undefined ? [job] : [job, ['instance', instance]]
}

const units: { readonly [unit: string]: string | undefined } = {
  ms: 'milliseconds',
  s: 'seconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  min: 'minutes',
  h: 'hours',
  d: 'days',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  '%': 'percent',
}

/** `http.server.request.duration` in `s` is `http_server_request_duration_seconds`. */
function nameOf(text: string, unit: string, isCounter: boolean): string {
  const words = text.split(/[^A-Za-z0-9:]+/).filter(word => word !== '')
  if (words.length === 0) throw new OtlpMetricsError('Cannot read the metrics: expected metrics with a name')
  const suffix = units[unit]
  if (suffix !== undefined && !words.includes(suffix)) words.push(suffix)
  if (isCounter) {
    if (words.at(-1) === 'total') words.pop()
    words.push('total')
  }
  return words.join('_').replace(/^(?=\d)/, '_')
}

function labelName(key: string): string {
  return key.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, 'key_')
}

function temporalityOf({ aggregationTemporality: given }: Fields): number {
  return given === 'AGGREGATION_TEMPORALITY_CUMULATIVE' ? cumulative : Number(given ?? 0)
}

function numberOf({ asDouble, asInt }: Fields): number {
  return Number(asDouble ?? asInt ?? 0)
}

function millisecondsOf(nanoseconds: unknown): number {
  const isWhole = /^\d{1,20}$/.test(String(nanoseconds ?? ''))
  return isWhole ? Number(BigInt(String(nanoseconds)) / 1_000_000n) : 0
}

function attributesOf(of: Fields): Pairs {
  return list(of.attributes).map(each => {
    const { key, value } = record(each)
    const any = record(value ?? {})
    const scalar = any.stringValue ?? any.intValue ?? any.doubleValue ?? any.boolValue
    return [String(key ?? ''), scalar === undefined ? JSON.stringify(any) : String(scalar)]
  })
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || Array.isArray(value)) return value ?? []
  throw new OtlpMetricsError('Cannot read the metrics: expected a list')
}

function record(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new OtlpMetricsError('Cannot read the metrics: expected an object')
}
