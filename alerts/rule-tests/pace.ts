/** The tiers that are tested together, and the times at which anything can be seen at their pace. */
import { intervalOf, type Preset, type Severity, type Tier } from '../../contract/windows.ts'

/** promtool evaluates all groups of a test at one interval, so pages and tickets are tested apart. */
export interface Pace {
  preset: Preset
  interval: number
  tiers: readonly Tier[]
}

export function paceOf(preset: Preset, severity: Severity): Pace {
  return {
    preset,
    interval: intervalOf(preset, severity),
    tiers: preset.tiers.filter(tier => tier.severity === severity),
  }
}

/** An event is seen at the next scrape, and acted on at the next evaluation. */
export function tolerance({ preset, interval }: Pace): number {
  return preset.scrapeInterval + interval
}

export function onScrape({ preset }: Pace, seconds: number): number {
  return Math.ceil(seconds / preset.scrapeInterval) * preset.scrapeInterval
}

export function onEvaluation({ interval }: Pace, seconds: number, to: 'up' | 'down'): number {
  const steps = seconds / interval
  return (to === 'up' ? Math.ceil(steps) : Math.floor(steps)) * interval
}
