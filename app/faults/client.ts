/** Asks the processes of the shop, by their admin ports, to start and stop faults. */

import { textOf } from '../../contract/answer.ts'
import { systemReason, UserError } from '../../contract/user-error.ts'
import { portSettings, readConfig } from '../config.ts'
import type { Fault, FaultRole } from './fault.ts'

interface RunningReport {
  fault: string
  target: string
  intensity: number
  startedAt: string
  endsAt: string
}

export interface RoleReport {
  role: FaultRole
  url: string
  /** Undefined when the process cannot say what runs; then `unreachable` says why. */
  running?: RunningReport[]
  unreachable?: string
  /** Whether anything answers at the address. */
  isThere: boolean
}

const roles: readonly FaultRole[] = ['shop', 'payments', 'worker']

function adminUrl(role: FaultRole): string {
  return readConfig().adminUrls[role]
}

/** What runs in each process; one that does not answer is reported, not thrown. */
export function running(): Promise<RoleReport[]> {
  return Promise.all(
    roles.map(async role => {
      const url = adminUrl(role)
      const report = { role, url, isThere: false }
      try {
        const answer = await send(role, 'GET', '/faults')
        report.isThere = true
        return { ...report, running: read<{ running: RunningReport[] }>(answer, 'running').running }
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        return { ...report, unreachable: error.message }
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

async function ask<T>(
  role: FaultRole,
  method: string,
  path: string,
  field: keyof T & string,
  body?: object,
): Promise<T> {
  return read<T>(await send(role, method, path, body), field)
}

interface Answer {
  role: FaultRole
  /** What was asked, such as `POST http://127.0.0.1:9464/faults/crash`. */
  question: string
  status: number
  text: string
}

async function send(role: FaultRole, method: string, path: string, body?: object): Promise<Answer> {
  const url = adminUrl(role)
  try {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
      redirect: 'manual',
    })
    return { role, question: `${method} ${url}${path}`, status: answer.status, text: await textOf(answer) }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError({
      action: `reach ${role}`,
      expected: `its admin port at ${url} (${portSettings[`${role}Admin`].variable})`,
      got: systemReason(error),
    })
  }
}

/** The answer, which has the field when a process of the shop gave it. */
function read<T>({ role, question, status, text }: Answer, field: keyof T & string): T {
  const result = parsed<T & { message?: string }>(text)
  if (status >= 400) throw new UserError(result?.message ?? `Cannot ${question}: got status ${status}`)
  if (typeof result === 'object' && result !== null && field in result) return result
  throw new UserError({
    action: question,
    expected: `the answer of ${role} with "${field}"`,
    got: JSON.stringify(text.slice(0, 80)),
  })
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
