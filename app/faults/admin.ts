/** Makes a process breakable: its faults, their admin requests, and their end when the process ends. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdminHandler, type AdminRequest, refusal } from '../../otel/admin.ts'
import { onShutdown } from '../../otel/lifecycle.ts'
import { interruptedCrash } from './effects/crash.ts'
import { processEffects } from './effects/process.ts'
import type { FaultRole } from './fault.ts'
import {
  installFaults,
  runningFaults,
  type SomeEffects,
  type StartOptions,
  startFault,
  stopFaults,
} from './switch.ts'

/** `effects` are those that need something of the role, such as its pool; the rest is the same in every process. */
export async function prepareFaults(
  role: FaultRole,
  adminPort: number,
  effects: SomeEffects = {},
): Promise<AdminHandler[]> {
  // Port 0 means any port, so nobody can come back to it: such a process crashes once.
  const crashFile = join(tmpdir(), `sightline-${role}-${adminPort || process.pid}.crash.json`)
  installFaults(role, { ...processEffects(crashFile), ...effects })
  onShutdown('faults', async () => {
    await stopFaults(undefined, undefined, 'shutdown')
  })
  const crash = interruptedCrash(crashFile)
  if (crash !== undefined) await startFault('crash', crash)
  return [
    { method: 'GET', path: '/faults', handle: () => ({ role, running: runningFaults() }) },
    { method: 'DELETE', path: '/faults', handle: async () => ({ stopped: await stopFaults() }) },
    {
      method: 'POST',
      path: '/faults/:id',
      handle: ({ params, body }) => startFault(params.id!, readOptions(body)),
    },
    {
      method: 'DELETE',
      path: '/faults/:id',
      handle: async ({ params, query }) => ({
        stopped: await stopFaults(params.id!, query.get('target') ?? undefined),
      }),
    },
  ]
}

const optionTypes = { target: 'string', intensity: 'number', duration: 'number' } as const

function readOptions(body: AdminRequest['body']): StartOptions {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw refusal(
      400,
      'Cannot start a fault: expected a body like {"intensity": 0.2, "duration": 60}, or {} for its defaults',
    )
  for (const [name, value] of Object.entries(body)) {
    const expected = optionTypes[name as keyof typeof optionTypes]
    if (!Object.hasOwn(optionTypes, name))
      throw refusal(
        400,
        `Cannot start a fault: expected ${Object.keys(optionTypes).join(', ')}, got "${name}"`,
      )
    if (typeof value !== expected)
      throw refusal(
        400,
        `Cannot start a fault: expected ${name} to be a ${expected}, got ${JSON.stringify(value)}`,
      )
  }
  return body
}
