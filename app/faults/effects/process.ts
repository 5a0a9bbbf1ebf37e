import type { SomeEffects } from '../switch.ts'
import { burnCpu } from './cpu-burn.ts'
import { crashInto } from './crash.ts'
import { blockEventLoop } from './event-loop-block.ts'
import { pressGarbage } from './gc-pressure.ts'
import { floodLogs } from './log-flood.ts'
import { leakMemory } from './memory-leak.ts'
import { cutTelemetry } from './telemetry-down.ts'

/** The effects that are the same in every process. */
export function processEffects(crashFile: string) {
  return {
    'event-loop-block': blockEventLoop,
    'cpu-burn': burnCpu,
    'memory-leak': leakMemory,
    'gc-pressure': pressGarbage,
    'log-flood': floodLogs,
    'telemetry-down': cutTelemetry,
    crash: crashInto(crashFile),
  } satisfies SomeEffects
}

export type ProcessFault = keyof ReturnType<typeof processEffects>
