/** What the lab tells of itself. */
import type { StoresStatus } from './stores.ts'

export interface LabStatus extends StoresStatus {
  preset: string
  startedAt: string
  /** Seconds. */
  scrapeInterval: number
  /** Per second, over the last few. */
  spansPerSecond: number
  linesPerSecond: number
}
