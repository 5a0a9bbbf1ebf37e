/** How often a simulated Prometheus scrapes and evaluates. */
import { type Preset, production } from '../contract/windows.ts'

export type Resolution = '15s' | '1m'

/** As production has it, or four times coarser for a first look; the windows are the same. */
export const clocks: Readonly<Record<Resolution, Preset>> = {
  '15s': production,
  '1m': { ...production, scrapeInterval: 60, evaluationInterval: 60 },
}
