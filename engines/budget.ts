import { QueryError } from './query-error.ts'

/** What a query may use before it is stopped with an error that names the limit. */
export interface Limits {
  /** Samples read and produced. */
  samples: number
  /** Steps of a range query; Prometheus allows 11,000. */
  steps: number
  series: number
  milliseconds: number
}

/** Counts what a query uses, and stops it when it asks for too much, takes too long or is no longer wanted. */
export interface Budget {
  /** Samples read or points produced. */
  spend(samples: number): void
  /** Steps of one grid, before it is laid out in memory. */
  checkSteps(steps: number): void
  addSeries(series: number): void
  /** Asks whether to go on, at most every few thousand units of work. */
  work(units: number): void
}

const defaultLimits: Limits = {
  samples: 200_000_000,
  steps: 1_000_000,
  series: 100_000,
  milliseconds: 120_000,
}

const unitsBetweenChecks = 10_000

export function newBudget(limits: Partial<Limits>, isCancelled: (() => boolean) | undefined): Budget {
  const most = { ...defaultLimits, ...limits }
  let samples = 0
  let series = 0
  const bound = (limit: keyof Limits, got: number) => {
    if (got > most[limit]) stopAt(limit, most[limit], got)
  }
  const work = startWatch(unitsBetweenChecks, most.milliseconds, () => isCancelled?.() === true)
  return {
    work,
    spend(count) {
      samples += count
      bound('samples', samples)
      work(count + 1)
    },
    checkSteps: steps => bound('steps', steps),
    addSeries(count) {
      series += count
      bound('series', series)
    },
  }
}

/** Checks now, and then each time that so much work has been done, whether the query may go on. */
export function startWatch(
  unitsBetweenChecks: number,
  milliseconds: number,
  isCancelled: () => boolean,
): (units: number) => void {
  const started = Date.now()
  let unchecked = 0
  const check = () => {
    if (isCancelled()) throw new QueryError('cancelled', 'Query was cancelled')
    const elapsed = Date.now() - started
    if (elapsed > milliseconds) stopAt('milliseconds', milliseconds, elapsed)
  }
  check()
  return units => {
    unchecked += units
    if (unchecked < unitsBetweenChecks) return
    unchecked = 0
    check()
  }
}

export function stopAt(limit: string, most: number, got: number): never {
  throw new QueryError(
    'limit',
    `Query stopped by its limit of ${limit}: expected at most ${most}, got ${got}`,
  )
}
