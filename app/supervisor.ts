/** Runs the three roles, and an embedded database where none is named, as processes of this machine. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { compileCache } from './compile-cache.ts'
import { type Config, portSettings, reachable } from './config.ts'
import type { FaultRole } from './faults/fault.ts'
import { databaseFlags, heapLimits, oneArena } from './heap-limits.ts'

interface SupervisorOptions {
  config: Config
  /** Each line of a role's log. */
  onLine: (role: FaultRole, line: string) => void
  onNotice: (text: string) => void
  /** A part of the start is done. */
  onReady?: (part: 'database' | FaultRole) => void
  /** Breaks off a start that is under way; afterwards `stop` is the way. */
  signal: AbortSignal
  /** Variables of the roles beside those of this process, which they win over. */
  environment?: Readonly<Record<string, string>>
}

export interface Supervisor {
  embedded: boolean
  /** Where each process listens, also when any port was allowed. */
  ports: Config['ports']
  stop: () => Promise<void>
}

const roles = ['payments', 'worker', 'shop'] as const
const readyWithinMs = 120_000
const restartMs = { first: 500, longest: 10_000, forgottenAfter: 30_000 }

export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { onLine, onNotice, signal } = options
  const config = { ...options.config, ports: await settlePorts(options.config) }
  let database: ChildProcess | undefined
  let databaseUrl = config.databaseUrl
  const running = new Map<FaultRole, ChildProcess>()
  let stopping = false

  function run(role: FaultRole): ChildProcess {
    const child = spawn(
      process.execPath,
      [...heapLimits(), '--import', file('../otel/register.ts'), file(`./${role}.ts`)],
      {
        env: {
          NODE_ENV: 'production',
          ...compileCache,
          ...oneArena,
          ...process.env,
          ...options.environment,
          ...portVariables(config.ports),
          DATABASE_URL: databaseUrl,
          OTEL_SERVICE_NAME: role,
        },
        // The channel carries nothing: it closes when this process ends in whatever way, and the role ends with it.
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        // A group of its own: Ctrl-C in the terminal reaches the supervisor, which ends the roles in their order.
        detached: true,
      },
    )
    createInterface({ input: child.stdout! }).on('line', line => onLine(role, line))
    running.set(role, child)
    return child
  }

  /** Its schema and catalogue may have gone with it, and making them is part of every role's start. */
  function runDatabaseAgain(): ChildProcess {
    const child = forkDatabase(config)
    database = child
    const { url, ready } = newsOf(child)
    ready.then(
      async () => {
        databaseUrl = await url
        for (const role of running.values()) role.kill('SIGTERM')
      },
      () => {},
    )
    return child
  }

  /** Started again whenever it ends, ever more slowly while it keeps ending. */
  async function keep(name: string, first: ChildProcess, runAgain: () => ChildProcess): Promise<void> {
    let pause = restartMs.first
    for (let child = first; ; ) {
      const startedAt = Date.now()
      await ended(child)
      if (stopping) return
      if (Date.now() - startedAt > restartMs.forgottenAfter) pause = restartMs.first
      onNotice(`${name} ended with ${endOf(child)}, starting it again in ${pause / 1000} s`)
      await sleep(pause)
      if (stopping) return
      pause = Math.min(pause * 2, restartMs.longest)
      child = runAgain()
    }
  }

  async function start(): Promise<void> {
    const parts: Promise<void>[] = []
    if (databaseUrl === undefined) {
      database = forkDatabase(config)
      const { url, ready } = newsOf(database)
      const opened = ready.then(() => options.onReady?.('database'))
      // A start that is broken off before the address is known never comes to wait for it.
      opened.catch(() => {})
      parts.push(opened)
      databaseUrl = await url
    }
    if (stopping) return
    // They load while the database opens.
    await Promise.all([...parts, ...roles.map(startRole)])
  }

  async function startRole(role: FaultRole): Promise<void> {
    const child = run(role)
    await ready(role, config, child)
    options.onReady?.(role)
    void keep(role, child, () => run(role))
  }

  async function stop(): Promise<void> {
    stopping = true
    for (const child of running.values()) child.kill('SIGTERM')
    await stopRest()
  }

  /** Nobody has been served yet, so there is nothing to finish. */
  async function breakOff(): Promise<void> {
    stopping = true
    for (const child of running.values()) child.kill('SIGKILL')
    if (config.embeddedDirectory === undefined) database?.kill('SIGKILL')
    await stopRest()
  }

  async function stopRest(): Promise<void> {
    await Promise.all([...running.values()].map(ended))
    if (database === undefined) return
    if (database.connected) database.disconnect()
    await ended(database)
  }

  try {
    await Promise.race([start(), aborted(signal)])
  } catch (error) {
    await breakOff()
    throw error
  }
  const loss = config.embeddedDirectory === undefined ? ', and all orders with it,' : ''
  if (database !== undefined) void keep(`the embedded database${loss}`, database, runDatabaseAgain)
  return { embedded: database !== undefined, ports: config.ports, stop }
}

