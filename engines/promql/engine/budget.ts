import { type Limits, QueryError } from './result.ts'

/** Counts what a query uses, and stops it when it asks for too much, takes too long or is no longer wanted. */
export interface Budget {
  /** Samples read or points produced. */
  spend(samples: number): void
  /** Steps of one grid, before it is laid out in memory. */
  layOut(steps: number): void
  addSeries(series: number): void
  /** Asks whether to go on, at most every few thousand units of work. */
  work(units: number): void
}

export const defaultLimits: Limits = {
  samples: 200_000_000,
  steps: 1_000_000,
  series: 100_000,
  milliseconds: 120_000,
}

const unitsBetweenChecks = 10_000

export function newBudget(limits: Partial<Limits>, isCancelled: (() => boolean) | undefined): Budget {
  const most = { ...defaultLimits, ...limits }
  const started = Date.now()
  let samples = 0
  let series = 0
  let unchecked = 0
  const check = () => {
    if (isCancelled?.() === true) throw new QueryError('cancelled', 'Query was cancelled')
    const elapsed = Date.now() - started
    if (elapsed > most.milliseconds) stop('milliseconds', most.milliseconds, elapsed)
  }
  const work = (units: number) => {
    unchecked += units
    if (unchecked < unitsBetweenChecks) return
    unchecked = 0
    check()
  }
  check()
  return {
    work,
    spend(count) {
      samples += count
      if (samples > most.samples) stop('samples', most.samples, samples)
      work(count + 1)
    },
    layOut(steps) {
      if (steps > most.steps) stop('steps', most.steps, steps)
    },
    addSeries(count) {
      series += count
      if (series > most.series) stop('series', most.series, series)
    },
  }
}

function stop(limit: keyof Limits, most: number, got: number): never {
  throw new QueryError(
    'limit',
    `Query stopped by its limit of ${limit}: expected at most ${most}, got ${got}`,
  )
}
