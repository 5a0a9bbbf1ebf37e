import { startWatch, stopAt } from '../../budget.ts'
import { QueryError } from '../../query-error.ts'
import type { Limits, QueryOptions } from './result.ts'

/** Counts what a query uses, and stops it when it asks for too much, takes too long or is no longer wanted. */
export interface Budget {
  read(line: string): void
  /** Numbers taken from lines, and points produced. */
  spend(samples: number): void
  checkSteps(steps: number): void
  checkSeries(series: number): void
  /** Asks whether to go on, each time that so many units have been done since it last asked. */
  work(units: number): void
}

const defaultLimits: Limits = {
  lines: 20_000_000,
  characters: 10_000_000_000,
  samples: 50_000_000,
  series: 500,
  steps: 11_000,
  milliseconds: 60_000,
}

const unitsBetweenChecks = 4096

export function newBudget({ limits, signal, isCancelled }: QueryOptions): Budget {
  const most = { ...defaultLimits, ...limits }
  let lines = 0
  let characters = 0
  let samples = 0
  const work = startWatch(
    unitsBetweenChecks,
    most.milliseconds,
    () => signal?.aborted === true || isCancelled?.() === true,
  )
  return {
    work,
    read(line) {
      if (++lines > most.lines) stopAt('lines', most.lines, lines)
      characters += line.length
      if (characters > most.characters) stopAt('characters', most.characters, characters)
      work(1 + line.length / 500)
    },
    spend(count) {
      samples += count
      if (samples > most.samples) stopAt('samples', most.samples, samples)
      work(count)
    },
    checkSteps(steps) {
      if (steps > most.steps) stopAt('steps', most.steps, steps)
    },
    checkSeries(series) {
      if (series > most.series)
        throw new QueryError(
          'limit',
          `maximum number of series (${most.series}) reached for a single query; expected fewer, got ${series}: select fewer streams, or aggregate with sum(), count() or topk()`,
        )
    },
  }
}
