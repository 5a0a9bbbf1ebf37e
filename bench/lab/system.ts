/** The two that are compared: the lab, and the native stack of real servers, each as people start it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { findServer } from '../../compose/native.ts'
import type { Server } from '../../compose/targets.ts'
import { ports } from '../../contract/ports.ts'
import { freePorts } from '../../test/support/ports.ts'

export type Kind = 'lab' | 'native'

export interface System {
  kind: Kind
  child: ChildProcess
  /** Milliseconds since the epoch, when the command was given. */
  startedAt: number
  /** Undefined where no Grafana is. */
  page: string | undefined
  shopReady: string
  prometheus: string
  loki: string | undefined
  tempo: string | undefined
  /** Where OTLP over HTTP goes. */
  logs: string | undefined
  traces: string | undefined
  stop(): Promise<void>
}

/** Servers of the native stack that are not here, and why. */
export const missing = Object.fromEntries(
  (['prometheus', 'alertmanager', 'loki', 'tempo', 'collector', 'grafana'] as const).flatMap(name => {
    const found = findServer(name)
    return 'missing' in found ? [[name, found.missing]] : []
  }),
) as Partial<Record<Server, string>>

export async function startSystem(kind: Kind, data: string): Promise<System> {
  const variables = Object.entries(ports).flatMap(([name, port]) =>
    'variable' in port ? [[name, port.variable] as const] : [],
  )
  const free = await freePorts(variables.length + 1)
  const chosen = Object.fromEntries(variables.map(([name], at) => [name, free[at]!]))
  const env = Object.fromEntries(variables.map(([, variable], at) => [variable, String(free[at])]))
  const at = (name: string) => `http://127.0.0.1:${chosen[name]}`
  const isLab = kind === 'lab'
  const has = (name: Server) => isLab || missing[name] === undefined
  const logs = isLab ? `${at('otlpHttp')}/v1/logs` : `${at('loki')}/otlp/v1/logs`
  const traces = isLab
    ? `${at('otlpHttp')}/v1/traces`
    : `http://127.0.0.1:${ports.tempoOtlp.number}/v1/traces`
  const ways = { '/v1/logs': has('loki') ? logs : undefined, '/v1/traces': has('tempo') ? traces : undefined }
  // Without a collector the native stack has nobody who hands on what the shop sends.
  const needsWay = !isLab && missing.collector !== undefined
  const wayPort = free.at(-1)!
  const way = needsWay ? await handOn(wayPort, ways) : undefined
  const startedAt = Date.now()
  const args = isLab
    ? ['scripts/lab.ts', '--json', '--data', data]
    : ['scripts/stack.ts', 'native', '--data', data]
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      ...env,
      ...(needsWay && { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${wayPort}` }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  const own = isLab ? at('grafana') : undefined
  return {
    ...{ kind, child, startedAt },
    page: has('grafana') ? `${at('grafana')}/` : undefined,
    shopReady: `${at('shopAdmin')}/health/ready`,
    prometheus: own ?? at('prometheus'),
    loki: has('loki') ? (own ?? at('loki')) : undefined,
    tempo: has('tempo') ? (own ?? at('tempo')) : undefined,
    logs: ways['/v1/logs'],
    traces: ways['/v1/traces'],
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
      await ended
      await way?.()
    },
  }
}

/** Hands OTLP on to the servers themselves; what none takes is thrown away. */
async function handOn(
  port: number,
  ways: Readonly<Record<string, string | undefined>>,
): Promise<() => Promise<void>> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const to = ways[request.url ?? '']
    const headers = Object.fromEntries(
      ['content-type', 'content-encoding'].flatMap(name => {
        const value = request.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      }),
    )
    const answer =
      to === undefined
        ? undefined
        : await fetch(to, { method: 'POST', headers, body: Buffer.concat(parts) }).catch(() => undefined)
    response.writeHead(to === undefined ? 200 : (answer?.status ?? 503))
    response.end(await answer?.bytes())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}
