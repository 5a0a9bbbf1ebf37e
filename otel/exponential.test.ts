import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { createExponential, recordExponential } from './exponential.ts'

function histogramOf(values: readonly number[]) {
  const histogram = createExponential()
  for (const value of values) recordExponential(histogram, value)
  return histogram
}

/** Where the bucket of each side's place begins and ends. */
function bounds(scale: number, index: number): [number, number] {
  const base = 2 ** (2 ** -scale)
  return [base ** index, base ** (index + 1)]
}

test('one value has the finest scale, and powers of 2 are the upper bounds of their buckets', () => {
  for (const value of [1, 2, 0.5, 1024, 2 ** -40]) {
    const { scale, positive } = histogramOf([value])
    expect({ scale, counts: positive.counts }).toEqual({ scale: 20, counts: [1] })
    expect(positive.offset).toBe(Math.log2(value) * 2 ** 20 - 1)
  }
})

test('each value lies in its bucket, however far apart they are, and none is lost', () => {
  const values = [1e-300, 0.001, 0.0011, 0.004, 1, 3, 8, 250, 1e300]
  for (let count = 1; count <= values.length; count++) {
    const some = values.slice(0, count)
    const { scale, positive } = histogramOf(some)
    expect(positive.counts.length).toBeLessThanOrEqual(160)
    const expected: number[] = []
    for (const value of some) {
      const place = positive.counts.findIndex((_, index) => {
        const [above, to] = bounds(scale, positive.offset + index)
        return value > above * (1 - 1e-9) && value <= to * (1 + 1e-9)
      })
      expected[place] = (expected[place] ?? 0) + 1
    }
    expect(positive.counts).toEqual(positive.counts.map((_, place) => expected[place] ?? 0))
  }
})

test('thousands of durations keep an error of a few per cent', () => {
  const values = Array.from({ length: 5000 }, (_, index) => 0.001 * 1.002 ** index)
  const { scale, positive, zeros } = histogramOf([...values, 0])
  expect(positive.counts.reduce((sum, count) => sum + count, 0)).toBe(5000)
  expect(zeros).toBe(1)
  // 14.4 doublings in 160 buckets: eleven buckets for each, at the next lower power of 2.
  expect(scale).toBe(3)
})

test('values below 0 have buckets of their own on the same scale', () => {
  const { scale, positive, negative } = histogramOf([-1, -1000, 1, 0.001])
  expect(negative.counts.reduce((sum, count) => sum + count, 0)).toBe(2)
  expect(positive.counts.reduce((sum, count) => sum + count, 0)).toBe(2)
  expect(scale).toBeLessThan(20)
})

test('it is the histogram that the SDK makes of the same values', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 })],
    views: [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  })
  const theirs = provider.getMeter('test').createHistogram('h')
  const values = Array.from({ length: 2000 }, (_, index) => ((index * 7919) % 2003) ** 3 / 1e6)
  for (const value of values) theirs.record(value)
  await provider.forceFlush()
  const point = exporter.getMetrics()[0]!.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value as {
    scale: number
    zeroCount: number
    positive: { offset: number; bucketCounts: number[] }
  }
  await provider.shutdown()
  const { scale, zeros, positive } = histogramOf(values)
  expect({ scale, zeros }).toEqual({ scale: point.scale, zeros: point.zeroCount })
  const byIndex = (offset: number, counts: readonly number[]) =>
    counts.flatMap((count, place) => (count === 0 ? [] : [[offset + place, count]]))
  expect(byIndex(positive.offset, positive.counts)).toEqual(
    byIndex(point.positive.offset, point.positive.bucketCounts),
  )
})
