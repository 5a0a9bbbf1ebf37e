/** The steps of a metrics query: each takes the spans that started after the step before it and not after itself. */

export interface MetricsRange {
  /** Nanoseconds since the epoch. */
  start: bigint
  end: bigint
  /** Nanoseconds. */
  step: bigint
}

export interface Grid {
  start: bigint
  end: bigint
  step: bigint
  count: number
  /** -1 outside the grid. */
  stepOf(time: bigint): number
  /** Milliseconds since the epoch. */
  timeOf(step: number): number
}

/** Aligned to multiples of the step, with one more at the start, as Tempo does before anything else. */
export function gridOf({ start, end, step }: MetricsRange): Grid {
  const aligned = start - (start % step)
  const first = aligned > step ? aligned - step : aligned
  const last = end % step === 0n ? end : end + step - (end % step)
  return {
    start: first,
    end: last,
    step,
    count: Number((last - first) / step),
    stepOf: time => (time <= first || time > last ? -1 : Number((time - first - 1n) / step)),
    timeOf: index => Number((first + BigInt(index + 1) * step) / 1_000_000n),
  }
}

/** Tempo's step where none is given: about 240 of them, in multiples of a round one. */
export function defaultStep(start: bigint, end: bigint): bigint {
  const [ms, s] = [1_000_000n, 1_000_000_000n]
  const range = end - start
  const wanted = range / 240n
  if (range < 60n * s) return wanted > 50n * ms ? (wanted / (50n * ms)) * 50n * ms : 50n * ms
  const round = [3600n, 300n, 60n, 15n, 5n, 1n].map(each => each * s).find(each => wanted > each)
  return round === undefined ? s : (wanted / round) * round
}
