/** The step of a range query and the built-in variables that follow from it, as Grafana computes them. */
import { durationMs, durationText, type TimeRange } from './time.ts'

/** Grafana's steps: an exact interval below the limit becomes the step beside it. All in milliseconds. */
const steps: readonly (readonly [limit: number, step: number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1500, 1000],
  [3500, 2000],
  [7500, 5000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
]

/** Prometheus answers at most 11,000 points a series. */
const mostPoints = 11_000

/** `minimum` is the panel's own `interval`, else the scrape interval, in milliseconds. */
export function stepFor({ from, to }: TimeRange, points: number, minimum: number): number {
  const exact = (to - from) / Math.max(1, points)
  const nice = steps.find(([limit]) => exact < limit)?.[1] ?? 2_592_000_000
  const shortest = Math.ceil((to - from) / mostPoints / 1000) * 1000
  return Math.max(nice, minimum, shortest)
}

/** Every point of two queries falls on the same times, however the clock moved between them. */
export function aligned({ from, to }: TimeRange, step: number): TimeRange {
  return { from: Math.floor(from / step) * step, to: Math.floor(to / step) * step }
}

export function minimumStep(interval: string | undefined, scrapeInterval: number): number {
  return (interval === undefined ? undefined : durationMs(interval.replace(/^>/, ''))) ?? scrapeInterval
}

export function builtIns(range: TimeRange, step: number, minimum: number): Record<string, string> {
  const seconds = Math.round((range.to - range.from) / 1000)
  return {
    __interval: durationText(step),
    __auto: durationText(step),
    __interval_ms: `${step}`,
    __rate_interval: durationText(Math.max(step + minimum, 4 * minimum)),
    __range: `${seconds}s`,
    __range_s: `${seconds}`,
    __range_ms: `${range.to - range.from}`,
    __from: `${range.from}`,
    __to: `${range.to}`,
  }
}
