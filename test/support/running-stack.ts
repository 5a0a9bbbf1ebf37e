/** The shop under load with whichever real servers this machine has, on ports and in a folder of their own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadResult } from '../../app/load/verdict.ts'
import { writeGenerated } from '../../compose/generated-files.ts'
import { findServer, type RunningServer, serverNames, startServer } from '../../compose/native.ts'
import { type Notification, startReceiver } from '../../compose/receiver/receiver.ts'
import { loopback, type Server, type Target } from '../../compose/targets.ts'
import { type PortName, ports } from '../../contract/ports.ts'
import type { Preset } from '../../contract/windows.ts'
import { type Lab, startLab } from './lab-processes.ts'
import { freePorts } from './ports.ts'

interface RunningStack {
  lab: Lab
  has: (server: Server) => boolean
  /** Answers of a server as JSON. */
  ask: (
    server: Exclude<Server, 'collector'>,
    path: string,
    parameters?: Record<string, string>,
  ) => Promise<unknown>
  /** The result of an instant query. */
  query: (expression: string) => Promise<Sample[]>
  notifications: () => Promise<Notification[]>
  kill: (server: Server) => Promise<void>
  start: (server: Server) => Promise<void>
  /** Ends the load and says what its visitors met. */
  endLoad: () => Promise<LoadResult>
  stop: () => Promise<void>
}

interface Sample {
  metric: Record<string, string>
  value: [number, string]
}

/** Why servers cannot take part here, by name. */
export const missingServers = Object.fromEntries(
  serverNames.flatMap(name => {
    const found = findServer(name)
    return 'missing' in found ? [[name, found.missing]] : []
  }),
) as Partial<Record<Server, string>>

export async function startStack(preset: Preset, rate: number): Promise<RunningStack> {
  const folder = mkdtempSync(join(tmpdir(), 'stack-'))
  const target = await ownTarget(folder)
  const url = (port: PortName) => `http://127.0.0.1:${target.port(port)}`
  const servers: Partial<Record<Server, RunningServer>> = {}
  const closers: (() => Promise<unknown>)[] = []

  const start = async (name: Server) => {
    const found = findServer(name)
    if ('program' in found) servers[name] = await startServer(name, found.program, target, preset)
  }
  const stop = async () => {
    for (const close of closers.toReversed()) await close()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    closers.push(() => Promise.all(Object.values(servers).map(server => server.stop())))
    const receiver = await startReceiver({
      host: '127.0.0.1',
      port: target.port('receiver'),
      otlpEndpoint: url('otlpHttp'),
      print: () => {},
    })
    closers.push(receiver.close)
    const lab = await startLab({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: url('otlpHttp'),
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      },
    })
    closers.push(lab.stop)
    writeGenerated(folder, [withLab(target, lab)])
    await Promise.all(serverNames.map(start))
    const load = startLoad(lab.shop.url, rate, target.port('load'))
    closers.push(load.end)

    const ask: RunningStack['ask'] = async (server, path, parameters = {}) => {
      const address = new URL(path, url(server))
      address.search = new URLSearchParams(parameters).toString()
      const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) })
      if (!answer.ok)
        throw new Error(`Cannot ask ${server} for ${path}: got ${answer.status} ${await answer.text()}`)
      return answer.json()
    }
    return {
      lab,
      has: server => missingServers[server] === undefined,
      ask,
      query: async expression => {
        const answer = await ask('prometheus', '/api/v1/query', { query: expression })
        return (answer as { data: { result: Sample[] } }).data.result
      },
      notifications: async () => {
        const answer = await fetch(`${url('receiver')}/notifications`)
        return (await answer.json()) as Notification[]
      },
      kill: async server => servers[server]?.kill(),
      start,
      endLoad: load.end,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ownTarget(folder: string): Promise<Target> {
  const names = Object.keys(ports) as PortName[]
  const free = await freePorts(names.length)
  return loopback({
    ports: Object.fromEntries(names.map((name, index) => [name, free[index]!])),
    leftOut: serverNames.filter(name => missingServers[name] !== undefined),
    data: join(folder, 'data'),
    generated: folder,
  })
}

/** The shop chooses its own ports. */
function withLab(target: Target, lab: Lab): Target {
  const admin: Partial<Record<PortName, string>> = {
    shopAdmin: lab.shop.adminUrl,
    paymentsAdmin: lab.payments.adminUrl,
    workerAdmin: lab.worker.adminUrl,
  }
  return {
    ...target,
    address: (host, port) =>
      admin[port] === undefined ? target.address(host, port) : new URL(admin[port]).host,
  }
}

function startLoad(url: string, rate: number, metricsPort: number) {
  const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url))
  const child: ChildProcess = spawn(
    process.execPath,
    [
      path('scripts/load.ts'),
      `--url=${url}`,
      `--rate=${rate}`,
      '--duration=forever',
      `--metrics-port=${metricsPort}`,
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  let errors = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = once(child, 'close')
  let result: Promise<LoadResult> | undefined
  const finish = async () => {
    child.kill('SIGINT')
    await ended
    if (output === '') throw new Error(`Cannot read the result of the load: expected JSON, got ${errors}`)
    return JSON.parse(output) as LoadResult
  }
  const end = () => {
    result ??= finish()
    return result
  }
  return { end }
}
