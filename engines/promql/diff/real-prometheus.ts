/** A real Prometheus of its own for a test: started empty, filled over remote write, asked over HTTP, stopped. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Labels, labelsOf } from '../../labels.ts'
import type { RangeSeries } from '../engine/results.ts'
import { allFeatures, type Feature } from '../language/features.ts'
import type { Answer } from '../replay/answers.ts'
import type { Load, When } from '../replay/promqltest-format.ts'
import { numberOf } from '../replay/series-notation.ts'
import { encodeWriteRequest, type WrittenSeries, writeHeaders } from './remote-write.ts'

export interface RealPrometheus {
  /** The version's first number, which decides on the edges of windows. */
  major: number
  /** The experiments it runs with: all of ours where it has all of them. */
  features: readonly Feature[]
  url: string
  pid: number
  write(series: readonly WrittenSeries[]): Promise<void>
  ask(query: string, when: When): Promise<Answer>
  stop(): Promise<void>
}

/** Undefined, when there is no such program; throws when it doesn't run. */
export function versionOf(binary: string): string | undefined {
  try {
    const output = execFileSync(binary, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return /version (\d+\.\d+\.\d+)/.exec(output)?.[1]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export async function startPrometheus(binary: string): Promise<RealPrometheus> {
  const version = versionOf(binary)
  if (version === undefined)
    throw new Error(`Cannot start "${binary}": expected a Prometheus of version 2.42 or later`)
  const folder = mkdtempSync(join(tmpdir(), 'promql-real-'))
  writeFileSync(join(folder, 'prometheus.yml'), 'storage: {tsdb: {out_of_order_time_window: 10y}}\n')
  const port = await freePort()
  const [major, minor] = version.split('.').map(Number) as [number, number]
  const features = major > 3 || (major === 3 && minor >= 14) ? allFeatures : []
  const server = spawn(binary, flagsFor(folder, port, features), { stdio: ['ignore', 'ignore', 'pipe'] })
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
    await untilReady(url, server, version)
  } catch (error) {
    await stop()
    throw new Error(`${(error as Error).message}; it said: ${log}`)
  }
  return {
    major,
    features,
    url,
    pid: server.pid!,
    write: series => write(url, series),
    ask: (query, when) => ask(url, query, when),
    stop,
  }
}

export function writtenSeries({ series, step }: Load): WrittenSeries[] {
  return series.map(({ labels, values }) => ({
    labels,
    samples: values.map((value, index) => ({ time: index * step, value })),
  }))
}

/** Blocks far longer than any test, so that nothing is compacted or dropped while it runs. */
function flagsFor(folder: string, port: number, features: readonly Feature[]): string[] {
  return [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=200y',
    '--storage.tsdb.min-block-duration=10y',
    '--storage.tsdb.max-block-duration=10y',
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    '--log.level=warn',
    ...(features.length > 0 ? [`--enable-feature=${features.join()}`] : []),
  ]
}

/** Asks for the version too: another server may have taken the port in between. */
async function untilReady(url: string, server: ChildProcess, version: string): Promise<void> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    if (server.exitCode !== null)
      throw new Error(`Cannot start Prometheus: it ended with code ${server.exitCode}`)
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) {
      const info = (await (await fetch(`${url}/api/v1/status/buildinfo`)).json()) as {
        data: { version: string }
      }
      if (info.data.version.startsWith(version)) return
      throw new Error(
        `Cannot start Prometheus: expected version ${version} at ${url}, got ${info.data.version}`,
      )
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error('Cannot start Prometheus: expected it to be ready within 30s')
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    server.once('exit', () => resolve())
    // Its data is thrown away, so it needs no time to close it well.
    server.kill('SIGKILL')
  })
}

async function write(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const samplesPerRequest = 20_000
  for (const batch of batchesOf(series, samplesPerRequest)) {
    const answer = await fetch(`${url}/api/v1/write`, {
      method: 'POST',
      headers: writeHeaders,
      body: encodeWriteRequest(batch),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`Cannot write to Prometheus: got ${answer.status} ${text.trim()}`)
  }
}

function* batchesOf(series: readonly WrittenSeries[], size: number): Generator<WrittenSeries[]> {
  let batch: WrittenSeries[] = []
  let room = size
  for (const { labels, samples } of series) {
    for (let start = 0; start < samples.length; start += size) {
      const part = samples.slice(start, start + size)
      batch.push({ labels, samples: part })
      room -= part.length
      if (room > 0) continue
      yield batch
      batch = []
      room = size
    }
  }
  if (batch.length > 0) yield batch
}

interface Reply {
  status: 'success' | 'error'
  error?: string
  data?: { resultType: Answer['type']; result: unknown }
  warnings?: string[]
  infos?: string[]
}

interface ReplySeries {
  metric: Record<string, string>
  value: [number, string]
  values: [number, string][]
}

async function ask(url: string, query: string, { kind, start, end, step }: When): Promise<Answer> {
  const times: Record<string, number> =
    kind === 'instant' ? { time: start / 1000 } : { start: start / 1000, end: end / 1000, step: step / 1000 }
  const body = new URLSearchParams({ query })
  for (const [name, seconds] of Object.entries(times)) body.set(name, seconds.toFixed(3))
  const path = kind === 'instant' ? 'query' : 'query_range'
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body })
  return answerOf((await response.json()) as Reply)
}

function answerOf(reply: Reply): Answer {
  if (reply.data === undefined) return { type: 'error', message: reply.error ?? 'no message' }
  // Prometheus 2 reports what 3 calls infos among its warnings, told by their prefix.
  const said = [...(reply.warnings ?? []), ...(reply.infos ?? [])].map(withoutPosition)
  const infos = said.filter(note => note.startsWith('PromQL info'))
  const notes = { warnings: said.filter(note => !infos.includes(note)), infos }
  const { resultType: type, result } = reply.data
  if (type === 'scalar' || type === 'string') {
    const [seconds, value] = result as [number, string]
    const time = milliseconds(seconds)
    return type === 'string'
      ? { type, time, value, ...notes }
      : { type, time, value: numberOf(value), ...notes }
  }
  const series = result as ReplySeries[]
  if (type === 'vector') return { type, samples: series.map(sampleOf), ...notes }
  return { type: 'matrix', series: series.map(rangeSeriesOf), ...notes }
}

function sampleOf({ metric, value }: ReplySeries): { labels: Labels; time: number; value: number } {
  return { labels: labelsOf(Object.entries(metric)), time: milliseconds(value[0]), value: numberOf(value[1]) }
}

function rangeSeriesOf({ metric, values }: ReplySeries): RangeSeries {
  return {
    labels: labelsOf(Object.entries(metric)),
    times: Float64Array.from(values, ([seconds]) => milliseconds(seconds)),
    values: Float64Array.from(values, ([, value]) => numberOf(value)),
  }
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000)
}

function withoutPosition(note: string): string {
  return note.replace(/ \(\d+:\d+\)$/, '')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
