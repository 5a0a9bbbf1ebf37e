/** What the lab keeps, and what it tells of itself. */
import { seconds } from '../contract/durations.ts'
import type { LogsStatus } from './logs/thread.ts'
import type { MetricsStatus } from './metrics/thread.ts'
import type { TracesStatus } from './traces/thread.ts'

/** What the stores hold at most; all of it is in memory, so that nothing outlives the process. */
export const kept = {
  onDisk: false,
  metrics: { samples: 20_000_000 },
  logs: { seconds: seconds('6h'), entries: 300_000, characters: 150_000_000 },
  traces: { seconds: seconds('2h'), spans: 200_000 },
}

export interface LabStatus {
  preset: string
  startedAt: string
  /** Seconds. */
  scrapeInterval: number
  metrics: MetricsStatus
  logs: LogsStatus
  traces: TracesStatus
  /** Per second, over the last few. */
  spansPerSecond: number
  linesPerSecond: number
  kept: typeof kept
}
