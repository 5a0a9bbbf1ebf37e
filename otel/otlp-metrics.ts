/** The metrics of the process as OTLP JSON: cumulative, under the names they have on the page that is scraped. */

import type { Exponential } from './exponential.ts'
import type { Buckets, Exemplar } from './histogram.ts'
import type { Instrument } from './metrics.ts'
import { encodeAttributes } from './otlp.ts'
import { type Metric, target } from './signals.ts'

interface EncodedMetric {
  json: string
  points: number
}

/** Instruments that have a series; the resource stands for `target_info`. */
export function encodeMetrics(
  instruments: readonly Instrument[],
  startMs: number,
  nowMs: number,
): EncodedMetric[] {
  const times = `"startTimeUnixNano":"${nanoseconds(startMs)}","timeUnixNano":"${nanoseconds(nowMs)}"`
  return instruments.flatMap(({ signal, series }) => {
    const all = series.all()
    if (all.length === 0 || signal.name === target.info.name) return []
    const points = all.map(
      ({ labels, state }) =>
        `{"attributes":${encodeAttributes(labels)},${times},${'counts' in state ? histogramPoint(signal, state) : `"asDouble":${number(state.value)}`}}`,
    )
    const { name, help, unit } = signal
    const head = `{"name":${JSON.stringify(name)},"description":${JSON.stringify(help)},"unit":"${units[unit]}"`
    const isExponential = all.some(({ state }) => 'exponential' in state)
    return {
      json: `${head},${dataOf(signal, isExponential)}"dataPoints":[${points.join()}]}}`,
      points: points.length,
    }
  })
}

/** Prometheus calls a gauge whose unit is 1 a ratio, so counts have none. */
const units: Record<Metric['unit'], string> = { seconds: 's', bytes: 'By', ratio: '1', info: '', count: '' }

const cumulative = '"aggregationTemporality":2,'

function dataOf({ kind }: Metric, isExponential: boolean): string {
  if (kind === 'gauge') return '"gauge":{'
  if (kind === 'counter') return `"sum":{${cumulative}"isMonotonic":true,`
  return `"${isExponential ? 'exponentialHistogram' : 'histogram'}":{${cumulative}`
}

function histogramPoint({ buckets = [] }: Metric, state: Buckets): string {
  const { counts, sum, exemplars, exponential } = state
  const count = counts.reduce((all, inside) => all + inside, 0)
  const kept = exemplars.filter(exemplar => exemplar !== undefined).map(encodeExemplar)
  const inBuckets =
    exponential === undefined
      ? `"bucketCounts":[${counts.map(quoted).join()}],"explicitBounds":[${buckets.join()}]`
      : encodeExponential(exponential)
  return `"count":"${count}","sum":${number(sum)},${inBuckets},"exemplars":[${kept.join()}]`
}

function encodeExponential({ scale, zeros, positive, negative }: Exponential): string {
  const side = ({ offset, counts }: Exponential['positive']) =>
    `{"offset":${offset},"bucketCounts":[${counts.map(quoted).join()}]}`
  return `"scale":${scale},"zeroCount":"${zeros}","positive":${side(positive)},"negative":${side(negative)}`
}

function encodeExemplar({ traceId, spanId, value, timeMs }: Exemplar): string {
  return `{"timeUnixNano":"${nanoseconds(timeMs)}","asDouble":${number(value)},"spanId":"${spanId}","traceId":"${traceId}"}`
}

/** Whole numbers of 64 bits are text in JSON. */
function quoted(count: number): string {
  return `"${count}"`
}

/** JSON has no word for what is not finite. */
function number(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`
}

function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`
}
