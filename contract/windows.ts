/** Burn-rate windows as data, and the presets that scale them. */
import { decimal, over, times, toNumber, toText } from './decimal.ts'
import { duration, seconds } from './durations.ts'

export type Severity = 'page' | 'ticket'

/** All times in seconds. */
export interface Tier {
  name: string
  severity: Severity
  long: number
  short: number
  /** Share of the period's budget that is spent when the alert fires on a clean history. */
  budget: number
  /** Bridges the gaps of a flapping signal. */
  keepFiringFor: number
  /** Data the tier needs before it judges: a service younger than this says little of a long window. */
  history: number
  /** How long both windows have to burn before the alert fires; at once where it is left out. */
  for?: number
  /** The burn factor itself, where it is not to follow from the budget and the long window. */
  factor?: number
}

export interface Preset {
  name: string
  title: string
  period: number
  scrapeInterval: number
  evaluationInterval: number
  /** Tickets and the period move slowly, so their group runs less often; Prometheus forgets a series after `lookback`. */
  slowInterval: number
  retention: number
  /** Window of the two recorded rates everything longer is staged on. */
  base: number
  /** Windows up to this one read the raw counters. */
  rawUpTo: number
  /** Windows above that and up to this one sum the base rates; longer ones sum their means, one per slow interval. */
  denseUpTo: number
  tiers: readonly Tier[]
  /** One day and one hour of the clock anomalies are judged by. */
  day: number
  hour: number
  cause: { window: number; for: number }
}

/** How long a query sees a sample, in seconds, unless Prometheus is told otherwise. */
export const lookback = seconds('5m')

/** Source: Google, The Site Reliability Workbook, chapter 5, table 5-8 (https://sre.google/workbook/alerting-on-slos/). */
const workbook: readonly Tier[] = [
  tier('fast', 'page', '1h', '5m', 0.02, '5m', '0s'),
  tier('medium', 'page', '6h', '30m', 0.05, '5m', '0s'),
  tier('slow', 'ticket', '1d', '2h', 0.1, '15m', '2h'),
  tier('trickle', 'ticket', '3d', '6h', 0.1, '15m', '6h'),
]

export const production: Preset = {
  name: '30d',
  title: '30 days, for production',
  period: seconds('30d'),
  scrapeInterval: seconds('15s'),
  evaluationInterval: seconds('30s'),
  slowInterval: seconds('4m'),
  retention: seconds('31d'),
  base: seconds('5m'),
  rawUpTo: seconds('1h'),
  denseUpTo: seconds('6h'),
  tiers: workbook,
  day: seconds('1d'),
  hour: seconds('1h'),
  cause: { window: seconds('5m'), for: seconds('5m') },
}

/** A month in two days: every window fifteen times shorter, which four scrapes of 5 s in the shortest one allow. */
export const practice: Preset = scaled(production, 15, {
  name: 'practice',
  title: 'A month in two days, for the lab',
  scrapeInterval: seconds('5s'),
  evaluationInterval: seconds('5s'),
  slowInterval: seconds('20s'),
  cause: { window: seconds('1m'), for: seconds('30s') },
})

export const presets: readonly Preset[] = [production, practice]

/** The same policy on a faster clock: burn factors, and so detection relative to the windows, stay what they were. */
export function scaled(
  preset: Preset,
  by: number,
  given: Pick<Preset, 'name' | 'title' | 'scrapeInterval' | 'evaluationInterval' | 'slowInterval' | 'cause'>,
): Preset {
  return {
    ...given,
    period: preset.period / by,
    retention: preset.retention / by,
    base: preset.base / by,
    rawUpTo: preset.rawUpTo / by,
    denseUpTo: preset.denseUpTo / by,
    day: preset.day / by,
    hour: preset.hour / by,
    tiers: preset.tiers.map(each => ({
      ...each,
      long: each.long / by,
      short: each.short / by,
      keepFiringFor: each.keepFiringFor / by,
      history: each.history / by,
      ...(each.for === undefined ? {} : { for: each.for / by }),
    })),
  }
}

/** How many times faster than even spending: the budget share times the periods that fit the long window. */
export function burnFactor(preset: Preset, { budget, long, name, factor: given }: Tier): string {
  if (given !== undefined) return toText(decimal(given))
  const factor = over(times(decimal(budget), decimal(preset.period)), decimal(long))
  if (factor === undefined)
    throw new Error(
      `Cannot write the burn factor of tier ${name} of preset ${preset.name} as a decimal: expected ${budget} × ${duration(preset.period)} / ${duration(long)} to end`,
    )
  return toText(factor)
}

export function burnFactorNumber(preset: Preset, each: Tier): number {
  return toNumber(decimal(burnFactor(preset, each)))
}

/** How long a tier's condition has to hold, in whole evaluations, as nothing is seen between two of them. */
export function holdFor(preset: Preset, { severity, for: wanted = 0 }: Tier): number {
  const interval = intervalOf(preset, severity)
  return Math.ceil(wanted / interval) * interval
}

/** Every window a tier looks at, shortest first. */
export function ratioWindows(preset: Preset): number[] {
  return [...new Set(preset.tiers.flatMap(({ long, short }) => [long, short]))].toSorted((a, b) => a - b)
}

/** What a window sums up: raw counters, base rates, or their means. */
export function sourceOf(preset: Preset, window: number): 'raw' | 'rates' | 'means' {
  if (window <= preset.rawUpTo) return 'raw'
  return window <= preset.denseUpTo ? 'rates' : 'means'
}

/** A page is judged as often as the preset can, a ticket with the slow rules. */
export function intervalOf(preset: Preset, severity: Severity): number {
  return severity === 'page' ? preset.evaluationInterval : preset.slowInterval
}

function tier(
  name: string,
  severity: Severity,
  long: string,
  short: string,
  budget: number,
  keepFiringFor: string,
  history: string,
): Tier {
  return {
    name,
    severity,
    long: seconds(long),
    short: seconds(short),
    budget,
    keepFiringFor: seconds(keepFiringFor),
    history: seconds(history),
  }
}
