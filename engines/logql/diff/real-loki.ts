/** A real Loki of its own for a test: started empty, filled and asked over HTTP, stopped. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RealLoki {
  url: string
  version: string
  pid: number
  /** Each tenant has its own lines. */
  push(tenant: string, streams: readonly PushedStream[]): Promise<void>
  pushOtlp(tenant: string, request: string): Promise<void>
  get(
    tenant: string,
    path: string,
    parameters: { [name: string]: string },
  ): Promise<{ status: number; body: string }>
  stop(): Promise<void>
}

export interface PushedStream {
  stream: { [label: string]: string }
  /** Nanoseconds, line and structured metadata. */
  values: [string, string, { [name: string]: string }][]
}

/** Undefined, when there is no such program; throws when it doesn't run. */
export function versionOf(binary: string): string | undefined {
  try {
    const output = execFileSync(binary, ['-version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return /version (\d+\.\d+\.\d+)/.exec(output)?.[1]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

interface RealLokiOptions {
  /** Looks for levels and names of services, as a Loki does by default; otherwise lines are kept as they are pushed. */
  discovers?: boolean
}

export async function startLoki(
  binary: string,
  { discovers = false }: RealLokiOptions = {},
): Promise<RealLoki> {
  const version = versionOf(binary)
  if (version === undefined) throw new Error(`Cannot start "${binary}": expected a Loki of version 3.7`)
  const folder = mkdtempSync(join(tmpdir(), 'logql-real-'))
  const [port, grpcPort] = [await freePort(), await freePort()]
  writeFileSync(join(folder, 'loki.json'), JSON.stringify(configuration(folder, port, grpcPort, discovers)))
  const server = spawn(binary, [`-config.file=${join(folder, 'loki.json')}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  server.stderr!.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000)
  })
  const stop = async () => {
    await ended(server)
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await untilReady(url, server)
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message}; it said: ${log}`)
  }
  const post = async (tenant: string, path: string, body: string) => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant },
      body,
    })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`Cannot push to Loki: expected status 204, got ${response.status}: ${text}`)
  }
  return {
    url,
    version,
    pid: server.pid!,
    push: (tenant, streams) => post(tenant, '/loki/api/v1/push', JSON.stringify({ streams })),
    pushOtlp: (tenant, request) => post(tenant, '/otlp/v1/logs', request),
    async get(tenant, path, parameters) {
      const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, {
        headers: { 'x-scope-orgid': tenant },
      })
      return { status: response.status, body: await response.text() }
    },
    stop,
  }
}

/** One process that answers at once, of lines as old as any, without splitting a query. */
function configuration(folder: string, port: number, grpcPort: number, discovers: boolean) {
  return {
    auth_enabled: true,
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: port,
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: grpcPort,
      log_level: 'error',
    },
    common: {
      instance_addr: '127.0.0.1',
      path_prefix: folder,
      storage: {
        filesystem: { chunks_directory: join(folder, 'chunks'), rules_directory: join(folder, 'rules') },
      },
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
    },
    query_range: { parallelise_shardable_queries: false, cache_results: false },
    querier: { query_ingesters_within: 0, multi_tenant_queries_enabled: false },
    limits_config: {
      reject_old_samples: false,
      discover_log_levels: discovers,
      ...(discovers ? {} : { discover_service_name: [] }),
      split_queries_by_interval: 0,
      max_query_series: 100_000,
      max_global_streams_per_user: 0,
      max_label_names_per_series: 30,
      ingestion_rate_mb: 1000,
      ingestion_burst_size_mb: 1000,
      per_stream_rate_limit: '1GB',
      per_stream_rate_limit_burst: '1GB',
      max_entries_limit_per_query: 100_000,
      max_query_length: 0,
      query_timeout: '1m',
    },
    schema_config: {
      configs: [
        {
          from: '2020-10-24',
          store: 'tsdb',
          object_store: 'filesystem',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    ingester: {
      lifecycler: { min_ready_duration: '0s', final_sleep: '0s' },
      wal: { enabled: false },
      max_chunk_age: '240h',
      chunk_idle_period: '240h',
    },
    analytics: { reporting_enabled: false },
  }
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (let patience = 240; patience > 0; patience--) {
    if (server.exitCode !== null) throw new Error(`Loki ended with code ${server.exitCode}`)
    const isReady = await fetch(`${url}/ready`).then(
      response => response.ok,
      () => false,
    )
    if (isReady) return
    await new Promise(resolve => setTimeout(resolve, 250))
  }
  throw new Error('Loki was not ready within a minute')
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (server.exitCode !== null) resolve()
    server.once('exit', () => resolve())
    server.kill('SIGKILL')
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
