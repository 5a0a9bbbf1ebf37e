/** When journeys start: decided by the clock and the rate alone, never by an answer. */

import { seconds } from '../../contract/durations.ts'
import { wrongUse } from '../../contract/user-error.ts'

export interface Spike {
  factor: number
  /** Seconds after the start of the run. */
  start: number
  length: number
}

export interface Traffic {
  /** Journeys per second; with a daily curve their mean over a day. */
  rate: number
  /** Seconds of a day of the curve; without it the rate is flat. */
  day?: number
  /** Where in the day the run starts, in seconds. */
  dayOffset?: number
  spikes: readonly Spike[]
}

export type Spacing = 'poisson' | 'constant'

/** Seconds after the start at which journeys are due, in order. */
export function* arrivals(traffic: Traffic, spacing: Spacing, random: () => number): Generator<number> {
  const ceiling = highestRate(traffic)
  for (let time = 0; ; ) {
    if (spacing === 'constant') {
      yield time
      // Rounded to nanoseconds, or the errors of many small steps would add an arrival at the end.
      time = Math.round((time + 1 / rateAt(traffic, time)) * 1e9) / 1e9
    } else {
      // Thinning: arrivals at the highest rate, of which the share that belongs to this moment is kept.
      time -= Math.log(1 - random()) / ceiling
      if (random() * ceiling < rateAt(traffic, time)) yield time
    }
  }
}

export function rateAt({ rate, day, dayOffset = 0, spikes }: Traffic, time: number): number {
  const daily = day === undefined ? 1 : dailyFactor(((dayOffset + time) / day) % 1)
  return spikes
    .filter(spike => time >= spike.start && time < spike.start + spike.length)
    .reduce((product, spike) => product * spike.factor, rate * daily)
}

/** `4x@2m+30s`: four times the rate, from two minutes after the start, for thirty seconds. */
export function parseSpike(text: string): Spike {
  const [, factor, start, length] = /^(\d+(?:\.\d+)?)x@([^+]+)\+(.+)$/.exec(text) ?? []
  if (factor === undefined || start === undefined || length === undefined || Number(factor) === 0)
    throw wrongUse({ action: `parse spike "${text}"`, expected: 'FACTORx@START+LENGTH, like 4x@2m+30s' })
  return { factor: Number(factor), start: seconds(start), length: seconds(length) }
}

const swing = 0.6
const lunch = 0.15

/** Quiet at four in the morning, two peaks around noon and in the evening, 1 on average. */
function dailyFactor(day: number): number {
  const turn = 2 * Math.PI
  return 1 - swing * Math.cos(turn * (day - 4 / 24)) + lunch * Math.cos(2 * turn * (day - 20 / 24))
}

function highestRate({ rate, day, spikes }: Traffic): number {
  const daily = day === undefined ? 1 : 1 + swing + lunch
  return spikes.reduce((product, spike) => product * Math.max(1, spike.factor), rate * daily)
}
