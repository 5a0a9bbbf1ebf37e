/** The shop as its users run it: payments, worker and shop as processes of their own, on free ports. */

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../../app/compile-cache.ts'
import { databaseFlags, heapLimits, oneArena } from '../../app/heap-limits.ts'
import { answers, untilReady } from './eventually.ts'
import { freePorts } from './ports.ts'

export const roles = ['payments', 'worker', 'shop'] as const
export type LabRole = (typeof roles)[number]

interface LabOptions {
  /** Which to start; all three unless told otherwise. */
  roles?: readonly LabRole[]
  /** A running Postgres; without one an embedded one is started and stopped with the lab. */
  databaseUrl?: string
  /** For every process, such as OTEL_EXPORTER_OTLP_ENDPOINT or REDIS_URL. */
  env?: Readonly<Record<string, string>>
}

export interface LabProcess {
  role: LabRole
  url: string
  adminUrl: string
  child: ChildProcess
  /** Parsed lines of stdout; what is not JSON stands as a string. */
  lines: () => (Record<string, unknown> | string)[]
  stderr: () => string
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
  /** Sends SIGTERM and waits for the end. */
  stop: () => Promise<number | NodeJS.Signals>
}

export interface Lab extends Record<LabRole, LabProcess> {
  databaseUrl: string
  /** Starts a role again that has ended, on the same ports. */
  restart: (role: LabRole) => Promise<LabProcess>
  stop: () => Promise<void>
}

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url))
const startTimeoutMs = 150_000

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const wanted = options.roles ?? roles
  const embedded = options.databaseUrl === undefined ? await startEmbeddedDatabase() : undefined
  const databaseUrl = options.databaseUrl ?? embedded!.url
  const ports = await freePorts(2 * roles.length)
  const portOf = (role: LabRole) => ports[roles.indexOf(role)]!
  const adminPortOf = (role: LabRole) => ports[roles.length + roles.indexOf(role)]!
  const folder = mkdtempSync(join(tmpdir(), 'shop-lab-'))
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    ...compileCache,
    ...oneArena,
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
    PAYMENTS_URL: `http://127.0.0.1:${portOf('payments')}`,
    PAYMENTS_LEDGER: join(folder, 'payments-ledger'),
    ...Object.fromEntries(
      roles.flatMap(role => [
        [`${role.toUpperCase()}_PORT`, String(portOf(role))],
        [`${role.toUpperCase()}_ADMIN_PORT`, String(adminPortOf(role))],
      ]),
    ),
    ...options.env,
  }
  const running: Partial<Record<LabRole, LabProcess>> = {}

  async function start(role: LabRole): Promise<LabProcess> {
    const started = run(role, { ...env, OTEL_SERVICE_NAME: role }, portOf(role), adminPortOf(role))
    running[role] = started
    await untilReady(
      {
        name: role,
        child: () => started.child,
        output: () => lastLines(started),
        timeoutMs: startTimeoutMs,
      },
      answers(`${started.adminUrl}/health/ready`),
    )
    return started
  }

  async function stop(): Promise<void> {
    await Promise.all(wanted.map(role => running[role]?.stop()))
    await embedded?.stop()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await Promise.all(wanted.map(start))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    get shop() {
      return theOne('shop')
    },
    get payments() {
      return theOne('payments')
    },
    get worker() {
      return theOne('worker')
    },
    databaseUrl,
    restart: start,
    stop,
  }

  function theOne(role: LabRole): LabProcess {
    const found = running[role]
    if (found === undefined)
      throw new Error(`Cannot use ${role}: expected one of the processes started, ${wanted.join(', ')}`)
    return found
  }
}

export async function startEmbeddedDatabase({
  isEmpty = false,
} = {}): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = fork(path('app/embedded/database.ts'), {
    execArgv: databaseFlags,
    env: {
      PATH: process.env.PATH ?? '',
      ...compileCache,
      ...oneArena,
      EMBEDDED_DATABASE_EMPTY: isEmpty ? 'on' : 'off',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output = collect(child)
  const ended = once(child, 'exit')
  const [message] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(
        `Cannot start the embedded database: it ended with ${code}\n${output.stdout()}${output.stderr()}`,
      )
    }),
  ])) as [{ url: string }]
  return {
    url: message.url,
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

function run(role: LabRole, env: Record<string, string>, port: number, adminPort: number): LabProcess {
  const child = spawn(
    process.execPath,
    [...heapLimits(), '--import', path('otel/register.ts'), path(`app/${role}.ts`)],
    {
      env,
      // The channel closes when the test's process is killed, and the role ends with it.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  const { stdout, stderr } = collect(child)
  const ended = endOf(child)
  // A test that breaks off must not leave processes behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  void ended.then(() => process.off('exit', kill))
  return {
    role,
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    child,
    lines: () => stdout().split('\n').filter(Boolean).map(parse),
    stderr,
    ended,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

function lastLines({ lines, stderr }: LabProcess): string {
  const last = lines().slice(-10)
  return `${last.map(line => JSON.stringify(line)).join('\n')}\n${stderr()}`
}

function collect(child: ChildProcess): { stdout: () => string; stderr: () => string } {
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  return { stdout: () => texts.stdout, stderr: () => texts.stderr }
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise(resolve => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 0))
  })
}

function parse(line: string): Record<string, unknown> | string {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
}
