/** A real Tempo for a test: started empty, filled over OTLP, asked over HTTP, stopped. Each set of traces is a tenant. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RandomTraces } from './data.ts'
import { spansOf } from './data.ts'

export interface RealTempo {
  version: string
  /** Base URL of OTLP over HTTP. */
  otlp: string
  /** Returns once all of them are found. */
  write(tenant: string, traces: RandomTraces): Promise<void>
  send(tenant: string, traces: RandomTraces): Promise<void>
  get(tenant: string, path: string, parameters: { [name: string]: string }): Promise<Reply>
  stop(): Promise<void>
}

/** `body` is undefined where the server refused, for the reason `error`. */
type Reply = { body: unknown; error?: undefined } | { body?: undefined; error: string }

export async function startTempo(binary: string): Promise<RealTempo> {
  const version =
    /version (\S+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
  const folder = mkdtempSync(join(tmpdir(), 'traceql-diff-'))
  const [http, grpc, otlp] = (await freePorts(3)) as [number, number, number]
  const file = join(folder, 'tempo.yaml')
  writeFileSync(file, JSON.stringify(configuration(folder, { http, grpc, otlp })))
  const server = spawn(binary, [`-config.file=${file}`], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  let failure = ''
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', text => {
      log = `${log}${text}`
      failure ||= /^(panic|fatal error): .*/m.exec(log)?.[0] ?? ''
      log = log.slice(-4000)
    })
  const url = `http://127.0.0.1:${http}`
  const stop = async () => {
    await ended(server)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilReady(url, server)
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message}; it said: ${log}`)
  }
  const get: RealTempo['get'] = async (tenant, path, parameters) => {
    const asked = `${path}?${new URLSearchParams(parameters)}`
    const answer = await patiently(() => {
      const { exitCode, signalCode } = server
      if (exitCode !== null || signalCode !== null)
        throw new Error(
          `Tempo ended with ${exitCode ?? signalCode} before ${asked}; it said: ${failure || log}`,
        )
      // Connections are not kept, which it may close just as the next request is sent.
      return fetch(`${url}${asked}`, { headers: { 'x-scope-orgid': tenant, connection: 'close' } })
    })
    const text = await answer.text()
    return answer.ok ? { body: JSON.parse(text) } : { error: `${answer.status} ${text.trim()}` }
  }
  const send: RealTempo['send'] = async (tenant, traces) => {
    const answer = await fetch(`http://127.0.0.1:${otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
      body: JSON.stringify(traces),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`Cannot write to Tempo: got ${answer.status} ${text.trim()}`)
  }
  return {
    version,
    otlp: `http://127.0.0.1:${otlp}`,
    get,
    stop,
    send,
    async write(tenant, traces) {
      await send(tenant, traces)
      await untilFound(get, tenant, new Set(spansOf(traces).map(({ traceId }) => traceId)).size)
    },
  }
}

/** What comes in is found at once: it waits for nothing, and is written to a block that stays open. */
function configuration(folder: string, { http, grpc, otlp }: { [name in 'http' | 'grpc' | 'otlp']: number }) {
  return {
    multitenancy_enabled: true,
    usage_report: { reporting_enabled: false },
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: http,
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: grpc,
      log_level: 'error',
      // On a busy machine an answer may take its time.
      http_server_read_timeout: '5m',
      http_server_write_timeout: '5m',
    },
    distributor: { receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${otlp}` } } } } },
    querier: { search: { query_timeout: '5m' } },
    query_frontend: {
      api_timeout: '5m',
      query_end_cutoff: '0s',
      search: { default_result_limit: 1000, max_result_limit: 100_000, query_backend_after: '3h' },
      metrics: { query_backend_after: '3h' },
    },
    storage: {
      trace: { backend: 'local', wal: { path: `${folder}/wal` }, local: { path: `${folder}/blocks` } },
    },
    live_store: {
      wal: { path: `${folder}/live-store/traces`, ingestion_time_range_slack: '3h' },
      shutdown_marker_dir: `${folder}/live-store/shutdown-marker`,
      flush_check_period: '100ms',
      max_trace_idle: '50ms',
      max_block_duration: '2h',
      complete_block_timeout: '4h',
    },
    block_builder: { wal: { path: `${folder}/block-builder/traces` } },
    backend_scheduler: { local_work_path: folder },
    overrides: {
      defaults: {
        ingestion: { rate_limit_bytes: 2 ** 30, burst_size_bytes: 2 ** 30, max_traces_per_user: 0 },
      },
    },
  }
}

/** On a busy machine it drops a connection now and then; asking again changes nothing. */
async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (attempt === 4) throw error
      await new Promise(resolve => setTimeout(resolve, 500 * attempt))
    }
  }
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`Cannot start Tempo: it ended with code ${server.exitCode}`)
    const answer = await fetch(`${url}/ready`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('Cannot start Tempo: expected it to be ready within two minutes')
}

async function untilFound(get: RealTempo['get'], tenant: string, expected: number): Promise<void> {
  const deadline = Date.now() + 60_000
  let found = 0
  let error = ''
  while (Date.now() < deadline) {
    const reply = await get(tenant, '/api/search', { q: '{ }', limit: '100000' })
    error = reply.error ?? ''
    found = ((reply.body as { traces?: unknown[] } | undefined)?.traces ?? []).length
    if (found === expected) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`Cannot fill Tempo: expected it to find ${expected} traces, got ${error || found}`)
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    server.once('exit', () => resolve())
    // Its data is thrown away, so it needs no time to close it well.
    server.kill('SIGKILL')
  })
}

async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    probes.map(
      probe =>
        new Promise<number>((resolve, reject) => {
          probe.once('error', reject)
          probe.listen(0, '127.0.0.1', () => {
            const address = probe.address()
            resolve(typeof address === 'object' && address !== null ? address.port : 0)
          })
        }),
    ),
  )
  await Promise.all(probes.map(probe => new Promise(resolve => probe.close(resolve))))
  return ports
}
