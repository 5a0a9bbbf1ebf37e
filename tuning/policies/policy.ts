/** An alerting policy: for an objective it yields a Prometheus rule file. */
import type { Objective } from '../../alerts/objectives.ts'
import type { Preset, Tier } from '../../contract/windows.ts'

export interface Policy {
  name: string
  title: string
  /** Where its numbers come from. */
  source: string
  /** As YAML, so that simulation, promtool and Prometheus read the same. */
  rules: (objective: Objective, clock: Preset) => string
  /** Of those in our own form, which the workbench can change and explain by their parts. */
  definition?: Definition
}

/** A policy in the form of `contract/windows.ts`, with the guard that stands at the objective. */
export interface Definition {
  tiers: readonly Tier[]
  minimumErrors: number | undefined
}
