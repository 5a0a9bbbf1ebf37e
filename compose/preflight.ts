/** What would stop the stack from starting, found before anything is started. */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { type Port, type PortName, ports } from '../contract/ports.ts'
import { UserError } from '../contract/user-error.ts'
import { defaultPreset, findPreset, presetVariable } from './presets.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface PublishedPort {
  name: PortName
  title: string
  variable: string
  number: number
}

/** The host's ports as the environment moves them. */
export function publishedPorts(env: Environment): PublishedPort[] {
  return Object.entries(ports as Record<PortName, Port>).flatMap(([name, { title, variable, number }]) =>
    variable === undefined
      ? []
      : [{ name: name as PortName, title, variable, number: portFrom(env, variable, number) }],
  )
}

/** Every problem at once, one line each; ports in `ours` are the running stack's own. */
export async function problems(env: Environment, ours: ReadonlySet<number> = new Set()): Promise<string[]> {
  const found = settingProblems(env)
  if (found.length > 0) return found
  const checked = await Promise.all(
    publishedPorts(env)
      .filter(({ number }) => !ours.has(number))
      .map(portProblem),
  )
  return checked.filter(problem => problem !== undefined)
}

/** What can be told without asking anybody; compose itself cannot be asked anything while one of them stands. */
export function settingProblems(env: Environment): string[] {
  const found: string[] = []
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      found.push((error as Error).message)
      return undefined
    }
  }
  attempt(() => findPreset(env[presetVariable] || defaultPreset.name))
  const history = env.SIGHTLINE_HISTORY || 'on'
  if (history !== 'on' && history !== 'off')
    found.push(`Cannot read SIGHTLINE_HISTORY: expected on or off, got "${history}"`)
  const seen = new Map<number, string>()
  for (const { variable, number: fallback } of publishedPorts({})) {
    const number = attempt(() => portFrom(env, variable, fallback))
    if (number === undefined) continue
    const other = seen.get(number)
    if (other !== undefined)
      found.push(`Cannot use ${variable}: expected a port of its own, got ${number}, which ${other} has too`)
    seen.set(number, variable)
  }
  return found
}

async function portProblem({ title, variable, number }: PublishedPort): Promise<string | undefined> {
  if (await isFree(number)) return undefined
  const owner = await ownerOf(number)
  return `Cannot use port ${number} for ${title}: ${owner ?? 'another process'} listens on it; ${variable} moves it`
}

function portFrom(env: Environment, variable: string, fallback: number): number {
  const text = env[variable]
  if (text === undefined || text === '') return fallback
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number
  throw new UserError(`Cannot read ${variable}: expected a port from 1 to 65535, got "${text}"`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** Asks whichever tool the system has; without rights over the process none of them knows. */
async function ownerOf(port: number): Promise<string | undefined> {
  const listed = await output('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
  const [pid, name] = [/^p(\d+)$/m.exec(listed)?.[1], /^c(.+)$/m.exec(listed)?.[1]]
  if (pid !== undefined && name !== undefined) return `${name} (process ${pid})`
  const shown = await output('ss', ['-Hltnp', `sport = :${port}`])
  const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(shown)
  return match === null ? undefined : `${match[1]} (process ${match[2]})`
}

async function output(program: string, args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 5_000 })
    return stdout
  } catch {
    return ''
  }
}
