/** The same servers as programs of this machine, for where no Docker is. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { duration } from '../contract/durations.ts'
import type { PortName } from '../contract/ports.ts'
import { UserError } from '../contract/user-error.ts'
import type { Preset } from '../contract/windows.ts'
import { alertmanagerArguments } from './alertmanager.ts'
import { collectorArguments } from './collector.ts'
import { grafanaArguments, grafanaSettings } from './grafana.ts'
import { lokiArguments } from './loki.ts'
import { onPath } from './on-path.ts'
import { prometheusArguments } from './prometheus.ts'
import type { Server, Target } from './targets.ts'
import { tempoArguments } from './tempo.ts'

interface Program {
  /** Under which packages install it; other programs may have the name, so its version must say who it is. */
  names: readonly string[]
  identity: RegExp
  arguments: (target: Target, preset: Preset) => string[]
  environment?: (target: Target, preset: Preset) => Record<string, string>
  health: { port: PortName; path: string }
}

export interface RunningServer {
  name: Server
  child: ChildProcess
  ended: Promise<void>
  /** Ends at once, as a crash or a power cut does. */
  kill: () => Promise<void>
  stop: () => Promise<void>
}

const programs: Record<Server, Program> = {
  prometheus: {
    names: ['prometheus'],
    identity: /^prometheus, version/,
    arguments: (target, preset) =>
      prometheusArguments(target, ofPreset(target, preset, 'prometheus.yml'), duration(preset.retention)),
    health: { port: 'prometheus', path: '/-/ready' },
  },
  alertmanager: {
    names: ['alertmanager', 'prometheus-alertmanager'],
    identity: /^alertmanager, version/,
    arguments: (target, preset) =>
      alertmanagerArguments(target, ofPreset(target, preset, 'alertmanager.yml')),
    health: { port: 'alertmanager', path: '/-/ready' },
  },
  loki: {
    names: ['loki'],
    identity: /^loki, version/,
    arguments: target => lokiArguments(ofTarget(target, 'loki.yaml')),
    health: { port: 'loki', path: '/ready' },
  },
  tempo: {
    names: ['tempo'],
    identity: /^tempo, version/,
    arguments: target => tempoArguments(ofTarget(target, 'tempo.yaml')),
    health: { port: 'tempo', path: '/ready' },
  },
  collector: {
    names: ['otelcol-contrib'],
    identity: /^otelcol-contrib version/,
    arguments: target => collectorArguments(ofTarget(target, 'collector.yaml')),
    health: { port: 'collectorHealth', path: '/' },
  },
  grafana: {
    names: ['grafana'],
    identity: /^grafana version/,
    arguments: grafanaArguments,
    environment: (target, preset) => grafanaSettings(target, ofPreset(target, preset, 'grafana')),
    health: { port: 'grafana', path: '/api/health' },
  },
}

export const serverNames = Object.keys(programs) as Server[]

const startTimeoutMs = 90_000

/** Where the program is, or why it cannot be used. */
export function findServer(name: Server): { program: string } | { missing: string } {
  const { names, identity } = programs[name]
  for (const program of onPath(names)) if (identity.test(versionOf(program))) return { program }
  return { missing: `no ${names.join(' or ')} on the PATH` }
}

/** Starts a server on the files of its target and waits until it is ready. */
export async function startServer(
  name: Server,
  program: string,
  target: Target,
  preset: Preset,
): Promise<RunningServer> {
  const { arguments: argumentsOf, environment, health } = programs[name]
  const folder = target.data(name)
  mkdirSync(folder, { recursive: true })
  const log = `${folder}.log`
  const child = spawn(program, argumentsOf(target, preset), {
    env: { PATH: process.env.PATH, ...environment?.(target, preset) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = createWriteStream(log, { flags: 'a' })
  child.stdout.pipe(output, { end: false })
  child.stderr.pipe(output, { end: false })
  const ended = once(child, 'exit')
    .then(
      () => output.end(),
      () => output.end(),
    )
    .then(() => {})
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  const server = { name, child, ended, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
  try {
    await untilReady(server, `http://127.0.0.1:${target.port(health.port)}${health.path}`, log)
  } catch (error) {
    await server.kill()
    throw error
  }
  return server
}

async function untilReady({ name, child }: RunningServer, url: string, log: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    if (child.exitCode !== null || child.signalCode !== null)
      throw new UserError(`Cannot start ${name}: expected it to run, got an end; its log is ${log}`)
    if (Date.now() > deadline)
      throw new UserError(
        `Cannot start ${name}: expected ${url} to answer, got ${answer?.status ?? 'nothing'}; its log is ${log}`,
      )
    await wait(200)
  }
}

function ofTarget(target: Target, file: string): string {
  return target.generated(`stack/${target.name}/${file}`)
}

function ofPreset(target: Target, preset: Preset, file: string): string {
  return ofTarget(target, `${preset.name}/${file}`)
}

function versionOf(program: string): string {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe', timeout: 10_000 })
  } catch {
    return ''
  }
}
