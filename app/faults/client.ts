/** Asks the processes of the shop, by their admin ports, to start and stop faults. */

import { type Environment, portSettings, readConfig } from '../config.ts'
import type { Fault, FaultRole } from './catalogue.ts'

export interface RunningReport {
  fault: string
  target: string
  intensity: number
  startedAt: string
  endsAt: string
}

export interface RoleReport {
  role: FaultRole
  url: string
  /** Undefined when the process does not answer; then `unreachable` says why. */
  running?: RunningReport[]
  unreachable?: string
}

export const roles: readonly FaultRole[] = ['shop', 'payments', 'worker']

export function adminUrl(role: FaultRole, env: Environment = process.env): string {
  return readConfig(env).adminUrls[role]
}

/** What runs in each process; one that does not answer is reported, not thrown. */
export function running(): Promise<RoleReport[]> {
  return Promise.all(
    roles.map(async role => {
      const url = adminUrl(role)
      try {
        const { running } = await ask<{ running: RunningReport[] }>(role, 'GET', '/faults', 'running')
        return { role, url, running }
      } catch (error) {
        return { role, url, unreachable: (error as Error).message }
      }
    }),
  )
}

/** Starts a fault in every process it needs, or in none. */
export async function start(
  fault: Fault,
  target: string,
  options: { intensity?: number; duration?: number },
): Promise<RunningReport> {
  const started: FaultRole[] = []
  try {
    let report: RunningReport | undefined
    for (const role of fault.targets[target]!) {
      const body = { target, ...options }
      report = await ask<RunningReport>(role, 'POST', `/faults/${fault.id}`, 'endsAt', body)
      started.push(role)
    }
    return report!
  } catch (error) {
    for (const role of started)
      await ask(role, 'DELETE', `/faults/${fault.id}?target=${encodeURIComponent(target)}`, 'stopped').catch(
        () => undefined,
      )
    throw error
  }
}

/** Stops a fault, or everything that runs. */
export async function stop(fault?: Fault): Promise<RunningReport[]> {
  const asked = fault === undefined ? roles : roles.filter(role => rolesOf(fault).has(role))
  const path = fault === undefined ? '/faults' : `/faults/${fault.id}`
  const answers = await Promise.allSettled(
    asked.map(role => ask<{ stopped: RunningReport[] }>(role, 'DELETE', path, 'stopped')),
  )
  const failed = answers.filter(answer => answer.status === 'rejected')
  if (failed.length === answers.length || (fault !== undefined && failed.length > 0)) throw failed[0]!.reason
  return answers.flatMap(answer => (answer.status === 'fulfilled' ? answer.value.stopped : []))
}

export function rolesOf(fault: Fault): Set<FaultRole> {
  return new Set(Object.values(fault.targets).flat())
}

/** The answer, which has the field when a process of the shop gave it. */
async function ask<T>(
  role: FaultRole,
  method: string,
  path: string,
  field: keyof T & string,
  body?: object,
): Promise<T> {
  const url = `${adminUrl(role)}${path}`
  const answer = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  }).catch((error: Error) => {
    const reason = (error.cause as { code?: string } | undefined)?.code ?? error.message
    throw new Error(
      `Cannot reach ${role}: expected its admin port at ${adminUrl(role)} (${portSettings[`${role}Admin`].variable}), got ${reason}`,
    )
  })
  const text = await answer.text()
  const result = parsed<T & { message?: string }>(text)
  if (!answer.ok) throw new Error(result?.message ?? `Cannot ${method} ${url}: got status ${answer.status}`)
  if (typeof result === 'object' && result !== null && field in result) return result
  const got = JSON.stringify(text.slice(0, 80))
  throw new Error(`Cannot ${method} ${url}: expected the answer of ${role} with "${field}", got ${got}`)
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
