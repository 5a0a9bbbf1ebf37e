/** The containers as Docker sees them. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { UserError } from '../contract/user-error.ts'
import { services } from './compose-file.ts'

export interface Container {
  id: string
  service: string
  state: string
  /** Empty where a container has no health check. */
  health: string
  exitCode: number
  ports: number[]
}

/** Why compose cannot be used here, in one line. */
export function engineProblem(): string | undefined {
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status !== 0)
    return 'Cannot use Docker: expected `docker compose` to run; `npm run stack -- native` needs no Docker'
  const { status, stderr } = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], {
    encoding: 'utf8',
  })
  if (status === 0) return undefined
  const reason = stderr.trim().split('\n').at(-1)
  return `Cannot use Docker: expected its engine to answer, got "${reason}"; \`npm run stack -- native\` needs no Docker`
}

/** Runs compose before the user's eyes and returns its exit code. */
export async function compose(root: string, args: readonly string[]): Promise<number> {
  const child = spawn('docker', ['compose', ...args], { cwd: root, stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

export function containersOf(root: string): Container[] {
  const { status, stdout, stderr } = spawnSync('docker', ['compose', 'ps', '--all', '--format', 'json'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0)
    throw new UserError(`Cannot list the containers: got "${stderr.trim().split('\n').at(-1)}"`)
  return readContainers(stdout)
}

/** One JSON object a line, as compose writes them. */
export function readContainers(text: string): Container[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const { ID, Service, State, Health, ExitCode, Publishers } = JSON.parse(line)
      return {
        id: String(ID ?? ''),
        service: String(Service),
        state: String(State),
        health: String(Health ?? ''),
        exitCode: Number(ExitCode ?? 0),
        ports: ((Publishers ?? []) as { PublishedPort: number }[])
          .map(({ PublishedPort }) => PublishedPort)
          .filter(port => port > 0),
      }
    })
}

/** What keeps the stack from being whole, one line each. */
export function ailments(containers: readonly Container[]): string[] {
  const expected = Object.entries(services).filter(([, service]) => !service.onRequest)
  return expected.flatMap(([name, service]) => {
    const own = containers.filter(container => container.service === name)
    if (own.length === 0) return [`${name}: expected a container, got none`]
    return own.flatMap(({ state, health, exitCode }) => {
      if (service.runsOnce)
        return state === 'exited' && exitCode === 0
          ? []
          : [`${name}: expected it to have ended well, got ${state} with exit code ${exitCode}`]
      return state === 'running' && health === 'healthy'
        ? []
        : [`${name}: expected it to run healthily, got ${state}${health === '' ? '' : `, ${health}`}`]
    })
  })
}
