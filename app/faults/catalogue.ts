/**
 * The fault catalogue: every way the lab can break the shop on purpose, as data. Each entry says which practice it
 * breaks, how strong it may be, the signal that shows it and the alert that should catch it.
 */
import { cacheFaults } from './catalogue/cache.ts'
import { databaseFaults } from './catalogue/database.ts'
import { jobFaults } from './catalogue/jobs.ts'
import { paymentFaults } from './catalogue/payments.ts'
import { processFaults } from './catalogue/process.ts'
import { requestFaults } from './catalogue/requests.ts'
import { telemetryFaults } from './catalogue/telemetry.ts'
import type { Fault, FaultRole } from './fault.ts'

export const faults = [
  ...requestFaults,
  ...databaseFaults,
  ...cacheFaults,
  ...processFaults,
  ...paymentFaults,
  ...jobFaults,
  ...telemetryFaults,
] as const satisfies readonly Fault[]

type Catalogued = (typeof faults)[number]

export type FaultId = Catalogued['id']

/** The ids of the faults that have a target which processes of this role have to run. */
export type FaultIn<R extends FaultRole> = Catalogued extends infer F
  ? F extends { id: infer I; targets: { [target: string]: readonly (infer Runs)[] } }
    ? R extends Runs
      ? I
      : never
    : never
  : never

export function findFault(id: string): Fault | undefined {
  return faults.find(fault => fault.id === id)
}

export function defaultTarget(fault: Fault): string {
  return Object.keys(fault.targets)[0]!
}

/** The targets of a fault that need a process of this role: of `pool-leak` the shop's is `main`, the worker has none. */
export function targetsOf(fault: Fault, role: FaultRole): string[] {
  return Object.keys(fault.targets).filter(target => fault.targets[target]!.includes(role))
}
