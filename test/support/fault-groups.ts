/** The fault catalogue in groups whose faults do not disturb each other's symptom, so that they can be tried together. */

import type { FaultId } from '../../app/faults/catalogue.ts'

interface Trial {
  target?: string
  intensity?: number
  /** How far the symptom has to move, in the unit of its reading. */
  margin: number
}

type FaultGroup = Partial<Record<FaultId, Trial>>

/** `crash` is missing: it ends its process, and with it what others in its group would show. */
export const faultGroups: readonly FaultGroup[] = [
  {
    'error-ratio': { target: '/search', intensity: 0.5, margin: 0.2 },
    'latency-fixed': { target: '/products', intensity: 0.4, margin: 0.3 },
    'latency-long-tail': { target: '/products/:id', intensity: 2, margin: 0.3 },
    'log-flood': { intensity: 1000, margin: 300 },
    'memory-leak': { target: 'worker', intensity: 10_000_000, margin: 20_000_000 },
    'event-loop-block': { target: 'payments', intensity: 0.3, margin: 0.1 },
    'poison-messages': { intensity: 0.5, margin: 0.2 },
  },
  {
    'cache-stampede': { intensity: 0.5, margin: 0.1 },
    'n-plus-one': { margin: 20 },
    'gc-pressure': { target: 'worker', margin: 0.01 },
    'payments-slow': { intensity: 1, margin: 0.3 },
    'telemetry-down': { target: 'payments', margin: 1 },
  },
  {
    'cache-off': { margin: 0.15 },
    'payments-down': { margin: 0.5 },
    'cpu-burn': { target: 'worker', intensity: 0.2, margin: 0.15 },
  },
  { 'slow-consumer': { intensity: 4, margin: 5 } },
  { 'slow-query': { margin: 0.01 } },
  { 'retry-storm': { intensity: 10, margin: 5 } },
  { 'payments-slow-unprotected': { intensity: 1.5, margin: 1 } },
  { 'pool-leak': { margin: 3 } },
]