/** Every port as it will be; all that are taken are named at once, before anything has started. */
async function settlePorts({ host, ports }: Config): Promise<Config['ports']> {
  const settled = await Promise.all(
    Object.entries(portSettings).map(async ([name, { variable }]) => {
      const wanted = ports[name as keyof typeof portSettings]
      return { name, variable, wanted, port: await freePort(host, wanted) }
    }),
  )
  const taken = settled
    .filter(({ port }) => port === undefined)
    .map(
      ({ wanted, variable }) =>
        `port ${wanted} is taken: stop what uses it, or set ${variable} to another one`,
    )
  if (taken.length > 0) throw new UserError(`Cannot start on ${host}: ${taken.join('\n')}`)
  return Object.fromEntries(settled.map(({ name, port }) => [name, port])) as Config['ports']
}

/** The port itself, any free one for 0, or undefined when it is taken. */
async function freePort(host: string, port: number): Promise<number | undefined> {
  const probe = createServer()
  try {
    probe.listen({ host, port, exclusive: true })
    await once(probe, 'listening')
    return (probe.address() as AddressInfo).port
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return undefined
    throw wrongUse({
      action: `listen on ${host}:${port}`,
      expected: 'an address and a port of this machine',
      got: `${code}`,
    })
  } finally {
    probe.close()
  }
}

function portVariables(ports: Config['ports']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(portSettings).map(([name, { variable }]) => [
      variable,
      String(ports[name as keyof typeof portSettings]),
    ]),
  )
}

function forkDatabase({ embeddedDirectory }: Config): ChildProcess {
  return fork(file('./embedded/database.ts'), {
    execArgv: databaseFlags,
    env: {
      ...compileCache,
      ...oneArena,
      ...process.env,
      ...(embeddedDirectory === undefined ? {} : { EMBEDDED_DATABASE_DIR: embeddedDirectory }),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** Where an embedded database listens, and when it answers. */
function newsOf(database: ChildProcess): { url: Promise<string>; ready: Promise<void> } {
  const [url, ready] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()]
  database.on('message', (news: { url: string } | { isReady: true }) => {
    if ('url' in news) url.resolve(news.url)
    else ready.resolve()
  })
  void ended(database).then(() => {
    const error = new UserError(`Cannot start the embedded database: it ended with ${endOf(database)}`)
    url.reject(error)
    ready.reject(error)
  })
  // Whoever waits for the address hears of the end from that.
  ready.promise.catch(() => {})
  return { url: url.promise, ready: ready.promise }
}

async function ready(role: FaultRole, config: Config, child: ChildProcess): Promise<void> {
  const url = `http://${reachable(config.host)}:${config.ports[`${role}Admin`]}/health/ready`
  const deadline = Date.now() + readyWithinMs
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new UserError(`Cannot start ${role}: expected it to become ready, it ended with ${endOf(child)}`)
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    if (Date.now() > deadline)
      throw new UserError(`Cannot start ${role}: expected it to be ready within ${readyWithinMs / 1000} s`)
    await sleep(100)
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw new Error('Broke off the start')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function endOf({ exitCode, signalCode }: ChildProcess): string {
  return String(exitCode ?? signalCode)
}

function file(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
