/** Counts and latencies per journey, in histograms of fixed size however long the run. */

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { JourneyName } from '../../contract/budgets.ts'
import { load } from '../../contract/shop-signals.ts'
import { counter, histogram, initialise } from '../../otel/metrics.ts'

/** A percentile in seconds, with the bounds that chance alone puts it between 19 times in 20. */
export interface Percentile {
  value: number
  low: number
  high: number
}

export interface JourneyResult {
  requests: number
  errors: number
  /** How many requests failed for which reason. */
  reasons: Record<string, number>
  p50: Percentile
  p95: Percentile
  p99: Percentile
  max: number
}

interface Window {
  requests: number
  errors: number
  p50: number
  p95: number
  p99: number
}

export type Measurements = ReturnType<typeof createMeasurements>

export function createMeasurements(names: readonly JourneyName[]) {
  const journeys = new Map(
    names.map(name => [name, { latency: microseconds(), errors: 0, reasons: {} as Record<string, number> }]),
  )
  const window = { latency: microseconds(), errors: 0 }
  const duration = histogram(load.duration)
  const droppedTotal = counter(load.dropped)
  initialise(
    load.duration,
    names.flatMap(journey => [
      { journey, outcome: 'ok' as const },
      { journey, outcome: 'error' as const },
    ]),
  )
  initialise(load.dropped, [{}])
  let dropped = 0

  function fail(name: JourneyName, reason: string): void {
    const journey = journeys.get(name)!
    journey.errors++
    journey.reasons[reason] = (journey.reasons[reason] ?? 0) + 1
    window.errors++
  }

  return {
    /** `reason` says why a request failed. */
    record(name: JourneyName, seconds: number, reason?: string): void {
      const journey = journeys.get(name)!
      const micros = Math.max(1, Math.round(seconds * 1e6))
      journey.latency.record(micros)
      window.latency.record(micros)
      if (reason !== undefined) fail(name, reason)
      duration.record({ journey: name, outcome: reason === undefined ? 'ok' : 'error' }, seconds)
    },
    /** An answer that came in time with a good status, and was of no use. */
    misread(name: JourneyName): void {
      fail(name, 'unreadable answer')
    },
    drop(): void {
      dropped++
      droppedTotal.add({})
    },
    dropped: () => dropped,
    /** What happened since the last time this was asked. */
    takeWindow(): Window {
      const { latency, errors } = window
      const at = (percent: number) => (latency.count === 0 ? 0 : latency.percentile(percent) / 1e6)
      const result = { requests: latency.count, errors, p50: at(50), p95: at(95), p99: at(99) }
      latency.reset()
      window.errors = 0
      return result
    },
    results: (): Partial<Record<JourneyName, JourneyResult>> =>
      Object.fromEntries(
        [...journeys]
          .filter(([, { latency }]) => latency.count > 0)
          .map(([name, { latency, errors, reasons }]) => [
            name,
            {
              requests: latency.count,
              errors,
              reasons,
              p50: percentile(latency, 0.5),
              p95: percentile(latency, 0.95),
              p99: percentile(latency, 0.99),
              max: latency.max / 1e6,
            },
          ]),
      ),
  }
}

const tenMinutes = 600e6

function microseconds(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: tenMinutes, figures: 3 })
}

/** The bounds are those of the rank: of `count` requests a share of `quantile` is expected below it, give or take. */
function percentile(latency: RecordableHistogram, quantile: number): Percentile {
  const margin = 1.96 * Math.sqrt((quantile * (1 - quantile)) / latency.count)
  const at = (share: number) => latency.percentile(Math.min(1, Math.max(1e-9, share)) * 100) / 1e6
  return { value: at(quantile), low: at(quantile - margin), high: at(quantile + margin) }
}
