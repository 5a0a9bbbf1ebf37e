/** What a fault is, and what the entries of the catalogue are written with. */
import type { Role } from '../../contract/shop-signals.ts'
import type { Labels, Metric } from '../../otel/signals.ts'

export type FaultRole = Exclude<Role, 'load'>

export interface Fault {
  id: string
  title: string
  /** The good practice this fault takes away. */
  breaks: string
  does: string
  intensity: Intensity
  /** What it can aim at, each with the processes that have to run it; the first one is the default. */
  targets: { readonly [target: string]: readonly FaultRole[] }
  /** Seconds; a fault always ends by itself. */
  duration: { default: number; max: number }
  symptom: Symptom
  /** `within`: seconds from the start until it fires, at default intensity under the practice preset and steady load. */
  alert: { name: string; within: number }
}

interface Intensity {
  unit:
    | 'ratio'
    | 'seconds'
    | 'bytes'
    | 'bytes/s'
    | 'lines/s'
    | 'connections'
    | 'queries'
    | 'retries'
    | 'switch'
  means: string
  min: number
  max: number
  default: number
}

/**
 * How to read a metric over a window: a gauge's value; the rate of a counter or of a histogram's count; the rate of a
 * histogram's sum (`busy`); a histogram's mean or p99; or the share of its events that `where` selects among `among`.
 */
type Reading = 'value' | 'rate' | 'busy' | 'mean' | 'p99' | 'share'

interface Symptom {
  metric: Metric
  reading: Reading
  direction: 'up' | 'down'
  where: { readonly [label: string]: string }
  among: { readonly [label: string]: string }
  /** The label that names the target, when the fault aims at one of several. */
  targetLabel?: string
  /** The process that shows it, when it is not the one that runs the fault. */
  seenIn?: FaultRole
}

/** The target that stands for all of a kind. */
export const everyTarget = '*'

export const anyProcess = { shop: ['shop'], payments: ['payments'], worker: ['worker'] } as const

/** Of an intensity: a share such as 0.2. */
export const share = (means: string, usual: number) =>
  ({ unit: 'ratio', means, min: 0.001, max: 1, default: usual }) as const

export const onOrOff = { unit: 'switch', means: '1 is on', min: 1, max: 1, default: 1 } as const

export const minutes = (usual: number, max: number) => ({ default: usual * 60, max: max * 60 })

export function symptom<M extends Metric>(
  metric: M,
  reading: Reading,
  direction: 'up' | 'down',
  where: Partial<Labels<M>> = {},
  among: Partial<Labels<M>> = {},
): Symptom {
  return { metric, reading, direction, where: where as Symptom['where'], among: among as Symptom['among'] }
}
