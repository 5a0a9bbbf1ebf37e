/**
 * Starts and stops the faults of the catalogue in this process. A fault either has an effect that is started here, such
 * as a leak, or is asked for by code on the path of a request. What runs is exported as the ground truth of the lab.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { lab } from '../../contract/shop-signals.ts'
import { refusal } from '../../otel/admin.ts'
import { log } from '../../otel/logs.ts'
import { observe } from '../../otel/metrics.ts'
import { type FaultId, type FaultIn, faults, findFault, targetsOf } from './catalogue.ts'
import { everyTarget, type Fault, type FaultRole } from './fault.ts'

export interface RunningFault {
  fault: FaultId
  target: string
  intensity: number
  startedAt: Date
  endsAt: Date
}

/** Breaks something until the function it returns is called. */
export type Effect = (running: RunningFault) => Stop | Promise<Stop>
type Stop = () => void | Promise<void>
/** Every fault that the process has to be able to run, or it does not compile. */
export type Effects<R extends FaultRole> = { readonly [id in FaultIn<R>]: Effect }
export type SomeEffects = { readonly [id in FaultId]?: Effect }

/**
 * For code that asks, whenever it does its work, whether a fault runs. The effects it gives belong to its process' list
 * of effects: nothing happens when such a fault starts, but a fault that nobody asks for is missing there.
 */
export function askedFaults<const I extends FaultId>(...ids: readonly I[]) {
  const nothing: Effect = () => () => {}
  return {
    intensity: (id: I, target?: string) => faultIntensity(id, target),
    effects: Object.fromEntries(ids.map(id => [id, nothing])) as { readonly [id in I]: Effect },
  }
}

export interface StartOptions {
  target?: string
  intensity?: number
  /** Seconds. */
  duration?: number
}

/** Makes the faults of a role available; its series exist with 0 from here on, so the ground truth has no gaps. */
export function installFaults(role: FaultRole, effects: SomeEffects): void {
  installed = { role, effects }
  const series = faults.flatMap(fault => targetsOf(fault, role).map(target => ({ fault: fault.id, target })))
  observe(lab.faultActive, () =>
    series.map(labels => ({ labels, value: find(labels.fault, labels.target) ? 1 : 0 })),
  )
  const promises = faults
    .filter(fault => targetsOf(fault, role).length > 0)
    .map(({ id, alert }) => ({ labels: { fault: id, alertname: alert.name }, value: 1 }))
  observe(lab.faultPromise, () => promises)
  observe(lab.faultIntensity, () =>
    series.map(labels => ({ labels, value: find(labels.fault, labels.target)?.intensity ?? 0 })),
  )
}

/** Undefined while the fault does not run, or not for this target; cheap enough for every request. */
export function faultIntensity(id: FaultId, target: string = everyTarget): number | undefined {
  if (running.size === 0) return undefined
  const targets = running.get(id)
  if (targets === undefined) return undefined
  if (target === everyTarget) return targets.values().next().value?.intensity
  return (targets.get(target) ?? targets.get(everyTarget))?.intensity
}

export function runningFaults(): RunningFault[] {
  return [...running.values()].flatMap(targets => [...targets.values()].map(withoutStop))
}

/** Starts a fault, or starts it anew with other settings when it already runs on that target. */
export function startFault(id: string, options: StartOptions = {}): Promise<RunningFault> {
  const wanted = planned(id, options)
  return inTurn(async () => {
    await end(wanted.fault, wanted.target, 'started anew')
    const stop = await installed?.effects[wanted.fault]?.(wanted)
    const expiry = setTimeout(
      () => void stopFaults(wanted.fault, wanted.target, 'expired'),
      wanted.endsAt.getTime() - Date.now(),
    )
    expiry.unref()
    const targets = running.get(wanted.fault) ?? new Map()
    running.set(wanted.fault, targets.set(wanted.target, { ...wanted, stop, expiry }))
    log.warn({ fault: wanted.fault, target: wanted.target, intensity: wanted.intensity }, 'Fault started')
    return wanted
  })
}

/** Stops one fault, one of its targets, or without arguments all that run. */
export function stopFaults(id?: string, target?: string, reason = 'stopped'): Promise<RunningFault[]> {
  if (id !== undefined) known(id, target)
  return inTurn(async () => {
    const ending = runningFaults().filter(
      each => (id === undefined || each.fault === id) && (target === undefined || each.target === target),
    )
    for (const each of ending) await end(each.fault, each.target, reason)
    return ending
  })
}

interface Running extends RunningFault {
  stop: Stop | undefined
  expiry: NodeJS.Timeout
}

let installed: { role: FaultRole; effects: SomeEffects } | undefined
/** What a fault has broken may be what is needed to undo it, such as a free connection. */
const undoAttempts = 5
const running = new Map<FaultId, Map<string, Running>>()
let turn: Promise<unknown> = Promise.resolve()

/** One change at a time: an index is not built while it is still being dropped. */
function inTurn<T>(change: () => Promise<T>): Promise<T> {
  const result = turn.then(change)
  turn = result.catch(() => undefined)
  return result
}

function find(id: FaultId, target: string): Running | undefined {
  return running.get(id)?.get(target)
}

async function end(id: FaultId, target: string, reason: string): Promise<void> {
  const ending = find(id, target)
  if (ending === undefined) return
  clearTimeout(ending.expiry)
  const targets = running.get(id)!
  targets.delete(target)
  if (targets.size === 0) running.delete(id)
  for (let attempt = 1; attempt <= undoAttempts; attempt++) {
    try {
      await ending.stop?.()
      log.warn({ fault: id, target, reason }, 'Fault ended')
      return
    } catch (error) {
      log.error({ err: error, fault: id, target, attempt }, 'Cannot undo a fault')
      await pause(attempt * 500)
    }
  }
}

function planned(id: string, options: StartOptions): RunningFault {
  const fault = known(id, options.target)
  const { unit, min, max } = fault.intensity
  const intensity = within(
    options.intensity ?? fault.intensity.default,
    { min, max },
    `intensity of ${id}`,
    unit,
  )
  const limits = { min: 1, max: fault.duration.max }
  const duration = within(options.duration ?? fault.duration.default, limits, `duration of ${id}`, 'seconds')
  const startedAt = new Date()
  return {
    fault: fault.id as FaultId,
    target: options.target ?? targetsOf(fault, installed!.role)[0]!,
    intensity,
    startedAt,
    endsAt: new Date(startedAt.getTime() + duration * 1000),
  }
}

function known(id: string, target?: string): Fault {
  if (installed === undefined)
    throw new Error('Cannot use a fault: expected installFaults to be called first')
  const { role } = installed
  const here = faults.filter(fault => targetsOf(fault, role).length > 0)
  const fault = findFault(id)
  if (fault === undefined || targetsOf(fault, role).length === 0)
    throw refusal(
      404,
      `Cannot use fault "${id}": expected one of ${here.map(each => each.id).join(', ')} in ${role}`,
    )
  const targets = targetsOf(fault, role)
  if (target !== undefined && !targets.includes(target))
    throw refusal(400, `Cannot aim ${id} at "${target}": expected ${targets.join(', ')} in ${role}`)
  return fault
}

function within(value: number, limits: { min: number; max: number }, what: string, unit: string): number {
  if (Number.isFinite(value) && value >= limits.min && value <= limits.max) return value
  throw refusal(400, `Cannot set the ${what}: expected ${limits.min} to ${limits.max} ${unit}, got ${value}`)
}

function withoutStop({ stop: _stop, expiry: _expiry, ...fault }: Running): RunningFault {
  return fault
}
